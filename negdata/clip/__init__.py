"""Models of CLIP's kind, from wherever they come, behind one protocol."""
