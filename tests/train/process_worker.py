"""A training in as many processes as torchrun starts: ``-m tests.train.process_worker FOLDER``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from negdata.processes import joined
from negdata.train.checkpoint import TrainingState
from negdata.train.choose import choose
from negdata.train.trainable import plain_weights
from tests.train.courses import course, recipe, trained


def main() -> None:
    folder = Path(sys.argv[1])
    with joined() as processes:
        # Each has a folder of its own: only the first one's model counts.
        rules = recipe(epochs=3, keep={"epoch": "best", "alphas": [0.5, 1.0]})
        made = course(folder / str(processes.rank), rules, processes=processes)
        start = plain_weights(made.encoder.model)
        state, lines = trained(made)
        # After a restart the others know nothing of earlier epochs.
        choose(made, state if processes.first else TrainingState(step=state.step), start, max_drop=1.0)
        total = sum(float(weight.detach().abs().sum()) for weight in made.moving.values())
        found = [line["loss"] for line in lines if "loss" in line]
        validations = [line["validation"]["loss"] for line in lines if "validation" in line]
        written = {"size": processes.size, "losses": found, "validations": validations, "weights": total}
        (folder / f"{processes.rank}.json").write_text(json.dumps(written))


if __name__ == "__main__":
    main()
