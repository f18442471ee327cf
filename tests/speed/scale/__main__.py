"""See the package: python -m tests.speed.scale {paper,measure,run}."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from tests.speed.scale.measure import measure
from tests.speed.scale.paper import paper, written
from tests.speed.scale.simulation import Simulation, simulate

PAGE = Path(__file__).resolve().parents[3] / "docs" / "scale.md"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.speed.scale", description=__doc__)
    modes = parser.add_subparsers(dest="mode", required=True)
    paper_ = modes.add_parser("paper", help="print the tables of docs/scale.md")
    paper_.add_argument("--write", action="store_true", help="write them into the page")
    modes.add_parser("measure", help="measure what they are computed from, but for what run measures")
    run = modes.add_parser("run", help="simulate a run with a stub for a model")
    run.add_argument("--rows", type=int, required=True)
    run.add_argument("--latency", type=float, default=Simulation.latency)
    run.add_argument("--concurrency", type=int, default=Simulation.concurrency)
    run.add_argument("--workers", type=int, default=Simulation.workers)
    run.add_argument("--steps", default=Simulation.steps)
    run.add_argument("--candidates", type=int, default=Simulation.candidates)
    run.add_argument("--cache", action="store_true")
    run.add_argument("--light", action="store_true", help="ask once for a caption, and do nothing else with it")
    run.add_argument("--out", type=Path, help="a folder, to go on in after a stop; default: a temporary one")
    chosen = vars(parser.parse_args())
    mode, out = chosen.pop("mode"), chosen.pop("out", None)
    if mode == "run":
        with tempfile.TemporaryDirectory() as scratch:
            simulate(Simulation(**chosen), out or Path(scratch))
    elif mode == "measure":
        measure()
    elif chosen["write"]:
        PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    else:
        print(paper())


if __name__ == "__main__":
    main()
