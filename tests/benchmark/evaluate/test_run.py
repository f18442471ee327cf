"""``evaluate`` as one call, on small CLIPs of the transformers library and benchmarks read from files."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from negdata.benchmark.evaluate import EvalReport, EvalSettings, evaluate
from negdata.demo import draw_scene
from negdata.errors import NegdataError
from negdata.exclusion import ImageKeys, write_trained_on
from negdata.progress import Progress

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
np = pytest.importorskip("numpy")

IMAGES = 8


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models, drawn images, and a benchmark of each kind about them."""
    from tests.clip.tiny import clip_folder, state_dict

    folder = tmp_path_factory.mktemp("home")
    for seed, name in enumerate(("one", "two")):
        clip_folder(folder / name, state_dict(seed=seed))
    (folder / "images").mkdir()
    regions: list[Any] = []
    foils: dict[str, Any] = {}
    coco: dict[str, list[Any]] = {"images": [], "annotations": []}
    for number in range(IMAGES):
        scene = draw_scene(number)
        name = f"{number}.png"
        scene.image().save(folder / "images" / name)
        # What is cut off of these crops is an even number of pixels: libraries differ in how they halve an odd one.
        left, right = [3.0, 2.6, 50.4, 100.1], [55.5, 2.0, 50.0, 100.0]
        regions.append(
            {"image": name, "phrase": f"the {number} with no hat", "ref_bbox": right, "bbox_list": [right, left]}
        )
        foils[f"existence_{number}"] = {
            "image_file": name,
            "linguistic_phenomena": "existence",
            "caption": f"There are {number} dogs.",
            "foil": f"There are no {number} dogs.",
            "classes": 1,
            "classes_foil": [0],
            "mturk": {"foil": 0, "caption": 3, "other": 0},
        }
        coco["images"].append({"id": number, "file_name": name})
        for one in range(2):
            coco["annotations"].append(
                {"id": 2 * number + one, "image_id": number, "caption": f"caption {one} of image {number}"}
            )
    (folder / "regions.json").write_text(json.dumps(regions))
    (folder / "existence.json").write_text(json.dumps(foils))
    (folder / "captions.json").write_text(json.dumps(coco))
    for kind in ("cat", "dog"):
        (folder / "classes" / kind).mkdir(parents=True)
        for number in range(3):
            draw_scene(len(kind) + number).image().save(folder / "classes" / kind / f"{number}.png")
    return folder


def _evaluate(home: Path, *benches: str, models: tuple[str, ...] = ("one", "two"), **options: Any) -> EvalReport:
    settings = EvalSettings(
        benches=tuple(home / bench for bench in benches),
        models=tuple(str(home / model) for model in models),
        **({"images": home / "images"} | options),
    )
    return evaluate(settings)


def published_evaluator(model: Path, regions: Path, images: Path) -> tuple[list[list[float]], float]:
    """One crop and one text at a time through the library's own model, the first of the best is the answer."""
    network = transformers.CLIPModel.from_pretrained(model).eval()
    tokenizer = transformers.CLIPTokenizer.from_pretrained(model)
    processor = transformers.CLIPImageProcessor.from_pretrained(model)
    every, correct = [], 0
    items = json.loads(regions.read_text())
    for item in items:
        image = Image.open(images / item["image"]).convert("RGB")
        scores = []
        for x, y, w, h in item["bbox_list"]:
            pixels = processor(image.crop((x, y, x + w, y + h)), return_tensors="pt")
            words = tokenizer([item["phrase"]], padding="max_length", truncation=True, return_tensors="pt")
            with torch.no_grad():
                out = network(input_ids=words["input_ids"], attention_mask=words["attention_mask"], **pixels)
            scores.append(torch.nn.functional.cosine_similarity(out.image_embeds, out.text_embeds).item())
        every.append(scores)
        correct += item["bbox_list"][int(np.argmax(scores))] == item["ref_bbox"]
    return every, correct / len(items)


def test_paper_scoring_is_the_published_evaluator(home: Path, tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    report = _evaluate(home, "regions.json", scoring="paper", predictions=path)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for name, scores in zip(("one", "two"), report.benches[0].models, strict=True):
        expected, accuracy = published_evaluator(home / name, home / "regions.json", home / "images")
        got = [line["scores"] for line in lines if line["model"] == str(home / name)]
        assert np.array(got) == pytest.approx(np.array(expected), abs=1e-5)
        assert scores.figures[0].value == accuracy


def test_several_models_and_all_kinds_of_benchmarks_at_once(home: Path) -> None:
    report = _evaluate(home, "regions.json", "existence.json", "captions.json", "classes")
    suites = [bench.suite for bench in report.benches]
    assert suites == ["negrefcocog", "valse", "coco-retrieval", "zero-shot"]
    assert [[len(scores.figures) for scores in bench.models] for bench in report.benches] == [
        [1] * 2,
        [1] * 2,
        [6] * 2,
        [2] * 2,
    ]
    assert not report.partial
    assert all("weights" in model.identity for model in report.models)
    regions, existence, captions, classes = report.benches
    assert [len(bench.comparisons) for bench in report.benches] == [1, 1, 6, 1]
    assert [one.metric for one in captions.comparisons] == [one.metric for one in captions.models[0].figures]
    assert regions.models[0].figures[0].groups["cue"]["no"].n == IMAGES
    assert regions.models[0].figures[0].published
    assert captions.models[0].figures[0].chance == pytest.approx(1 / IMAGES)
    assert (existence.items, captions.items, classes.items) == (IMAGES, 2 * IMAGES, 6)
    assert EvalReport.model_validate_json(report.model_dump_json()) == report


def test_scores_do_not_depend_on_batches_threads_or_company(home: Path) -> None:
    """Nor on the seed, where nothing ties: it says in which order candidates are shown."""
    values = [
        [scores.figures[0].value for scores in report.benches[0].models if scores.model.endswith("one")]
        for report in (
            _evaluate(home, "regions.json"),
            _evaluate(home, "regions.json", batch_size=1, workers=1, seed=7),
            _evaluate(home, "regions.json", "captions.json", models=("one",), batch_size=5, workers=4),
        )
    ]
    assert values[0] == values[1] == values[2]


def test_missing_images_are_told_and_counted(home: Path, tmp_path: Path) -> None:
    for number in range(IMAGES - 2):
        (tmp_path / f"{number}.png").write_bytes((home / "images" / f"{number}.png").read_bytes())
    seen: list[Progress] = []
    settings = EvalSettings(
        benches=(home / "regions.json",), models=(str(home / "one"),), images=tmp_path, scoring="strict"
    )
    report = evaluate(settings, on_progress=seen.append)
    (scores,) = report.benches[0].models
    assert report.partial
    assert scores.failed == {"image-missing": 2}
    assert (scores.figures[0].n, scores.figures[0].of) == (IMAGES - 2, IMAGES)
    assert seen[-1].done == seen[-1].total


def test_a_wrong_folder_of_images_is_told_before_models_are_loaded(home: Path, tmp_path: Path) -> None:
    with pytest.raises(NegdataError, match=f"None of the {IMAGES} images of .*regions.json is in"):
        _evaluate(home, "regions.json", images=tmp_path, models=("no such model",))
    with pytest.raises(NegdataError, match="no folder of images is named"):
        _evaluate(home, "existence.json", images=None)


def test_questions_for_verifiers_do_not_go_with_pictures_and_texts(home: Path, tmp_path: Path) -> None:
    pope = tmp_path / "pope.jsonl"
    pope.write_text(json.dumps({"question": "Is there a dog in the image?", "image": "0.png", "label": "no"}) + "\n")
    settings = EvalSettings(benches=(home / "regions.json", pope), models=("instances=x",), images=home / "images")
    with pytest.raises(NegdataError, match="Run negdata eval for each kind"):
        evaluate(settings)


def test_a_model_that_knows_the_images_is_told_of(home: Path, tmp_path: Path) -> None:
    model = Path(shutil.copytree(home / "two", tmp_path / "tuned"))
    said = write_trained_on(model, ImageKeys.of(["0.png", "3.png", "other.png"]))
    (model / "negdata.manifest.json").write_text(json.dumps({"trained_on": said}))
    notices: list[str] = []
    settings = EvalSettings(
        benches=(home / "regions.json",), models=(str(home / "one"), str(model)), images=home / "images"
    )
    report = evaluate(settings, on_notice=notices.append)
    assert [scores.contaminated for scores in report.benches[0].models] == [None, 2]
    assert len(notices) == 1
    assert "tuned was trained on 2 of the images" in notices[0]
    assert report.notes == notices
