"""Steps 1 and 2: propose an object and check against the image that it is absent; a present one is proposed again."""

from __future__ import annotations

from dataclasses import dataclass

from negdata.caption.item import CaptionItem
from negdata.caption.objects import NoObject, by_cooccurrence, by_model
from negdata.caption.steps import Steps
from negdata.records import Verdict
from negdata.runner import Ask
from negdata.verify import judge_in_turn, question_of


@dataclass(frozen=True, slots=True)
class Target:
    """What the caption will say is absent; ``verdict`` is None where nothing was checked."""

    negated: str
    verdict: Verdict | None


class Targets:
    """The objects for one caption, one after the other.

    Attributes:
        proposals: how many objects were put to the verifiers.
        last: the object that was proposed last, with its verdict.
    """

    def __init__(self, item: CaptionItem, ask: Ask, steps: Steps) -> None:
        self._item = item
        self._ask = ask
        self._steps = steps
        self._tried: list[str] = []
        self.proposals = 0
        self.last: Target | None = None

    @property
    def has_more(self) -> bool:
        """Whether another object may be asked for: grammar gives one answer to one question, a model draws again."""
        return self._item.record.negated is None and self._steps.proposer == "cooccurrence"

    async def next(self) -> Target:
        """An object that no verifier finds in the image.

        Raises:
            NoObject: none could be proposed, each of ``tries`` was ``present`` or ``unsure``, or an earlier verdict on
                the row's own object says so.
            RecordFailure: an image that can't be read, a model that gives no answer.
        """
        record = self._item.record
        if record.negated is not None:
            return await self._checked(record.negated, record.verdict)
        missed = NoObject("no-candidate", f"all {len(self._tried)} plausible objects were tried")
        while len(self._tried) < self._steps.tries:
            proposed = await self._propose()
            self._tried.append(proposed)
            try:
                return await self._checked(proposed, None)
            except NoObject as found:
                missed = found
        raise missed

    async def _propose(self) -> str:
        if self._steps.proposer == "model":
            return await by_model(self._item, self._ask, self._steps, self._tried)
        return by_cooccurrence(self._item, len(self._tried))

    async def _checked(self, negated: str, earlier: Verdict | None) -> Target:
        self.last = Target(negated, earlier)
        if earlier is not None and earlier.present is False:
            return self.last
        if not self._steps.verifiers:
            if earlier is None:
                return self.last
            raise NoObject("present" if earlier.present else "unsure", f"{earlier.verifier} judged so earlier")
        question = question_of(self._item.record.model_copy(update={"negated": negated}))
        assert question is not None
        self.proposals += 1
        verdict, detail = await judge_in_turn(question, self._steps.verifiers, self._ask)
        self.last = Target(negated, verdict)
        if verdict.present is None:
            raise NoObject("unsure", f"{verdict.verifier} can't tell whether {negated!r} is there: {detail}")
        if verdict.present:
            raise NoObject("present", f"{verdict.verifier} finds {negated!r} in the image")
        return self.last
