"""What keeps outputs from being merged: all of it is told at once."""

from __future__ import annotations

from negdata.errors import NegdataError

SHOWN = 20


class Problems:
    """Collects what is wrong, each with what to do about it."""

    def __init__(self) -> None:
        self.count = 0
        self._told: list[str] = []
        self._remedies: dict[str, None] = {}

    def add(self, problem: str, remedy: str) -> None:
        """Takes note of a problem, of which only the first are kept: hostile files may have any number."""
        self.count += 1
        if len(self._told) < SHOWN:
            self._told.append(problem.removesuffix("."))
            self._remedies.setdefault(remedy)

    def add_untold(self, count: int) -> None:
        """Takes note of so many more, like some that were told."""
        self.count += count

    def take(self, error: NegdataError) -> None:
        """Takes note of an error."""
        self.add(error.problem, error.remedy)

    def raise_any(self) -> None:
        """Raises NegdataError with all of them where there are any."""
        if self.count:
            untold = self.count - len(self._told)
            more = f"; and {untold:,} more" if untold else ""
            raise NegdataError(f"Nothing was merged: {'; '.join(self._told)}{more}.", " ".join(self._remedies))
