"""The engine of this machine: one worker in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from negdata.engines.foreman import Foreman, Orders, Told, too_many
from negdata.engines.job import Job
from negdata.engines.work import Work
from negdata.engines.worker import Done, Worker
from negdata.errors import Interrupted


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
        with Worker(job, work.folder, work.digest, work.limits, report) as worker:
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
