"""What each part of fine-tuning is worth, in the drawn world, where what every image shows is known.

    python -m tests.quality.finetuning OUT [--seeds 3] [--only default negationclip] [--workers 2]

The small CLIP of ``negdata.demo``, which has never read a negation, is fine-tuned on captions of drawn scenes that
negdata's own commands wrote and checked, and measured on NegRefCOCOg's strict edition as ``build-bench`` makes it of
scenes that are never trained on: two pictures side by side, a phrase of which "no" alone tells the right one. Once any
two kinds of things, once of pairs that no picture of the training shows together. Every run's figures go to
``OUT/results.jsonl``; what is there is not run again. The table has means over seeds, each with the interval of all
seeds' items together.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from negdata.demo.holdout import balanced_scenes, every_pair
from negdata.demo.small_clip_folder import SMALL_CLIP
from negdata.filter.check.figures import wilson
from negdata.records import CaptionRecord
from negdata.train import FinetuneSettings, finetune
from negdata.train.swap import swapped
from tests.speed.common import print_table
from tests.train.world import benchmark, training_data

SCENES, CAPTIONS, WALLS = 4_000, 4, 400
SCALED = ("batches.size=32", "epochs=3", "optimizer.lr=7e-4", "split.share=0.05")
"""To the small model and the little data; the same for every recipe."""
ALONE = "contrast=null"


@dataclass(frozen=True)
class Case:
    """A row of the table: which captions, which recipe, and what of it is set."""

    name: str
    data: str
    recipe: str = "default"
    overrides: tuple[str, ...] = ()


CASES = (
    Case("default", "known"),
    Case("negationclip: InfoNCE on negated captions", "known", "negationclip"),
    Case("default without contrast", "known", overrides=(ALONE,)),
    Case("default, random objects", "random"),
    Case("default, 30 % false negations", "false-30"),
    Case("default, not filtered", "unfiltered"),
    Case(
        "default, false captions alone",
        "known",
        overrides=("contrast.captions=3", "contrast.swaps=0", "contrast.images=0"),
    ),
    Case("default, plausible on photographs", "plausible"),
    Case("default, 10 % false negations", "false-10"),
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--only", nargs="*", default=[case.name for case in CASES])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--run", nargs=2, metavar=("CASE", "SEED"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    if arguments.run:
        (case,) = (case for case in CASES if case.name == arguments.run[0])
        run(arguments.out, case, int(arguments.run[1]))
        return
    wanted = [(case, seed) for seed in range(arguments.seeds) for case in CASES if case.name in arguments.only]
    make_benches(arguments.out)
    done = {(one["case"], one["seed"]) for one in results(arguments.out)}
    for seed in range(arguments.seeds):
        for case in CASES:
            if (case.name, seed) not in done and (case, seed) in wanted:
                make_data(arguments.out, case.data, seed)
    with ThreadPoolExecutor(arguments.workers) as pool:
        list(pool.map(lambda one: started(arguments.out, *one), [w for w in wanted if (w[0].name, w[1]) not in done]))
    show(results(arguments.out))


def started(out: Path, case: Case, seed: int) -> None:
    """In a process of its own, on one core."""
    command = [sys.executable, "-m", "tests.quality.finetuning", str(out), "--run", case.name, str(seed)]
    subprocess.run(command, env=os.environ | {"OMP_NUM_THREADS": "1"}, check=True)


def run(out: Path, case: Case, seed: int) -> None:
    """Trains, measures, and adds a line to the results."""
    folder = out / f"{case.data}-{seed}"
    named = case.name.replace(" ", "-").replace(":", "").replace(",", "").replace("%", "percent")
    report = finetune(
        FinetuneSettings(
            data=folder / f"{case.data}.jsonl",
            images=out / f"known-{seed}" / "images",
            model=str(SMALL_CLIP),
            out=out / f"model-{named}-{seed}",
            recipe=case.recipe,
            overrides=(*SCALED, f"seed={seed}", *case.overrides),
            benches=(out / "any" / "any.json", out / "apart" / "apart.json"),
            bench_images=out,
            max_drop=2.0,
            device="cpu",
            fresh=True,
        )
    )
    assert report is not None
    figures = {
        f"{gain.bench} {gain.metric}": {"before": gain.before, "after": gain.after, "n": gain.n}
        for gain in report.gains.rows
    }
    line = {"case": case.name, "seed": seed, "rows": report.pairs, "alpha": report.chosen.alpha, "figures": figures}
    with (out / "results.jsonl").open("a") as file:
        file.write(json.dumps(line | {"seconds": report.seconds}) + "\n")


def make_benches(out: Path) -> None:
    """Two benchmarks, of images in folders below OUT."""
    for name, pairs in (("any", every_pair()), ("apart", None)):
        if not (out / name / f"{name}.json").is_file():
            made = benchmark(out / name, WALLS, 7, pairs=pairs)
            items = json.loads(made.file.read_text())
            for item in items:
                item["image"] = f"{name}/images/{item['image']}"
            (out / name / f"{name}.json").write_text(json.dumps(items))


def make_data(out: Path, kind: str, seed: int) -> None:
    """Captions of one kind in a folder of their own; the images of a seed are the same for all kinds."""
    folder = out / f"{kind}-{seed}"
    target = folder / f"{kind}.jsonl"
    if target.is_file():
        return
    if kind != "known":
        make_data(out, "known", seed)
    if kind in ("known", "plausible", "random"):
        denied: Literal["known", "plausible", "random"] = kind  # type: ignore[assignment]
        made = training_data(folder, SCENES, seed, captions_an_image=CAPTIONS, denied=denied)
        shutil.copy(made.captions, target)
        return
    known = out / f"known-{seed}"
    folder.mkdir(exist_ok=True)
    if kind == "unfiltered":
        shutil.copy(known / "captions.jsonl", target)
        return
    share = int(kind.removeprefix("false-")) / 100
    chance = random.Random(f"false negations {seed}")
    shown = [scene.present for scene in balanced_scenes(SCENES, seed)]
    rows = [CaptionRecord.model_validate_json(line) for line in (known / "known.jsonl").read_text().splitlines()]
    tried = ((place, _falsified(row, shown[int(str(row.image_id))], chance)) for place, row in enumerate(rows))
    false = {place: row for place, row in tried if row is not None}
    for place in chance.sample(list(false), round(share * len(rows))):
        rows[place] = false[place]
    target.write_bytes(b"".join(row.to_line() for row in rows))


def _falsified(row: CaptionRecord, shown: frozenset[str], chance: random.Random) -> CaptionRecord | None:
    """The record with something that the image shows, unnamed, in the place of what is absent; None: nothing can be."""
    kinds = sorted(shown)
    chance.shuffle(kinds)
    for kind in kinds:
        text = swapped(row.negated_caption or "", row.negated or "", kind)
        if text is not None:
            return row.model_copy(update={"negated_caption": text, "negated": kind, "verdict": None})
    return None


def results(out: Path) -> list[dict[str, object]]:
    path = out / "results.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []


def show(lines: Sequence[dict[str, object]]) -> None:
    """The table: accuracies with intervals, and what retrieval lost."""
    of: dict[str, list[dict[str, dict[str, float]]]] = defaultdict(list)
    alphas: dict[str, list[str]] = defaultdict(list)
    for line in sorted(lines, key=lambda one: int(str(one["seed"]))):
        figures = line["figures"]
        assert isinstance(figures, dict)
        of[str(line["case"])].append(figures)
        alphas[str(line["case"])].append(f"{line['alpha']:g}")
    rows: list[list[str]] = []
    first = next(iter(of.values()))
    rows.append(["before", *(_accuracy(first[:1], bench, "before") for bench in BENCHES), "–", "", ""])
    for case in CASES:
        found = of.get(case.name, [])
        if found:
            drops = [100 * (one[RECALL]["after"] - one[RECALL]["before"]) for one in found]
            spread = f"{sum(drops) / len(drops):+.1f} ({min(drops):+.1f} to {max(drops):+.1f})"
            each = " ".join(f"{100 * one[BENCHES[0]]['after']:.0f}" for one in found)
            rows.append(
                [
                    case.name,
                    *(_accuracy(found, bench, "after") for bench in BENCHES),
                    spread,
                    each,
                    " ".join(alphas[case.name]),
                ]
            )
    print_table(
        ["", "any pair, %", "pairs never shown together, %", "R@5 text→image, points", "each seed, %", "alphas"], rows
    )


BENCHES = ("any.json accuracy", "apart.json accuracy")
RECALL = "held-out captions R@5 text→image"


def _accuracy(runs: Sequence[dict[str, dict[str, float]]], bench: str, when: str) -> str:
    right = sum(one[bench][when] * one[bench]["n"] for one in runs)
    n = sum(int(one[bench]["n"]) for one in runs)
    low, high = wilson(right, n) or (0.0, 1.0)
    return f"{100 * right / n:.1f} ({100 * low:.1f} to {100 * high:.1f})"


if __name__ == "__main__":
    main()
