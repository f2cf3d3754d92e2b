"""A folder of sounds and their references as one table that the evaluation reads."""

from __future__ import annotations

import csv
import io
import os
from pathlib import Path

from earwitness.common.errors import OptionError
from earwitness.datasets import Dataset, read_dataset


def write_evaluation_table(references: Path, sounds: Path, output: Path) -> Dataset:
    """Write the references of the sounds that are there, a row a sound.

    Parameters
    ----------
    references : Path
        A table as ``datasets.read_references`` takes it.
    sounds : Path
        The folder of the sounds, searched through and through.
    output : Path
        A ``.csv``: ``file_name`` (seen from the table's folder), ``caption_1``, ``caption_2`` and so on.

    Returns
    -------
    Dataset
        What was found; ``missing`` names the references whose sound is not there.

    Raises
    ------
    OptionError
        The output is no ``.csv``.
    TableError
        The references cannot be used, or none of their sounds is there.
    """
    if output.suffix.lower() != ".csv":
        raise OptionError(f"an evaluation table is written as .csv, not as {output.name!r}.")
    found = read_dataset(references, sounds)
    rows = [(clip, found.references.captions[clip]) for clip in found.references.captions]
    rows = [row for row in rows if row[0] in found.sounds]
    most = max(len(captions) for _, captions in rows)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["file_name", *(f"caption_{i + 1}" for i in range(most))])
    for clip, captions in rows:
        name = Path(os.path.relpath(found.sounds[clip], output.parent)).as_posix()
        writer.writerow([name, *captions, *[""] * (most - len(captions))])
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(text.getvalue(), encoding="utf-8")
    return found
