"""The learning rate over a run."""

from __future__ import annotations

import math

from negdata.train.recipe import ScheduleRule


def factor(rule: ScheduleRule, step: int, steps: int) -> float:
    """What the recipe's learning rate is multiplied by at a step, counted from 0, of so many."""
    warmup = round(rule.warmup * steps)
    if step < warmup:
        return (step + 1) / warmup
    if rule.shape == "constant":
        return 1.0
    gone = (step - warmup) / max(steps - warmup, 1)
    return (1 + math.cos(math.pi * gone)) / 2
