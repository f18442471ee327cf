"""Outputs of negdata to be shown: captions with their siblings, benchmarks, predictions, checks, trainings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from negdata.filter import FilterSettings, filter_captions
from negdata.manifest import Counts, Manifest, now, settings_hash
from negdata.records import CaptionRecord, FailedCaption, Record, RejectedCaption, Verdict
from negdata.report import ReportSettings, ReportSummary, write_report
from negdata.store import OutputPaths
from negdata.verify import VerifySettings
from tests.verify.standins import instances_document, written

NAMES = ("cat", "couch", "dog", "person")
SHOWN = {"a.png": ["cat", "couch"], "b.png": ["dog", "cat"], "c.png": ["person"]}


def photo(path: Path, size: tuple[int, int] = (64, 48), colour: str = "teal") -> Path:
    """A small picture, half of it white."""
    path.parent.mkdir(parents=True, exist_ok=True)
    picture = Image.new("RGB", size, colour)
    picture.paste("white", (0, 0, max(1, size[0] // 2), size[1]))
    picture.save(path)
    return path


def caption(identity: str, image: str | None = "a.png", p: float | None = None, **fields: Any) -> CaptionRecord:
    """A caption that denies a dog, judged where a probability is given."""
    verdict = None if p is None else Verdict(p_present=p, present=p > 0.7 if not 0.3 < p < 0.7 else None, verifier="v")
    given: dict[str, Any] = {
        "caption": "A cat on a couch.",
        "negated_caption": "A cat on a couch with no dog in sight.",
        "negated": "dog",
        "verdict": verdict,
    }
    return CaptionRecord(id=identity, image=image, **(given | fields))


def write_lines(path: Path, records: Iterable[Record]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join(record.to_line() for record in records))
    return path


def write_manifest(out: Path, counts: tuple[int, int, int], **fields: Any) -> Manifest:
    """The manifest beside an output."""
    kept, rejected, failed = counts
    settings: dict[str, Any] = {"source": "captions.jsonl"}
    given: dict[str, Any] = {
        "state": "finished",
        "command": "negdata filter captions.jsonl -o clean.jsonl",
        "settings": settings,
        "settings_hash": settings_hash(settings),
        "started": now(),
        "seconds": 12.5,
        "counts": Counts(taken=sum(counts), kept=kept, rejected=rejected, failed=failed),
    }
    manifest = Manifest(**(given | fields))
    manifest.write(OutputPaths.of(out).manifest)
    return manifest


def captions_output(
    folder: Path,
    kept: Sequence[CaptionRecord] = (),
    rejected: Sequence[CaptionRecord] = (),
    failed: Sequence[str] = (),
    **manifest: Any,
) -> Path:
    """``clean.jsonl`` with its siblings; rejected for being present."""
    out = folder / "clean.jsonl"
    paths = OutputPaths.of(out)
    write_lines(paths.kept, kept)
    write_lines(
        paths.rejected, [RejectedCaption(**one.model_dump(), reason="present", detail="v finds it") for one in rejected]
    )
    write_lines(
        paths.failed,
        [
            FailedCaption(id=one, caption="A cat.", error="image-missing", message="gone.png isn't there")
            for one in failed
        ],
    )
    write_manifest(out, (len(kept), len(rejected), len(failed)), **manifest)
    return out


def filtered(folder: Path, rows: int = 12) -> Path:
    """What ``negdata filter`` makes of captions of three images, run in earnest."""
    for name in SHOWN:
        photo(folder / "images" / name)
    truth = written(folder / "truth.json", instances_document(SHOWN, NAMES))
    names = [*SHOWN]
    records = [
        caption(f"r{at}", names[at % 3], caption=f"A cat, number {at}.", negated_caption=f"A cat, number {at}, no dog.")
        for at in range(rows)
    ]
    source = write_lines(folder / "captions.jsonl", records)
    verify = VerifySettings(verifiers=("instances",), instances=truth)
    filter_captions(FilterSettings(source=source, out=folder / "clean.jsonl", verify=verify))
    return folder / "clean.jsonl"


def regions(folder: Path, number: int = 4, **fields: Any) -> Path:
    """A benchmark of regions with what our builder adds."""
    items = []
    for at in range(number):
        photo(folder / "images" / f"{at}.png", (120, 80), "olive")
        left, right = [0, 10, 50, 60], [70, 10, 50, 60]
        items.append(
            {
                "image": f"{at}.png",
                "phrase": f"man {at} with no hat",
                "ref_bbox": left,
                "bbox_list": [left, right],
                "id": f"i{at}",
                "image_size": [120, 80],
                "category": "person",
                "boxes": [[10, 20, 30, 40], [80, 20, 30, 40]],
                "why": ["the phrase refers to it", "referred to as a man in a hat"],
                **fields,
            }
        )
    path = folder / "bench.json"
    path.write_text(json.dumps(items), encoding="utf-8")
    return path


def region_predictions(folder: Path, models: Sequence[str] = ("clip", "negationclip"), number: int = 4) -> Path:
    """What models make of ``regions``: the first gets every other item wrong, by ever more."""
    lines = []
    for which, model in enumerate(models):
        for at in range(number):
            wrong = which == 0 and at % 2 == 1
            scores = [0.2, 0.25 + at / 100] if wrong else [0.3, 0.2]
            lines.append(
                {
                    "suite": "negrefcocog",
                    "bench": "bench.json",
                    "model": model,
                    "id": f"i{at}",
                    "views": [{"image": f"{at}.png", "box": box} for box in ([0, 10, 50, 60], [70, 10, 50, 60])],
                    "texts": [f"man {at} with no hat"],
                    "shown": [0, 1],
                    "right": 0,
                    "groups": {"cue": "no"},
                    "scores": scores,
                    "chosen": [1 if wrong else 0],
                    "credit": 0.0 if wrong else 1.0,
                }
            )
    return json_lines(folder / "predictions.jsonl", lines)


def json_lines(path: Path, lines: Iterable[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def checked(folder: Path, number: int = 40) -> Path:
    """Answers of a judge that is right more often than not."""
    lines = []
    for at in range(number):
        truth = at % 2 == 0
        p = (0.9 if truth else 0.1) if at % 5 else 0.6
        lines.append(
            {
                "id": f"q{at}",
                "image": "a.png",
                "object": "dog",
                "truth": truth,
                "verdict": {"p_present": p, "present": None if p == 0.6 else p > 0.5, "verifier": "qwen-vl"},
            }
        )
    photo(folder / "images" / "a.png")
    return json_lines(folder / "check.jsonl", lines)


def training(folder: Path, *, finished: bool = True) -> Path:
    """A folder of ``negdata finetune``."""
    out = folder / "negationclip"
    out.mkdir(parents=True)
    steps = [
        {
            "step": at,
            "epoch": at / 10,
            "loss": 3 - at / 10,
            "infonce": 1.0,
            "lr": 1e-5,
            "logit_scale": 100,
            "seconds": at,
        }
        for at in range(1, 21)
    ]
    told: list[dict[str, Any]] = [*steps, {"step": 20, "epoch": 2.0, "validation": {"loss": 1.5}}]
    json_lines(out / "curve.jsonl", told)
    settings: dict[str, Any] = {"data": "clean.jsonl"}
    manifest = Manifest(
        state="finished" if finished else "running",
        command="negdata finetune clean.jsonl",
        settings=settings,
        settings_hash=settings_hash(settings),
        started=now(),
    )
    manifest.write(out / "negdata.manifest.json")
    if finished:
        (out / "scores.json").write_text(json.dumps(SCORES), encoding="utf-8")
    return out


_GAIN = {"bench": "strict.json", "suite": "negrefcocog", "metric": "accuracy", "before": 0.5, "after": 0.8}
SCORES: dict[str, Any] = {
    "out": "negationclip",
    "model": "openai/clip-vit-base-patch32",
    "recipe": "default@1-abcdef",
    "taken": 12,
    "pairs": 10,
    "rejected": {"no-negated-caption": 2},
    "failed": {},
    "trained_rows": 9,
    "held_rows": 1,
    "checks": {
        "images": 5,
        "pairs": 10,
        "trained": 9,
        "held_out": 1,
        "rows_per_image": {"min": 1, "median": 2.0, "max": 3, "several": 0.8},
        "with_false_caption": 8,
        "context": 77,
        "longest": 20,
        "cut_at_context": {},
        "cut_examples": [],
        "missing_images": {},
        "missing_pairs": 0,
    },
    "steps": 20,
    "seconds": 60.0,
    "chosen": {"epoch": 2, "alpha": 1.0, "trials": []},
    "kept": "epoch 2 of 2",
    "gains": {
        "rows": [
            _GAIN | {"difference": 30.0, "low": 20.0, "high": 40.0, "n": 100, "of": 100, "chance": 0.5},
            {
                "bench": "held-out captions",
                "suite": "held-out",
                "metric": "R@5 text→image",
                "before": 0.9,
                "after": 0.88,
                "difference": -2.0,
                "n": 50,
                "of": 50,
            },
        ],
        "gate": {"drop": 2.0, "max_drop": 1.0, "passed": False},
    },
}


def data_of(page: Path, name: str) -> Any:
    """What a script element of data holds, as a browser would read it."""
    text = page.read_text(encoding="utf-8")
    start = text.index(">", text.index(f'id="{name}">') - 1) + 1
    return json.loads(text[start : text.index("</script", start)])


def shown(folder: Path, *paths: Path, **settings: Any) -> tuple[Path, ReportSummary]:
    """The page of outputs."""
    out = folder / "report.html"
    given: dict[str, Any] = {"paths": paths, "out": out}
    if (folder / "images").is_dir():
        given["images"] = (folder / "images",)
    return out, write_report(ReportSettings(**(given | settings)))
