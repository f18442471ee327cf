"""What is told of the data before the first step, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("ftfy")

from negdata.clip import load_dual_encoder
from negdata.clip.encoder import TorchEncoder
from negdata.errors import NegdataError
from negdata.pictures import BadImage
from negdata.records import read_lines
from negdata.train.checks import DataChecks, check_data
from negdata.train.overrides import with_overrides
from negdata.train.pairs import Pair, read_pairs
from negdata.train.recipes import load_recipe
from tests.cli.command import EXAMPLE
from tests.clip.tiny import clip_folder

MISSING = {"0.jpg": BadImage("image-missing", "0.jpg doesn't exist")}


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> TorchEncoder:
    loaded = load_dual_encoder(str(clip_folder(tmp_path_factory.mktemp("clip"))), device="cpu")
    assert isinstance(loaded, TorchEncoder)
    return loaded


def pair(number: int, image: int, negated: str = "a cat, no dog", **more: str) -> Pair:
    return Pair(
        str(number), f"{image}.jpg", more.get("caption", "a cat"), negated, None, more.get("false_caption", "no cat")
    )


def check(
    pairs: list[Pair], encoder: TorchEncoder, out: Path, *overrides: str, missing: dict[str, BadImage] | None = None
) -> DataChecks:
    recipe = with_overrides(with_overrides(load_recipe("default"), ["batches.size=2"]), overrides)
    return check_data(pairs, encoder, missing or {}, recipe, out=out)


def refusal(
    pairs: list[Pair], encoder: TorchEncoder, out: Path, *overrides: str, missing: dict[str, BadImage] | None = None
) -> NegdataError:
    with pytest.raises(NegdataError) as refused:
        check(pairs, encoder, out, *overrides, missing=missing)
    return refused.value


def test_what_is_told(encoder: TorchEncoder, tmp_path: Path) -> None:
    data = [pair(n, n // 3) for n in range(12)] + [Pair("last", "9.jpg", "a cat", "no dog")]
    found = check(data, encoder, tmp_path, missing=MISSING)
    assert (found.images, found.pairs, found.missing_pairs, found.missing_images) == (4, 10, 3, {"image-missing": 1})
    rows = found.rows_per_image
    assert (rows.min, rows.median, rows.max, rows.several) == (1, 3, 3, 0.75)
    assert found.trained + found.held_out == 10
    assert found.with_false_caption == 9
    assert (found.longest, found.context) == (7, encoder.tokenization.context)
    assert found.cut_at_context == {"negated_caption": 0, "caption": 0, "false_caption": 0}
    assert list(read_lines(tmp_path / "data.images.jsonl")) == [
        {"id": "0.jpg", "error": "image-missing", "message": "0.jpg doesn't exist", "pairs": 3}
    ]
    assert not (tmp_path / "data.cut.jsonl").exists()
    assert DataChecks.model_validate_json(found.model_dump_json()) == found


def test_texts_that_are_cut_are_told(encoder: TorchEncoder, tmp_path: Path) -> None:
    context = encoder.tokenization.context
    fits, long = " dog" * (context - 2), " dog" * (context - 1)
    data = [pair(n, n) for n in range(10)]
    data += [pair(10, 1, fits), pair(11, 2, long), pair(12, 3, caption=long * 2, false_caption=long)]
    found = check(data, encoder, tmp_path)
    assert found.cut_at_context == {"negated_caption": 1, "caption": 1, "false_caption": 1}
    lines = list(read_lines(tmp_path / "data.cut.jsonl"))
    assert lines == [
        {"id": "11", "which": "negated_caption", "tokens": context + 1},
        {"id": "12", "which": "caption", "tokens": 2 * context},
        {"id": "12", "which": "false_caption", "tokens": context + 1},
    ]
    assert [one.model_dump() for one in found.cut_examples] == lines
    assert found.longest == 2 * context
    # What isn't read isn't cut.
    found = check(data, encoder, tmp_path, "batches.original=0", "contrast=null")
    assert found.cut_at_context == {"negated_caption": 1}
    assert len(list(read_lines(tmp_path / "data.cut.jsonl"))) == 1
    check(data[:10], encoder, tmp_path)
    assert not (tmp_path / "data.cut.jsonl").exists()


def test_two_images_are_the_least(encoder: TorchEncoder, tmp_path: Path) -> None:
    assert "there is 1" in refusal([pair(0, 1), pair(1, 1)], encoder, tmp_path).problem
    lost = refusal([pair(0, 0), pair(1, 1)], encoder, tmp_path, missing=MISSING)
    assert "there is 1, since 1 can't be read" in lost.problem
    assert "data.images.jsonl" in lost.remedy
    assert (tmp_path / "data.images.jsonl").exists()
    assert "there are none" in refusal([], encoder, tmp_path).problem


def test_a_batch_that_is_larger_than_the_data(encoder: TorchEncoder, tmp_path: Path) -> None:
    data = [pair(n, n // 2) for n in range(20)]
    by_image = refusal(data, encoder, tmp_path, "batches.size=10", "split.share=0.2")
    assert "A batch of 10 captions is larger than the data: there are 8 images to train on" in by_image.problem
    assert "--set batches.size=8" in by_image.remedy
    check(data, encoder, tmp_path, "batches.size=8", "split.share=0.2")
    several = ("batches.one_caption_an_image=false", "split={by: annotation, share: 0.2}")
    assert "there are 16 captions" in refusal(data, encoder, tmp_path, "batches.size=17", *several).problem
    assert check(data, encoder, tmp_path, "batches.size=16", *several).trained == 16
    few = refusal(data[:4], encoder, tmp_path, "split.share=0.5")
    assert "there is 1 image to train on" in few.problem
    assert "Give more data" in few.remedy


def test_a_contrast_without_false_captions(encoder: TorchEncoder, tmp_path: Path) -> None:
    data = [Pair(str(n), f"{n}.jpg", "a cat", "a cat, no dog") for n in range(10)]
    problem = refusal(data, encoder, tmp_path)
    assert "contrasts captions with false ones" in problem.problem
    assert "--set contrast.captions=0" in problem.remedy
    for away in ("contrast.captions=0", "contrast=null"):
        assert check(data, encoder, tmp_path, away).with_false_caption == 0


def test_the_example_of_the_docs(encoder: TorchEncoder, tmp_path: Path) -> None:
    rows = [json.loads(line) for line in EXAMPLE.read_text().splitlines()]
    source = tmp_path / "c.jsonl"
    negated = ({"id": str(n), **row, "negated_caption": row["caption"] + " No dog."} for n, row in enumerate(rows))
    source.write_text("".join(json.dumps(row) + "\n" for row in negated))
    data = read_pairs(source, exclude=(), out=tmp_path)
    found = check(list(data.pairs), encoder, tmp_path, "contrast=null")
    assert found.pairs == len(rows)
    assert found.trained > found.held_out > 0
