"""Step 2: rewrite a caption so that it says, somewhere in the sentence, that the object is absent."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from negdata.backends.base import Reply
from negdata.caption.answers import parse_caption
from negdata.caption.item import CaptionItem
from negdata.caption.steps import Steps
from negdata.negation import Finding, check_negated_caption
from negdata.runner import Ask


@dataclass(frozen=True, slots=True)
class Written:
    """A caption as a backend wrote it; ``construction`` where it was written by grammar."""

    text: str
    construction: str | None = None


def parse_written(reply: Reply) -> Written:
    """A written caption from a reply; raises BadReply."""
    caption = parse_caption(reply)
    construction = orjson.loads(reply.text).get("construction")
    return Written(caption, construction if isinstance(construction, str) else None)


async def rewrite(
    item: CaptionItem, negated: str, ask: Ask, steps: Steps, attempt: int
) -> tuple[Written, Finding | None]:
    """One attempt at a negated caption, and what is wrong with it (None: nothing)."""
    caption = item.record.caption.strip()
    request = steps.rewrite.request(
        {"caption": caption, "negated": negated},
        temperature=steps.temperature,
        top_p=steps.top_p,
        seed=steps.seed + attempt,
    )
    written = await ask(request, parse_written)
    return written, check_negated_caption(caption, written.text, negated)
