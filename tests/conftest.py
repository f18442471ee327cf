"""What holds for every test."""

from __future__ import annotations

import os

# Before torch is first imported. Two threads that wait for each other on a busy core take forty times as long.
os.environ.setdefault("OMP_NUM_THREADS", "1")
