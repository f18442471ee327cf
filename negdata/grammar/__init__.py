"""English grammar for the ``rules`` backend: writes captions that say what is absent, true ones and false ones,
and turns questions that were answered "no" into clauses that say so."""

from negdata.grammar.analysis import CannotWrite
from negdata.grammar.clauses import NegatedClause
from negdata.grammar.contrast import Contrast, write_contrast
from negdata.grammar.folding import fold_clause, standalone
from negdata.grammar.questions import negate_question
from negdata.grammar.writing import Written, write_negation

__all__ = [
    "CannotWrite",
    "Contrast",
    "NegatedClause",
    "Written",
    "fold_clause",
    "negate_question",
    "standalone",
    "write_contrast",
    "write_negation",
]
