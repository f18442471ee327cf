"""Benchmarks of negation: built from annotations, and scored on any CLIP."""
