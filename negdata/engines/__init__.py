"""Where a command works: in this process, or in workers on one or many machines that Ray drives.

A command's rows are cut into blocks, those of one image together; each block is worked on by itself and becomes a part
of the output (``negdata.parts``).
"""

from __future__ import annotations
