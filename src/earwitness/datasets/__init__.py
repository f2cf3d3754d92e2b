"""Datasets and tables: AudioCaps, Clotho, a folder of sounds, and any table of captions.

>>> import tempfile
>>> from pathlib import Path
>>> folder = Path(tempfile.mkdtemp())
>>> table = folder / "references.csv"
>>> _ = table.write_text("file_name,caption_1,caption_2\\ndog.wav,a dog barks,barking\\n")
>>> dict(read_references(table).captions)
{'dog.wav': ('a dog barks', 'barking')}
"""

from __future__ import annotations

from earwitness.datasets.align import align
from earwitness.datasets.folder import Dataset, read_dataset
from earwitness.datasets.tables import Predictions, References, read_predictions, read_references

__all__ = [
    "Dataset",
    "Predictions",
    "References",
    "align",
    "read_dataset",
    "read_predictions",
    "read_references",
]
