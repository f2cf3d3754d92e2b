"""An archive that answers: sounds indexed once into one SQLite file, found by words, by sound, by time.

>>> import tempfile, os, earwitness.archive
>>> with tempfile.TemporaryDirectory() as folder:
...     with earwitness.archive.open(os.path.join(folder, "sounds.db"), create=True) as archive:
...         archive.stats().files
0
"""

from __future__ import annotations

from earwitness.archive.archive import Archive, open
from earwitness.archive.options import Filters, IndexOptions, SearchOptions
from earwitness.archive.results import Duplicates, Hit, IndexReport, Progress, Stats

__all__ = [
    "Archive",
    "Duplicates",
    "Filters",
    "Hit",
    "IndexOptions",
    "IndexReport",
    "Progress",
    "SearchOptions",
    "Stats",
    "open",
]
