"""A multimodal model's answers: the same in any company and in both ways, and what becomes of requests that fail."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

pytest.importorskip("torch")
pytest.importorskip("transformers")

from negdata.backends import vision
from negdata.backends.base import BackendFailure, BackendOptions, BadReply, Refused, Reply
from negdata.backends.vision import VisionBackend
from negdata.backends.vision_chat import Chats
from negdata.backends.vision_check import choose_way
from negdata.backends.vision_load import load
from negdata.backends.vision_prefix import split
from negdata.backends.vision_reading import Question, Reader, Reading, grouped
from negdata.errors import NegdataError
from tests.backends.seeing import (
    PROMPTS,
    QUESTIONS,
    SIZES,
    ask,
    asking,
    difference,
    drawn,
    encoded,
    every_request,
    library_masses,
    masses_of,
)
from tests.vision.tiny import load_processor

TRIED = 2  # images that a model is tried on before it is ready


@pytest.fixture(scope="module")
def told(folder: Path) -> list[tuple[float, ...]]:
    return library_masses(folder, every_request())


def _loaded(folder: Path) -> tuple[Reader, Chats]:
    loaded = load(str(folder))
    return Reader(loaded, vision.CHOICES, 2**20), Chats(loaded, str(folder))


def test_the_answers_depend_on_question_and_image(told: list[tuple[float, ...]]) -> None:
    count = len(QUESTIONS)
    assert difference(told[:count], [told[0]] * count) > 0.05
    assert difference(told[:count], told[-count:]) > 0.05  # images of the same size


@pytest.mark.parametrize("share", [True, False])
@pytest.mark.parametrize("concurrency", [1, 5, 32])
def test_the_answers_are_the_librarys(
    folder: Path, told: list[tuple[float, ...]], concurrency: int, share: bool
) -> None:
    backend = VisionBackend(BackendOptions(str(folder), concurrency=concurrency), share=share)
    outcomes = ask(backend, every_request())
    assert difference(masses_of(outcomes), told) < 1e-4
    assert [outcome.text for outcome in outcomes if isinstance(outcome, Reply)] == [
        "yes" if yes > no else "no" for yes, no in told
    ]
    assert backend.notes == [f"{folder.name} runs on the CPU in float32."]


def test_an_image_is_read_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read, decoded = _count_images(monkeypatch)
    # Four at a time: an image's five questions are in two batches.
    outcomes = ask(VisionBackend(BackendOptions(str(folder), concurrency=4)), every_request())
    assert all(isinstance(outcome, Reply) for outcome in outcomes)
    assert sum(read) == TRIED + len(SIZES)
    assert max(read) > 1
    assert len(decoded) == len(SIZES)


def _count_images(monkeypatch: pytest.MonkeyPatch) -> tuple[list[int], list[bytes]]:
    """How many images the network read at a time, and which were decoded, from here on."""
    read: list[int] = []
    decoded: list[bytes] = []
    decode = vision.decoded

    def counting(cache: Any, lengths: Sequence[int], following: Sequence[int]) -> Any:
        read.append(len(lengths))
        return split(cache, lengths, following)

    def listing(encoded: bytes) -> Any:
        decoded.append(encoded)
        return decode(encoded)

    monkeypatch.setattr("negdata.backends.vision_reading.split", counting)
    monkeypatch.setattr(vision, "decoded", listing)
    return read, decoded


def test_images_are_grouped_by_size() -> None:
    assert grouped("abcdef", [3, 4, 4, 20, 1, 9], 10) == [["a", "b"], ["c"], ["d"], ["e", "f"]]
    assert grouped("", [], 10) == []


def test_without_room_an_image_is_read_again(
    folder: Path, told: list[tuple[float, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    read, _ = _count_images(monkeypatch)
    outcomes = ask(VisionBackend(BackendOptions(str(folder), concurrency=4), prefix_bytes=0), every_request())
    assert difference(masses_of(outcomes), told) < 1e-4
    assert sum(read) > TRIED + len(SIZES)


def test_the_prompt_is_counted(llava: Path) -> None:
    request = every_request()[0]
    processor = load_processor(llava)
    image = Image.open(BytesIO(request.images[0]))
    whole = processor(images=[image], text=[PROMPTS["llava"].format(QUESTIONS[0])], return_tensors="pt")["input_ids"]
    for share in (True, False):
        (reply,) = ask(VisionBackend(BackendOptions(str(llava)), share=share), [request])
        assert isinstance(reply, Reply)
        assert (reply.prompt_tokens, reply.completion_tokens) == (whole.shape[1], 0)


def test_formats_of_images(qwen: Path) -> None:
    image = drawn(80, 60, 2)
    kinds = ("PNG", "PPM", "BMP", "JPEG")
    requests = [asking(QUESTIONS[0], encoded(image, kind)) for kind in kinds]
    png, ppm, bmp, jpeg = masses_of(ask(VisionBackend(BackendOptions(str(qwen))), requests))
    assert difference([ppm, bmp], [png, png]) < 1e-6
    assert 0 < difference([jpeg], [png]) < 0.2


def test_a_photo_is_turned_upright() -> None:
    image = drawn(80, 60, 2)
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = BytesIO()
    image.save(buffer, "PNG", exif=exif)
    assert vision.decoded(buffer.getvalue()).tobytes() == image.transpose(Image.Transpose.ROTATE_270).tobytes()


def test_a_bad_image_fails_alone(qwen: Path) -> None:
    good = every_request()[:2]
    thread = encoded(Image.new("RGB", (900, 2)))  # the model's processor refuses such proportions
    bad = [asking(QUESTIONS[0], b"no image"), asking(QUESTIONS[0], thread), asking(QUESTIONS[0])]
    outcomes = ask(VisionBackend(BackendOptions(str(qwen))), [good[0], *bad, good[1]])
    assert difference(masses_of([outcomes[0], outcomes[-1]]), library_masses(qwen, good)) < 1e-4
    messages = [str(outcome) for outcome in outcomes[1:-1] if isinstance(outcome, Refused)]
    assert len(messages) == 3
    for message, said in zip(messages, ("can't be decoded", "aspect ratio", "about one image"), strict=True):
        assert said in message


def test_a_question_with_the_images_placeholder_is_refused(folder: Path) -> None:
    placeholder = {"qwen": "<|image_pad|>", "llava": "<image>"}[folder.name]
    outcomes = ask(
        VisionBackend(BackendOptions(str(folder))),
        [asking(f"Is there a {placeholder}?", encoded(drawn(64, 64, 1))), every_request()[0]],
    )
    assert isinstance(outcomes[0], Refused)
    assert isinstance(outcomes[1], Reply)


def test_numbers_that_are_none_are_no_answer(qwen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(questions: Sequence[Question]) -> list[Reading]:
        return [Reading((float("nan"), float("nan")), 9) for _ in questions]

    async def run() -> None:
        backend = VisionBackend(BackendOptions(str(qwen)))
        await backend.ready()
        monkeypatch.setattr(backend, "_way", nothing)
        with pytest.raises(BadReply, match="no numbers"):
            await backend.chat(every_request()[0])
        await backend.close()

    asyncio.run(run())


def test_short_memory_halves_the_batch(qwen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    shared = Reader.shared
    sizes: list[int] = []

    def tight(self: Reader, questions: Sequence[Question]) -> list[Reading]:
        sizes.append(len(questions))
        if len(questions) > 4:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return shared(self, questions)

    monkeypatch.setattr(Reader, "shared", tight)
    backend = VisionBackend(BackendOptions(str(qwen), concurrency=16))
    requests = every_request()[:30]
    assert difference(masses_of(ask(backend, requests)), library_masses(qwen, requests)) < 1e-4
    assert sum("memory" in note for note in backend.notes) == 1
    assert sizes.count(16) == 1
    assert max(sizes[sizes.index(4) :]) <= 8  # what is left of the first batch, then no more than fits


def test_a_way_that_differs_is_not_taken(qwen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, chats = _loaded(qwen)
    right = Reader.plain

    assert choose_way(reader, chats, share=True, half=False) == (reader.shared, None)
    monkeypatch.setattr(Reader, "shared", lambda self, questions: right(self, questions[::-1]))
    way, drawback = choose_way(reader, chats, share=True, half=False)
    assert way == reader.plain
    assert drawback is not None
    assert "once for every question" in drawback
    monkeypatch.setattr(Reader, "plain", lambda self, questions: right(self, questions[::-1]))
    way, drawback = choose_way(reader, chats, share=False, half=False)
    assert way == reader.singly
    assert drawback is not None
    assert "one question at a time" in drawback


def test_tokens_that_differ_once_split_are_not_shared(qwen: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader, chats = _loaded(qwen)
    tail = Reader._tail
    monkeypatch.setattr(Reader, "_tail", lambda self, text: tail(self, text)[1:])
    assert choose_way(reader, chats, share=True, half=False)[0] == reader.plain
    assert reader.is_well_formed("a prompt of which nothing is known")


def test_half_precision_is_shared_too(folder: Path) -> None:
    import torch

    reader, chats = _loaded(folder)
    reader.network.to(torch.bfloat16)
    assert choose_way(reader, chats, share=True, half=True) == (reader.shared, None)


def test_a_sliding_window_is_not_shared(llava: Path, tmp_path: Path) -> None:
    slides = tmp_path / "llava"
    shutil.copytree(llava, slides)
    config = json.loads((slides / "config.json").read_text())
    config["text_config"]["sliding_window"] = 20
    (slides / "config.json").write_text(json.dumps(config))
    backend = VisionBackend(BackendOptions(str(slides), concurrency=10))
    requests = every_request()[:10]
    assert difference(masses_of(ask(backend, requests)), library_masses(slides, requests)) < 1e-4
    assert any("once for every question" in note for note in backend.notes)
    assert difference(library_masses(slides, requests), library_masses(llava, requests)) > 1e-3


def test_questions_under_different_system_messages(qwen: Path) -> None:
    image = encoded(drawn(100, 60, 1))
    requests = [asking(QUESTIONS[0], image, system=system) for system in ("Be careful.", "Say no.", "Be careful.")]
    one = [masses_of(ask(VisionBackend(BackendOptions(str(qwen)), share=False), [request]))[0] for request in requests]
    together = masses_of(ask(VisionBackend(BackendOptions(str(qwen))), requests))
    assert difference(together, one) < 1e-4
    assert difference(one[:1], one[1:2]) > 1e-2


def test_the_spellings_of_an_answer(qwen: Path) -> None:
    loaded = load(str(qwen))
    reader = Reader(loaded, vision.CHOICES, 0)
    yes, no = ({loaded.tokenizer.decode([token]) for token in tokens} for tokens in reader.tokens)
    assert yes >= {"yes", "Yes", " yes", " Yes", " YES"}
    assert no >= {"no", "No", " no", " No"}
    assert not any(text.strip().lower() != "no" for text in no)
    with pytest.raises(NegdataError, match="'perhapsnot'"):
        Reader(loaded, ("perhapsnot",), 0)


def test_closing_stops_the_model_at_its_next_layer(qwen: Path) -> None:
    async def run() -> float:
        backend = VisionBackend(BackendOptions(str(qwen), concurrency=8))
        await backend.ready()
        begun, go_on = threading.Event(), threading.Event()
        later: list[int] = []
        layers = _reader(backend).network.model.language_model.layers

        def halt(*_: object) -> None:
            begun.set()
            go_on.wait(10)

        layers[0].register_forward_hook(halt)
        layers[1].register_forward_hook(lambda *_: later.append(1))
        asked = [asyncio.ensure_future(backend.chat(request)) for request in every_request()]
        await asyncio.to_thread(begun.wait, 10)
        await backend.close()
        go_on.set()
        outcomes = await asyncio.wait_for(asyncio.gather(*asked, return_exceptions=True), 5)
        assert all(isinstance(outcome, asyncio.CancelledError | BackendFailure) for outcome in outcomes)
        return len(later)

    assert asyncio.run(run()) == 0


def _reader(backend: VisionBackend) -> Reader:
    reader = backend._reader
    assert reader is not None
    return reader


def test_after_closing_nothing_is_answered(qwen: Path) -> None:
    async def run() -> None:
        backend = VisionBackend(BackendOptions(str(qwen)))
        await backend.ready()
        await backend.close()
        with pytest.raises(BackendFailure, match="closed"):
            await backend.chat(every_request()[0])

    asyncio.run(run())
