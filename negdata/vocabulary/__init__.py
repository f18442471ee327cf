"""Object names, and which objects plausibly go with which."""

from __future__ import annotations

from negdata.vocabulary.cooccurrence import Cooccurrence, ImageCounts
from negdata.vocabulary.entries import ObjectEntry, data_digest
from negdata.vocabulary.matcher import Mention, Vocabulary, vocabulary

__all__ = ["Cooccurrence", "ImageCounts", "Mention", "ObjectEntry", "Vocabulary", "data_digest", "vocabulary"]
