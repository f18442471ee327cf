"""What the parts of the default recipe are worth in the world of ``negdata demo``.

    python -m tests.quality.recipe_parts negdata-demo [--seeds 2] [--workers 2]

On the captions and benchmarks of a demonstration's folder the small CLIP is fine-tuned as the demonstration does, once
as the recipe is and once without each part. The table has means over seeds; a training's seed decides the order of
its rows and what is set against them, the world stays the same.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from negdata.demo.folder import DemoFolder
from negdata.demo.run import finetune_settings
from negdata.demo.settings import DemoSettings
from negdata.train import finetune
from tests.speed.common import print_table

CASES: dict[str, tuple[str, ...]] = {
    "default": (),
    "without the anchor": ("contrast.anchor=0",),
    "nothing affirms": ("contrast.affirm=0",),
    "without contrast": ("contrast=null",),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--run", nargs=2, metavar=("CASE", "SEED"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        print(*run(arguments.folder, arguments.run[0], int(arguments.run[1])))
        return

    def scored(case: str, seed: int) -> list[float]:
        command = [sys.executable, "-m", "tests.quality.recipe_parts", str(arguments.folder), "--run", case, str(seed)]
        said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return [float(word) for word in said.split()[-4:]]

    jobs = [(case, seed) for seed in range(arguments.seeds) for case in CASES]
    with ThreadPoolExecutor(arguments.workers) as pool:
        done = list(pool.map(lambda job: scored(*job), jobs))
    rows = []
    for case in CASES:
        found = [one for job, one in zip(jobs, done, strict=True) if job[0] == case]
        changes = [100 * (after - before) for _, _, before, after in found]
        rows.append(
            [
                case,
                f"{sum(100 * one[1] for one in found) / len(found):.1f}",
                " ".join(f"{100 * one[1]:.1f}" for one in found),
                f"{sum(changes) / len(changes):+.1f}",
                " ".join(f"{change:+.1f}" for change in changes),
            ]
        )
    print_table(["recipe", "reads “no”, %", "each seed", "R@5, points", "each seed"], rows)


def run(folder: Path, case: str, seed: int) -> tuple[float, float, float, float]:
    """Accuracy before and after, and R@5 before and after."""
    import torch

    torch.set_num_threads(1)
    demo = DemoFolder(folder)
    as_it_does = finetune_settings(DemoSettings(out=folder, seed=seed), demo, "default")
    with tempfile.TemporaryDirectory() as out:
        done = finetune(
            replace(
                as_it_does,
                out=Path(out) / "model",
                overrides=(*as_it_does.overrides, *CASES[case]),
                benches=(demo.bench, demo.retrieval),
                bench_images=demo.test_images,
            )
        )
    assert done is not None
    negation = next(row for row in done.gains.rows if row.metric == "accuracy")
    recall = next(row for row in done.gains.rows if row.metric == "R@5 text→image" and row.suite != "held-out")
    return negation.before, negation.after, recall.before, recall.after


if __name__ == "__main__":
    main()
