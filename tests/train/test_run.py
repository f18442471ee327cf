"""``negdata.train.finetune``: what comes out of a whole run, for each recipe and each form of the data."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("ftfy")

import torch
import transformers
from safetensors.torch import load_file

from negdata.clip import load_dual_encoder
from negdata.errors import NegdataError
from negdata.exclusion import trained_on
from negdata.progress import Progress
from negdata.train import FinetuneReport, FinetuneSettings, finetune
from negdata.train.curves import ValidationLine, read_curve
from tests.train import worlds

FROZEN = ("vision_model.", "visual_projection.", "text_model.final_layer_norm.")
RECIPES = ("default", "front-layers", "lora", "negationclip")
SETS = {"batches.size": 8, "epochs": 2, "optimizer.lr": "1e-3"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> worlds.Made:
    return worlds.write(tmp_path_factory.mktemp("world"))


Run = Callable[..., tuple[FinetuneReport, Path]]


@pytest.fixture(scope="module")
def run(made: worlds.Made, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Trains in a folder of its own; all runs share the cache of features."""

    def trained(*sets: str, **changed: Any) -> tuple[FinetuneReport, Path]:
        out = changed.pop("out", None) or tmp_path_factory.mktemp("runs") / "out"
        told = {"on_progress": changed.pop("on_progress", None), "on_notice": changed.pop("on_notice", None)}
        base: dict[str, Any] = {"data": made.data, "images": made.images, "model": str(made.model), "device": "cpu"}
        values = SETS | dict(one.split("=") for one in sets)
        overrides = tuple(f"{key}={value}" for key, value in values.items())
        settings = FinetuneSettings(**(base | changed), out=out, overrides=overrides)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("XDG_CACHE_HOME", str(made.folder / "cache"))
            report = finetune(settings, **told)
        assert report is not None
        return report, out

    return trained


@pytest.fixture(scope="module", params=RECIPES)
def each(request: pytest.FixtureRequest, run: Run, made: worlds.Made) -> tuple[str, FinetuneReport, Path]:
    """A run of every shipped recipe, measured on what there is."""
    if request.param == "lora":
        pytest.importorskip("peft")
    report, out = run("epochs=3", recipe=request.param, benches=(made.bench,), zero_shot=made.classes)
    return request.param, report, out


def test_only_what_may_move_has_moved(each: tuple[str, FinetuneReport, Path], made: worlds.Made) -> None:
    recipe, _, out = each
    before, after = (load_file(folder / "model.safetensors") for folder in (made.model, out))
    assert before.keys() == after.keys()
    moved = {name for name in before if not torch.equal(before[name], after[name])}
    assert moved
    assert not [name for name in moved if name.startswith(FROZEN)]
    assert all(name.startswith(("text_model.", "text_projection.", "logit_scale")) for name in moved)
    behind = any(".layers.1." in name or name.startswith("text_projection") for name in moved)
    assert behind == (recipe != "front-layers")
    assert ("text_model.embeddings.token_embedding.weight" in moved) == (recipe != "lora")


def test_the_order_in_which_rows_were_written_changes_nothing(made: worlds.Made, run: Run, tmp_path: Path) -> None:
    shuffled = tmp_path / "shuffled.jsonl"
    lines = made.data.read_text(encoding="utf-8").splitlines(keepends=True)
    shuffled.write_text("".join(reversed(lines)), encoding="utf-8")
    one, other = (load_file(run("epochs=1", data=data)[1] / "model.safetensors") for data in (made.data, shuffled))
    assert all(torch.equal(one[name], other[name]) for name in one)


def test_the_folder_loads_everywhere(each: tuple[str, FinetuneReport, Path]) -> None:
    _, _, out = each
    text = "a red apple with no dog"
    model = transformers.CLIPModel.from_pretrained(out).eval()
    tokenizer = transformers.AutoTokenizer.from_pretrained(out)
    processor = transformers.CLIPProcessor.from_pretrained(out)
    with torch.no_grad():
        features = model.get_text_features(**tokenizer([text], return_tensors="pt"))
        features = getattr(features, "pooler_output", features)
    ours = load_dual_encoder(str(out), device="cpu").encode_texts([text])
    theirs = torch.nn.functional.normalize(features, dim=-1)
    assert torch.allclose(theirs, ours.float(), atol=1e-5)
    assert processor.tokenizer([text])["input_ids"] == tokenizer([text])["input_ids"]


def test_the_loss_falls(each: tuple[str, FinetuneReport, Path]) -> None:
    _, report, out = each
    steps = [line for line in read_curve(out / "curve.jsonl") if not isinstance(line, ValidationLine)]
    assert [line.step for line in steps] == list(range(1, report.steps + 1))
    found = [line.loss for line in steps]
    assert all(loss is not None for loss in found)
    quarter = len(found) // 4
    assert sum(found[-quarter:]) < sum(found[:quarter])  # type: ignore[arg-type]


def test_all_files_are_there_and_agree(each: tuple[str, FinetuneReport, Path], made: worlds.Made) -> None:
    recipe, report, out = each
    names = {path.name for path in out.iterdir()}
    assert {"README.md", "curve.svg", "curve.jsonl", "scores.json", "negdata.manifest.json", "trained_on.txt"} <= names
    assert not {"checkpoint", "negdata.lock", "tensorboard"} & names
    assert not [name for name in names if name.endswith(".tmp") or name.startswith("data.")]
    manifest = json.loads((out / "negdata.manifest.json").read_text())
    assert manifest["recipe"]["name"] == recipe
    assert manifest["recipe"]["batches"]["size"] == 8
    assert manifest["recipe"]["epochs"] == 3
    counts = manifest["counts"]
    assert counts["in"] == counts["kept"] + counts["rejected"] + counts["failed"] == 120
    assert (manifest["state"], manifest["trained"], manifest["runs"]) == ("finished", True, 1)
    keys = trained_on(str(out))
    assert keys is not None
    assert len(keys) == 40
    assert json.loads((out / "scores.json").read_text()) == json.loads(report.model_dump_json())
    assert report.trained_rows + report.held_rows == report.pairs == 120
    assert {row.bench for row in report.gains.rows} == {"held-out captions", "NegRefCOCOg.json", "classes"}
    card = (out / "README.md").read_text()
    assert "NegRefCOCOg.json" in card.replace("\\", "")
    assert "curve.svg" in card
    assert str(made.folder) not in card


def test_cocos_layout_trains_the_same_model(run: Run, made: worlds.Made) -> None:
    _, one = run(recipe="negationclip")
    _, other = run(recipe="negationclip", data=made.coco)
    assert (one / "model.safetensors").read_bytes() == (other / "model.safetensors").read_bytes()
    _, default = run("epochs=1")
    _, other = run("epochs=1", data=made.coco)
    assert (default / "model.safetensors").read_bytes() == (other / "model.safetensors").read_bytes()


def test_weights_in_openais_layout_can_be_trained(run: Run, tmp_path: Path) -> None:
    from tests.clip.tiny import state_dict

    torch.save(state_dict(), tmp_path / "tiny.pt")
    report, out = run("steps=2", model=str(tmp_path / "tiny.pt"), quick_gelu=True)
    assert report.steps == 2
    assert transformers.CLIPModel.from_pretrained(out).config.text_config.hidden_act == "quick_gelu"


def test_pieces_of_a_batch_train_the_same(run: Run) -> None:
    (_, one), (_, other) = run("steps=8"), run("steps=8", texts_at_once=3)
    found = [[line.loss for line in read_curve(out / "curve.jsonl") if hasattr(line, "loss")] for out in (one, other)]
    assert found[0] == pytest.approx(found[1], abs=1e-5)


def test_progress_is_told_in_phases(run: Run) -> None:
    told: list[tuple[str, Progress]] = []
    run("steps=3", on_progress=lambda phase, now: told.append((phase, now)))
    phases = list(dict.fromkeys(phase for phase, _ in told))
    assert phases == ["encode", "finetune"]
    last = [now for phase, now in told if phase == "finetune"][-1]
    assert (last.kept, last.total) == (3, 3)


def test_texts_that_are_cut_are_told(run: Run, made: worlds.Made, tmp_path: Path) -> None:
    rows = worlds.rows(made.world)
    rows[0]["caption"] = "a dog beside a car and " * 12
    (tmp_path / "long.jsonl").write_text(worlds.lines(rows))
    notices: list[str] = []
    report, out = run("steps=1", data=tmp_path / "long.jsonl", on_notice=notices.append)
    note = "1 caption has more than 48 tokens and is cut: data.cut.jsonl"
    assert note in notices
    assert note in report.notes
    assert json.loads((out / "data.cut.jsonl").read_text())["id"] == "1"


def test_events_are_those_of_the_curve_after_a_kill_too(run: Run, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    out = tmp_path / "out"
    stopped: list[Progress] = []

    def stop(phase: str, now: Progress) -> None:
        if phase == "finetune" and now.kept == 16 and not stopped:
            stopped.append(now)
            raise NegdataError("As if it had been killed.", "Go on.")

    with pytest.raises(NegdataError, match="As if"):
        run(out=out, track=True, on_progress=stop)
    run(out=out, track=True)
    events = EventAccumulator(str(out / "tensorboard"))
    events.Reload()
    steps = [line for line in read_curve(out / "curve.jsonl") if not isinstance(line, ValidationLine)]
    told = events.Scalars("train/loss")
    assert [event.step for event in told] == [line.step for line in steps]
    assert [event.value for event in told] == pytest.approx([line.loss for line in steps])
    assert len(events.Scalars("validation/recall")) == 2


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors"])
def test_a_finished_model_that_lost_a_file_is_told_of(run: Run, missing: str) -> None:
    _, out = run("steps=1")
    (out / missing).unlink()
    with pytest.raises(NegdataError) as refused:
        run("steps=1", out=out)
    assert out.name in refused.value.problem
    assert "--fresh" in refused.value.remedy


@pytest.mark.parametrize("content", ["{}x", '{"step": 3, "weights": "../../model.safetensors"}', '{"step": "many"}'])
def test_a_checkpoint_that_isnt_ours_is_refused(run: Run, tmp_path: Path, content: str) -> None:
    out = tmp_path / "out"

    def stop(phase: str, now: Progress) -> None:
        if phase == "finetune" and now.kept == 15:
            raise NegdataError("As if it had been killed.", "Go on.")

    with pytest.raises(NegdataError, match="As if"):
        run(out=out, on_progress=stop)
    (out / "checkpoint" / "state.json").write_text(content)
    with pytest.raises(NegdataError, match=r"state\.json") as refused:
        run(out=out)
    assert "--fresh" in refused.value.remedy
