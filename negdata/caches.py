"""Where what can be made again is kept between runs."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """``$NEGDATA_CACHE``, or the user's cache folder."""
    folder = os.environ.get("NEGDATA_CACHE")
    if folder:
        return Path(folder)
    import platformdirs

    return platformdirs.user_cache_path("negdata")


def feature_cache() -> Path:
    """Where image embeddings are kept."""
    return cache_folder() / "features"


def copy_cache() -> Path:
    """Where copies of files from elsewhere are kept."""
    return cache_folder() / "remote"
