"""How a filter run is set up, wherever it runs: its sources, and the settings that shape records."""

from __future__ import annotations

from pydantic import JsonValue

from negdata.filter.settings import FilterSettings
from negdata.shards import shard_identity
from negdata.sources import Columns, Source, open_source
from negdata.verify import Verifier
from negdata.vocabulary import data_digest


def sources_of(settings: FilterSettings, verifiers: tuple[Verifier, ...]) -> tuple[Source, Source | None]:
    """The records to filter, and further captions; raises NegdataError where they can't be read."""
    source = open_source(
        settings.source,
        source_format=settings.source_format,
        columns=Columns(settings.image_column, settings.caption_column),
        image_required=any(verifier.driven is not None for verifier in verifiers),
    )
    return source, open_source(settings.captions) if settings.captions is not None else None


def identity_of(
    settings: FilterSettings, source: Source, captions: Source | None, verifiers: tuple[Verifier, ...]
) -> dict[str, JsonValue]:
    """The settings that shape records; a run may only go on under the same ones."""
    return {
        "source": str(settings.source),
        "source_digest": source.digest(),
        "source_format": source.format,
        **shard_identity(settings.shard),
        "captions_digest": captions.digest() if captions is not None else None,
        "images": str(settings.verify.images) if settings.verify.images is not None else None,
        "verifiers": [verifier.identity() for verifier in verifiers],
        "without": ",".join(sorted(settings.without)),
        "vocabulary": data_digest(),
    }
