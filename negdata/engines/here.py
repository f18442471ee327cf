"""The engine of this machine: one worker in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from negdata.engines.foreman import Foreman, Orders, Told, too_many
from negdata.engines.job import Job
from negdata.engines.work import Work
from negdata.engines.worker import Done, Worker
from negdata.errors import Interrupted
from negdata.interrupts import orderly_signals


def work_here(work: Work, job: Job, foreman: Foreman, tell: Callable[[Told], None]) -> Iterator[Done]:
    """Works on blocks in their order; ``tell`` is called with all that the foreman knows.

    Raises:
        TooManyFailures: the foreman says so.
        NegdataError: as ``Worker`` and its ``work``.
    """

    def report(block: int, told: Told) -> Orders:
        orders = foreman.report(block, told)
        tell(foreman.sum())
        return orders

    try:
        # Between two blocks: while one is worked on, its runner hears of Ctrl-C first.
        with (
            orderly_signals(lambda: foreman.stop("interrupted")),
            Worker(job, work.folder, work.limits, report) as worker,
        ):
            for number in work.blocks:
                done = worker.work(number)
                foreman.finish(number, done.told)
                tell(foreman.sum())
                if foreman.stopped() == "failures":
                    raise too_many(foreman.sum())
                yield done
    except Interrupted:
        if foreman.stopped() == "failures":
            raise too_many(foreman.sum()) from None
        raise
