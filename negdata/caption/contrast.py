"""The contrast: the same kind of sentence, but negating something that the caption says is there.

A false caption names an object that the caption mentions, says that it is absent, and no longer mentions it as
present. Fine-tuning sets it against the true negated caption of the same image.
"""

from __future__ import annotations

import random

from negdata.backends.base import Declined
from negdata.caption.item import CaptionItem
from negdata.caption.rewrite import parse_written
from negdata.caption.steps import Steps
from negdata.negation import check_false_caption
from negdata.runner import Ask
from negdata.vocabulary import vocabulary


async def false_caption(item: CaptionItem, ask: Ask, steps: Steps) -> str | None:
    """A false caption for the item, or None where none could be written in ``tries`` attempts."""
    caption = item.record.caption.strip()
    present = list(dict.fromkeys(mention.name for mention in vocabulary().find(caption)))
    random.Random(f"{steps.seed}:{item.id}").shuffle(present)
    for attempt in range(max(steps.tries, 1)):
        # Grammar gives one answer to one question; a model draws again.
        if not present or (attempt >= len(present) and not steps.names_prompt):
            return None
        name = present[attempt % len(present)]
        request = steps.contrast_prompt.request(
            {"caption": caption, "present": name},
            temperature=steps.temperature,
            top_p=steps.top_p,
            seed=steps.seed + attempt,
        )
        try:
            written = await ask(request, parse_written)
        except Declined:
            continue
        if check_false_caption(caption, written.text, name) is None:
            return written.text
    return None
