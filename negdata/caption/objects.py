"""Step 1 of the objects pipeline: propose an object that the scene could hold and no caption of the image names."""

from __future__ import annotations

from collections.abc import Sequence

from negdata.caption.answers import parse_object_name
from negdata.caption.item import CaptionItem
from negdata.caption.steps import Steps
from negdata.runner import Ask
from negdata.vocabulary import vocabulary

MAX_OBJECT_WORDS = 4
NOTHING_FITS = "no object is known that goes with what the image's captions name, and that none of them names"


class NoObject(Exception):
    """No object can be proposed; ``reason`` is the reason code."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


def by_cooccurrence(item: CaptionItem, attempt: int) -> str:
    """The candidate to try at an attempt (counted from 0); raises NoObject once there is none left."""
    if not item.candidates:
        raise NoObject("no-candidate", NOTHING_FITS)
    if attempt >= len(item.candidates):
        raise NoObject("no-candidate", f"all {len(item.candidates)} plausible objects were tried")
    return item.candidates[attempt]


async def by_model(item: CaptionItem, ask: Ask, steps: Steps, present: Sequence[str] = ()) -> str:
    """An object that the model proposes, asked again up to ``tries`` times; raises NoObject.

    ``present`` were proposed before, and aren't absent.
    """
    excluded: list[str] = list(present)
    problem: tuple[str, str] = ("no-candidate", "the model proposed nothing")
    for attempt in range(steps.tries):
        choices = [name for name in item.candidates if name not in excluded] if steps.choices else []
        if steps.choices and not choices:
            raise NoObject("no-candidate", f"all {len(item.candidates)} were proposed" if excluded else NOTHING_FITS)
        request = steps.propose.request(
            {
                "caption": item.record.caption.strip(),
                "others": list(item.others),
                "candidates": list(choices),
                "excluded": list(excluded),
            },
            temperature=steps.temperature,
            top_p=steps.top_p,
            seed=steps.seed + attempt,
        )
        proposed = await ask(request, parse_object_name)
        found = _problem(proposed, item, choices)
        if found is None:
            return proposed
        problem = found
        excluded.append(proposed)
    raise NoObject(*problem)


def _problem(proposed: str, item: CaptionItem, choices: list[str]) -> tuple[str, str] | None:
    known = vocabulary()
    if choices and proposed not in choices:
        return "not-a-candidate", f"the model proposed {proposed!r}, which it was not offered"
    if len(proposed.split()) > MAX_OBJECT_WORDS:
        return "not-an-object", f"the model proposed {proposed!r}, which is no name of an object"
    entry = known.lookup(proposed)
    if entry is not None and any(known.kin(entry.name, name) for name in item.mentioned):
        return "object-in-caption", f"the model proposed {proposed!r}, which a caption of the image names"
    texts = " ".join((item.record.caption, *item.others)).lower()
    if f" {proposed} " in f" {texts.replace('.', ' ').replace(',', ' ')} ":
        return "object-in-caption", f"the model proposed {proposed!r}, which a caption of the image names"
    return None
