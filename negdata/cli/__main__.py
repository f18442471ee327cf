"""``python -m negdata.cli``."""

from __future__ import annotations

from negdata.cli import main

if __name__ == "__main__":
    main()
