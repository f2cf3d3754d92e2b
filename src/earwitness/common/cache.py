"""Where models that were fetched are kept."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """The user's cache folder: ``EARWITNESS_CACHE``, or ``~/.cache/earwitness``."""
    given = os.environ.get("EARWITNESS_CACHE")
    return Path(given).expanduser() if given else Path.home() / ".cache" / "earwitness"
