"""The manifest that a run over all of the records would have written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import reduce

from pydantic import JsonValue, ValidationError

from negdata.errors import NegdataError
from negdata.filter.marks import MarkCounts
from negdata.manifest import Counts, Manifest, Usage, clean_settings, now, settings_hash
from negdata.merging.checks import shared_settings
from negdata.merging.inputs import AGAIN, Input
from negdata.redact import redact, redact_patterns


def together(inputs: Sequence[Input], command: str) -> Manifest:
    """The manifest of a merge that is under way: settings without the shard, and all that adds up.

    Raises:
        NegdataError: what an input's manifest says of marks isn't understood.
    """
    manifests = [one.manifest for one in inputs]
    settings = clean_settings(shared_settings(inputs[0]))
    reasons, errors = Counter[str](), Counter[str]()
    for manifest in manifests:
        reasons.update(manifest.reasons)
        errors.update(manifest.errors)
    counts = reduce(Counts.plus, (one.counts for one in inputs))
    counts.taken = counts.accounted
    return Manifest(
        command=redact(command),
        settings=settings,
        settings_hash=settings_hash(settings),
        counts=counts,
        reasons=dict(reasons.most_common()),
        errors=dict(errors.most_common()),
        usage=reduce(Usage.plus, (manifest.usage for manifest in manifests)),
        started=min((manifest.started for manifest in manifests), default=now()),
        seconds=round(sum(manifest.seconds for manifest in manifests), 3),
        runs=sum(manifest.runs for manifest in manifests),
        extra={"merged": [redact_patterns(str(one.path)) for one in inputs], **_marks(inputs)},
    )


def _marks(inputs: Sequence[Input]) -> dict[str, JsonValue]:
    """What became of marks; nothing where there were none."""
    told: list[MarkCounts] = []
    for one in inputs:
        try:
            if (counts := one.manifest.extra.get("marks")) is not None:
                told.append(MarkCounts.model_validate(counts))
        except ValidationError as error:
            raise NegdataError(f"What the manifest of {one.path} says of marks isn't understood.", AGAIN) from error
    return {"marks": reduce(MarkCounts.plus, told).model_dump(mode="json")} if told else {}
