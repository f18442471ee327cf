"""open_clip and negdata agree on tokens, pictures and embeddings; a wrong activation is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("ftfy")

import torch
from safetensors.torch import save_file

from negdata.clip import load_dual_encoder
from negdata.clip.bpe import tokenize
from tests.clip.hostile import touching
from tests.clip.tiny import embeddings, largest_difference, state_dict
from tests.openclip import worker

CAPTIONS = Path(__file__).resolve().parents[3] / "shared/data/coco/annotations/captions_val2017_all_text.json"
TEXTS = [
    "a photo of a cat",
    "No dogs, no cats & no \u201ccurly\u201d quotes\u2019 harm",
    "caf\u00e9 na\u00efve stra\u00dfe \u0130stanbul \u03a3\u03af\u03c3\u03c5\u03c6\u03bf\u03c2",
    "\u043a\u043e\u0448\u043a\u0430 \u72ac\u304c\u3044\u306a\u3044 \ud55c\uad6d\uc5b4 \u0e41\u0e21\u0e27",
    "\U0001f436\U0001f408\u200d\u2b1b emoji \ufb01sh \uff21\uff22\uff23 1\u00bd 3\u00d74 &amp;lt;b&gt; \u00c3\u00a9",
    "tabs\tand\nlines   and\u00a0blanks",
    "it's they're we've I'm you'll he'd don't",
    "",
    "    ",
    "dog " * 200,
    "no" * 300,
    "!?.,;:-_()[]{}<>@#$%^&*+=~`'\"\\/|",
]
MIX = "open_clip:tiny/"
QUICK = "open_clip:tiny-quickgelu/"


def captions() -> list[str]:
    """A fifth of COCO's, where they are here."""
    if not CAPTIONS.is_file():
        return []
    return [caption["caption"] for caption in json.loads(CAPTIONS.read_text())["annotations"][::5]]


class Answers:
    """What the worker says, by what it was asked and in that order."""

    def __init__(self, printed: str, folder: Path) -> None:
        self.said: dict[str, Any] = json.loads(printed.splitlines()[-1])
        self.folder = folder

    def embeddings(self, name: str) -> tuple[torch.Tensor, torch.Tensor]:
        images, texts = torch.load(self.folder / name, weights_only=True)
        return images, texts


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """All that is asked of open_clip, at once: it takes seconds to import."""
    folder = tmp_path_factory.mktemp("openclip")
    architectures = folder / "architectures"
    architectures.mkdir()
    tower = {"image_size": 32, "layers": 2, "width": 64, "patch_size": 8}
    text = {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 1, "layers": 2}
    config = {"embed_dim": 32, "vision_cfg": tower, "text_cfg": text}
    resnet = config | {"vision_cfg": {"image_size": 64, "layers": [1, 1, 1, 1], "width": 8, "patch_size": None}}
    for name, changes in {"tiny": {}, "tiny-quickgelu": {"quick_gelu": True}, "lone": {"custom_text": True}}.items():
        (architectures / f"{name}.json").write_text(json.dumps(config | changes))
    (folder / "resnet.json").write_text(json.dumps(resnet | {"quick_gelu": True}))
    tensors = state_dict()
    weights = folder / "weights.pt"
    torch.save({"state_dict": {f"module.{name}": tensor for name, tensor in tensors.items()}, "epoch": 1}, weights)
    torch.save(tensors, folder / "plain.pt")
    save_file(tensors, folder / "said.safetensors", metadata={"negdata.quick_gelu": "true"})
    torch.save(tensors | {"visual.proj": torch.ones(64, 31)}, folder / "wrong.pt")
    torch.save(dict(list(tensors.items())[:-3]), folder / "part.pt")
    torch.save({"a": touching(folder / "ran")[0][1]}, folder / "evil.pt")
    request = {
        "architectures": [[str(architectures)]],
        "tokens": [[TEXTS + captions()]],
        "transforms": [[["shortest", "squash", "longest"]]],
        "published": [[]],
        "alone": [
            [str(folder / "plain.pt"), True, str(folder / "alone-quick")],
            [str(folder / "plain.pt"), False, str(folder / "alone-plain")],
        ],
        "resnet": [[str(folder / "resnet.json"), str(folder / "resnet.pt"), str(folder / "alone-resnet")]],
        "embedded": [
            [f"{QUICK}{weights}", str(folder / "quick"), {}],
            [f"{MIX}{weights}", str(folder / "plain"), {"quick_gelu": False}],
            [f"open_clip:lone/{weights}", str(folder / "custom"), {}],
            [str(folder / "resnet.pt"), str(folder / "resnet"), {"quick_gelu": True}],
            [f"{QUICK}{weights}", str(folder / "boxed"), {"crop": "letterbox"}],
        ],
        "refusal": [
            [f"{MIX}{weights}", {}],
            [f"{QUICK}{weights}", {"quick_gelu": False}],
            [f"{MIX}{folder}/said.safetensors", {"quick_gelu": False}],
            ["open_clip:ViT-B-32/openai", {}],
            ["open_clip:ViT-B-16/dfn2b", {}],
            ["open_clip:ViT-B-32-quickgelu/laion2b_s34b_b79k", {}],
            ["open_clip:ViT-B-32-quickgelu/openai", {"quick_gelu": False}],
            ["open_clip:ViT-B-23/openai", {}],
            ["open_clip:ViT-B-32/laion2b_s34b_b78k", {}],
            ["open_clip:ViT-B-32", {}],
            ["open_clip:ViT-B-32-quickgelu/nowhere.pt", {}],
            [f"{QUICK}{folder}/wrong.pt", {}],
            [f"{QUICK}{folder}/part.pt", {}],
            [f"{QUICK}{folder}/evil.pt", {}],
            ["open_clip:ViT-B-32-quickgelu/openai", {"architecture": "ViT-B-32"}],
            ["open_clip:hf-hub:nobody/nothing", {}],
            [str(folder / "resnet.pt"), {}],
            [str(folder / "resnet.pt"), {"quick_gelu": True, "architecture": "RN50"}],
        ],
    }
    (folder / "request.json").write_text(json.dumps(request))
    return Answers(worker("tests.clip.open_clip_worker", folder / "request.json"), folder)


def test_tokens_are_open_clips(answers: Answers) -> None:
    asked = TEXTS + captions()
    (wanted,) = answers.said["tokens"]
    found = tokenize(asked)
    assert [text for text, ours, theirs in zip(asked, found, wanted, strict=True) if ours != theirs] == []
    assert [len(tokens) for tokens in found if len(tokens) == 77] == [77, 77]


def test_lengths_before_texts_are_cut(answers: Answers) -> None:
    assert [(one["lengths"], one["context"]) for one in answers.said["embedded"]] == [([202, 4, 2], 77)] * 5


def test_pictures_are_prepared_as_open_clip_does_it(answers: Answers) -> None:
    (differences,) = answers.said["transforms"]
    assert set(differences) == {"shortest", "squash", "longest"}
    # Numbers between 0 and 1, divided by 0.2: float32 has seven digits of them.
    assert max(differences.values()) < 2e-6


def test_architectures_are_known_as_open_clip_has_them(answers: Answers) -> None:
    (same,) = answers.said["published"]
    assert len(same) >= 10
    assert [name for name, is_same in same.items() if not is_same] == []


@pytest.mark.parametrize("activation", ["quick", "plain"])
def test_embeddings_are_those_of_open_clip_itself(answers: Answers, activation: str) -> None:
    wanted = answers.embeddings(f"alone-{activation}")
    assert largest_difference(answers.embeddings(activation), wanted) < 1e-5
    ours = load_dual_encoder(str(answers.folder / "plain.pt"), quick_gelu=activation == "quick", device="cpu")
    assert largest_difference(embeddings(ours), wanted) < 1e-5
    other = answers.embeddings("alone-plain" if activation == "quick" else "alone-quick")
    assert largest_difference(wanted, other) > 1e-3


def test_a_model_of_open_clip_tells_what_it_is(answers: Answers) -> None:
    quick, plain, custom, _resnet, boxed = answers.said["embedded"]
    assert quick["identity"]["activation"] == "QuickGELU"
    assert plain["identity"]["activation"] == custom["identity"]["activation"] == "GELU"
    assert quick["identity"]["layout"] == "open_clip"
    assert (quick["dim"], quick["bias"]) == (32, 0)
    assert quick["scale"] == pytest.approx(12.182494, rel=1e-6)  # e^2.5
    assert boxed["identity"]["preprocessing"]["fit"] == "pad"
    assert largest_difference(answers.embeddings("boxed"), answers.embeddings("quick")) > 1e-3


def test_a_custom_text_tower_takes_the_same_weights(answers: Answers) -> None:
    assert largest_difference(answers.embeddings("custom"), answers.embeddings("plain")) < 1e-5


def test_a_resnet_in_openais_layout_is_loaded_through_open_clip(answers: Answers) -> None:
    assert largest_difference(answers.embeddings("resnet"), answers.embeddings("alone-resnet")) < 1e-5
    identity = answers.said["embedded"][3]["identity"]
    assert identity["layout"] == "openai"
    assert identity["architecture"]["vision_cfg"]["layers"] == [1, 1, 1, 1]
    assert identity["preprocessing"]["size"] == 64


@pytest.mark.parametrize(
    ("place", "said"),
    [
        (0, "says whether it was trained with QuickGELU or with GELU"),
        (1, "--no-quick-gelu says GELU, the architecture tiny-quickgelu says QuickGELU"),
        (2, "--no-quick-gelu says GELU, the file itself says QuickGELU"),
        (3, "ViT-B-32 has GELU, but its weights openai were trained with QuickGELU"),
        (3, "Give open_clip:ViT-B-32-quickgelu/openai."),
        (4, "Give open_clip:ViT-B-16-quickgelu/dfn2b."),
        (5, "ViT-B-32-quickgelu has QuickGELU, but its weights laion2b_s34b_b79k were trained with GELU"),
        (5, "Give open_clip:ViT-B-32/laion2b_s34b_b79k."),
        (6, "what open_clip knows of openai says QuickGELU, --no-quick-gelu says GELU"),
        (7, "no architecture named 'ViT-B-23'. Did you mean ViT-B-32"),
        (8, "Did you mean 'laion2b_s34b_b79k'?"),
        (9, "names no weights. Add a file of them, or one of: openai, laion400m_e31"),
        (10, "The checkpoint nowhere.pt doesn't exist"),
        (11, "visual.proj is (64, 31), not (64, 32)"),
        (12, "lacks 3 of its tensors"),
        (13, "posix.system"),
        (14, "says itself what it is"),
        (15, "can't be fetched from the hub"),
        (16, "says whether it was trained with QuickGELU"),
        (17, "aren't those of RN50"),
    ],
)
def test_refusals(answers: Answers, place: int, said: str) -> None:
    assert said in answers.said["refusal"][place]
    assert not (answers.folder / "ran").exists()
