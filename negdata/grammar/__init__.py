"""English grammar for the ``rules`` backend: writes captions that say what is absent, true ones and false ones."""

from negdata.grammar.analysis import CannotWrite
from negdata.grammar.contrast import Contrast, write_contrast
from negdata.grammar.writing import Written, write_negation

__all__ = ["CannotWrite", "Contrast", "Written", "write_contrast", "write_negation"]
