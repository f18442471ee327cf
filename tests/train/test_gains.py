"""What is measured before and after is what an evaluation measures; a benchmark that can't be read is found early."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from negdata.benchmark.evaluate import EvalSettings, evaluate
from negdata.errors import NegdataError
from negdata.exclusion import ImageKeys, write_trained_on
from negdata.train.gains import GATE, Gains, check_benches, measure_gains
from negdata.train.held_out import held_out_retrieval
from negdata.train.settings import FinetuneSettings
from tests.train.ends import Ends, cached, loaded, write_ends


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> Ends:
    return write_ends(tmp_path_factory.mktemp("ends"))


@pytest.fixture(scope="module")
def settings(ends: Ends) -> FinetuneSettings:
    home = ends.before.parent
    foils = {
        f"existence_{number}": {
            "image_file": name,
            "linguistic_phenomena": "existence",
            "caption": f"There are {number} dogs.",
            "foil": f"There are no {number} dogs.",
            "classes": 1,
            "classes_foil": [0],
            "mturk": {"foil": 0, "caption": 3, "other": 0},
        }
        for number, name in enumerate(ends.images)
    }
    (home / "existence.json").write_text(json.dumps(foils))
    for kind in ("cat", "dog"):
        (home / "classes" / kind).mkdir(parents=True)
        for name in ends.images[:3]:
            (home / "classes" / kind / name).write_bytes((ends.world.images / name).read_bytes())
    return FinetuneSettings(
        data=home / "clean.jsonl",
        images=ends.world.images,
        model=str(ends.before),
        out=ends.after,
        benches=(home / "existence.json", ends.world.captions),
        zero_shot=home / "classes",
        device="cpu",
        workers=1,
    )


@pytest.fixture(scope="module")
def gains(ends: Ends, settings: FinetuneSettings) -> Gains:
    return _measured(ends, settings)


def _measured(ends: Ends, settings: FinetuneSettings) -> Gains:
    before = loaded(ends.before)
    pairs = [(name, f"scene {number}") for number, name in enumerate(ends.images)]
    held_out = held_out_retrieval(pairs, cached(ends, before), before, loaded(ends.after), seed=0)
    return measure_gains(settings, held_out, str(ends.before), ends.after)


def test_figures_are_those_of_an_evaluation(ends: Ends, settings: FinetuneSettings, gains: Gains) -> None:
    report = evaluate(
        EvalSettings(
            benches=settings.benches,
            models=(str(ends.before), str(ends.after)),
            images=ends.world.images,
            device="cpu",
        )
    )
    wanted = [
        (Path(bench.path).name, figure.metric, figure.value, other.value, figure.chance)
        for bench in report.benches
        for figure, other in zip(*(scores.figures for scores in bench.models), strict=True)
    ]
    found = [(row.bench, row.metric, row.before, row.after, row.chance) for row in gains.rows]
    assert found[6 : 6 + len(wanted)] == wanted
    assert [(row.bench, row.metric) for row in gains.rows[-2:]] == [("classes", "top-1"), ("classes", "mean per class")]
    assert {row.bench for row in gains.rows[:6]} == {"held-out captions"}


def test_differences_are_points_with_their_interval(gains: Gains) -> None:
    for row in gains.rows:
        assert row.difference == pytest.approx(100 * (row.after - row.before))
        if row.metric == "mean per class":  # no mean over items
            assert (row.low, row.high, row.p_value) == (None, None, None)
            continue
        assert row.low is not None
        assert row.high is not None
        assert row.low - 1e-9 <= row.difference <= row.high + 1e-9
        assert row.p_value is not None
    assert any(row.difference for row in gains.rows)
    assert Gains.model_validate_json(gains.model_dump_json()) == gains


def test_the_gate_looks_at_held_out_captions(ends: Ends, settings: FinetuneSettings, gains: Gains) -> None:
    row = next(row for row in gains.rows if row.metric == GATE)
    assert row.suite == "held-out"
    assert gains.gate.drop == pytest.approx(100 * (row.before - row.after))
    few = replace(settings, benches=(), zero_shot=None)
    for max_drop, passes in ((gains.gate.drop, True), (gains.gate.drop - 0.01, False), (gains.gate.drop + 1, True)):
        assert _measured(ends, replace(few, max_drop=max_drop)).gate.passed is passes


def test_what_limits_the_figures_is_noted(ends: Ends, settings: FinetuneSettings) -> None:
    said = {"trained_on": write_trained_on(ends.after, ImageKeys.of(ends.images[:2]))}
    manifest = ends.after / "negdata.manifest.json"
    manifest.write_text(json.dumps(said))
    try:
        found = _measured(ends, replace(settings, zero_shot=None))
    finally:
        manifest.unlink()
    assert "existence.json: the model after was trained on 2 of its images" in found.notes
    assert any(
        note.startswith("held-out captions: R@5 text→image says little, as 42 % is chance") for note in found.notes
    )
    assert not any(str(ends.after.parent) in note for note in found.notes)


def test_benchmarks_are_read_before_anything_is_trained(settings: FinetuneSettings, tmp_path: Path) -> None:
    assert [bench.suite for bench in check_benches(settings)] == ["valse", "coco-retrieval", "zero-shot"]
    # There is no model yet, and no folder of one.
    named = replace(settings, model="ViT-B-32.pt", architecture="ViT-B-32-quickgelu", out=tmp_path / "none")
    assert len(check_benches(named)) == 3
    (tmp_path / "broken.json").write_text('{"a": 1}')
    with pytest.raises(NegdataError, match=r"broken\.json"):
        check_benches(replace(settings, benches=(*settings.benches, tmp_path / "broken.json")))
    with pytest.raises(NegdataError, match="None of the 12 images"):
        check_benches(replace(settings, bench_images=tmp_path))
    with pytest.raises(NegdataError, match="images of no class"):
        check_benches(replace(settings, zero_shot=tmp_path))
    with pytest.raises(NegdataError, match="is named 2 times"):
        check_benches(replace(settings, benches=settings.benches[:1] * 2))


def test_questions_for_verifiers_are_refused(ends: Ends, settings: FinetuneSettings, tmp_path: Path) -> None:
    line = {"question_id": 1, "image": ends.images[0], "text": "Is there a dog in the image?", "label": "yes"}
    (tmp_path / "pope.json").write_text(json.dumps(line) + "\n")
    with pytest.raises(NegdataError, match=r"pope\.json asks verifiers yes/no questions"):
        check_benches(replace(settings, benches=(*settings.benches, tmp_path / "pope.json")))


def test_the_activation_of_a_file_holds_for_both(ends: Ends, settings: FinetuneSettings, tmp_path: Path) -> None:
    """--architecture is for files of weights; the trained folder says its own."""
    import torch

    from tests.clip.tiny import state_dict

    torch.save(state_dict(seed=0), tmp_path / "before.pt")
    one = replace(settings, benches=settings.benches[:1], zero_shot=None, quick_gelu=True)
    before = loaded(ends.before)
    held_out = held_out_retrieval([(ends.images[0], "a")], cached(ends, before), before, before, seed=0)
    by_file = measure_gains(one, held_out, str(tmp_path / "before.pt"), ends.after)
    by_folder = measure_gains(replace(one, quick_gelu=None), held_out, str(ends.before), ends.after)
    assert by_file.rows == by_folder.rows
