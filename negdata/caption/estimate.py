"""What a run would cost: requests, tokens and money, estimated from a sample of its prompts. Nothing is sent."""

from __future__ import annotations

from itertools import islice

from pydantic import BaseModel, ConfigDict, JsonValue

from negdata.backends.base import Request
from negdata.caption.item import CaptionItem, UnusableItem
from negdata.caption.read import Survey, items
from negdata.caption.settings import CaptionSettings
from negdata.caption.steps import Steps
from negdata.sources import Source
from negdata.vocabulary import Cooccurrence

SAMPLE_ROWS = 500
CHARACTERS_A_TOKEN = 4.0
"""English text in the tokenizers of current models: 3.5 to 4.5 characters a token."""
REPLY_OVERHEAD_TOKENS = 8
"""The JSON around a reply."""
TOKENS_A_MESSAGE = 4
"""What a chat template adds to each message."""


class Estimate(BaseModel):
    """What a run would take, each caption tried once; ``cost`` is in the currency of the prices.

    ``verifier_questions`` are those put to models that look at images, one proposal a caption; they are in neither
    ``requests`` nor ``cost``, since what an image costs differs from model to model. ``excluded`` of the ``rows`` are
    about images that benchmarks use, and ask for nothing; None where no benchmark was given.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: int
    requests: int
    prompt_tokens: int
    completion_tokens: int
    cost: float | None
    sampled_rows: int
    verifier_questions: int = 0
    excluded: int | None = None


def estimate(
    source: Source,
    survey: Survey,
    settings: CaptionSettings,
    steps: Steps,
    cooccurrence: Cooccurrence,
    *,
    price_in: float | None,
    price_out: float | None,
) -> Estimate:
    """Estimates a run from its first rows; prices are per million tokens."""
    rows = survey.taken
    asked = rows - survey.overlap.excluded
    taken = (item for item in items(source, survey, settings, cooccurrence) if not _is_excluded(item, steps))
    sampled = requests = 0
    prompt = completion = 0.0
    for item in islice(taken, SAMPLE_ROWS):
        sampled += 1
        if not isinstance(item, CaptionItem) or settings.backend == "rules":
            continue
        for request, answer in _requests(item, steps):
            requests += 1
            prompt += _tokens(request)
            completion += len(answer) / CHARACTERS_A_TOKEN + REPLY_OVERHEAD_TOKENS
    scale = asked / sampled if sampled else 0.0
    cost = None
    if price_in is not None or price_out is not None:
        cost = scale * (prompt * (price_in or 0.0) + completion * (price_out or 0.0)) / 1e6
    return Estimate(
        rows=rows,
        requests=round(requests * scale),
        prompt_tokens=round(prompt * scale),
        completion_tokens=round(completion * scale),
        cost=cost,
        sampled_rows=sampled,
        verifier_questions=asked * settings.verify.votes if settings.verify.asks_models else 0,
        excluded=survey.overlap.excluded if settings.exclude else None,
    )


def _is_excluded(item: CaptionItem | UnusableItem, steps: Steps) -> bool:
    return isinstance(item, CaptionItem) and steps.exclusion.finding(item.record) is not None


def _requests(item: CaptionItem, steps: Steps) -> list[tuple[Request, str]]:
    if steps.pipeline == "vqa":
        caption = "" if steps.standalone else item.record.caption.strip()
        question = item.record.question or ""
        inputs: dict[str, JsonValue] = {"caption": caption, "question": question}
        return [(steps.question.request(inputs, temperature=0.0, top_p=1.0, seed=0), f"{caption} {question}")]
    if item.record.negated is None and steps.proposer is None:
        return []
    caption = item.record.caption.strip()
    negated = item.record.negated or (item.candidates[0] if item.candidates else "object")
    asked: list[tuple[Request, str]] = []
    if item.record.negated is None and steps.proposer == "model":
        inputs = {
            "caption": caption,
            "others": list(item.others),
            "candidates": list(item.candidates) if steps.choices else [],
            "excluded": [],
        }
        asked.append((steps.propose.request(inputs, temperature=0.0, top_p=1.0, seed=0), negated))
    if steps.write:
        inputs = {"caption": caption, "negated": negated}
        asked.append(
            (steps.rewrite.request(inputs, temperature=0.0, top_p=1.0, seed=0), f"{caption} with no {negated}")
        )
    if steps.write and steps.contrast:
        inputs = {"caption": caption, "present": negated}
        asked.append((steps.contrast_prompt.request(inputs, temperature=0.0, top_p=1.0, seed=0), caption))
    return asked


def _tokens(request: Request) -> float:
    return sum(len(message.content) / CHARACTERS_A_TOKEN + TOKENS_A_MESSAGE for message in request.messages)
