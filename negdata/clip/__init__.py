"""Models of CLIP's kind, from wherever they come, behind one protocol."""

from negdata.clip.base import DualEncoder
from negdata.clip.load import load_dual_encoder

__all__ = ["DualEncoder", "load_dual_encoder"]
