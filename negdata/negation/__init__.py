"""What negates in a caption, what it negates, and whether a caption that a backend wrote may be kept."""

from __future__ import annotations

from negdata.negation.checks import REASONS, check_false_caption, check_negated_caption
from negdata.negation.detect import Cue, find_cues, find_lookalikes
from negdata.negation.form import Finding
from negdata.negation.question_checks import check_question_caption
from negdata.negation.scope import negated_spans
from negdata.negation.statistics import CorpusStatistics, CueStatistics, corpus_statistics
from negdata.negation.task import check_speaks_of_image

__all__ = [
    "REASONS",
    "CorpusStatistics",
    "Cue",
    "CueStatistics",
    "Finding",
    "check_false_caption",
    "check_negated_caption",
    "check_question_caption",
    "check_speaks_of_image",
    "corpus_statistics",
    "find_cues",
    "find_lookalikes",
    "negated_spans",
]
