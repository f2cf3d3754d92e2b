"""A dataset one can listen to: reference captions and the folder their sounds lie in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from earwitness.common.errors import TableError
from earwitness.datasets.align import find_name
from earwitness.datasets.tables import References, read_references

TABLES = (
    "captions.json",
    "captions.jsonl",
    "captions.csv",
    "references.json",
    "references.csv",
    "metadata.csv",
)


@dataclass(frozen=True)
class Dataset:
    """References, the sound of each clip, and the clips whose sound is not there."""

    references: References
    sounds: Mapping[str, Path]
    missing: tuple[str, ...] = field(default=())


def read_dataset(table: str | os.PathLike[str], audio: str | os.PathLike[str] | None = None) -> Dataset:
    """Read references and find their sounds.

    Parameters
    ----------
    table : path
        A table of references, or a folder of sounds with one in it, called as in ``TABLES``.
    audio : path, optional
        The folder of the sounds, searched through and through; the table's own folder unless given.

    Raises
    ------
    TableError
        The table cannot be used, there is no such folder, or it has none of the sounds.
    """
    table, named = Path(table), None
    if table.is_dir():
        audio = audio or table
        named = table.absolute().name
        table = table_in(table)
    folder = Path(audio) if audio is not None else table.parent
    if not folder.is_dir():
        raise TableError(f"{folder} is no folder of sounds.")
    references = read_references(table)
    if named is not None:
        references = replace(references, name=named)
    sounds = _sounds(references, folder)
    if not sounds:
        first = next(iter(references.captions))
        raise TableError(
            f"{folder} has none of the {len(references.captions)} sounds of {table.name}, such as {first!r}."
        )
    missing = tuple(clip for clip in references.captions if clip not in sounds)
    return Dataset(references, sounds, missing)


def table_in(folder: Path) -> Path:
    """The table of references in a folder, called as in ``TABLES``; TableError where there is none."""
    for name in TABLES:
        if (folder / name).is_file():
            return folder / name
    raise TableError(f"{folder} has no table of references: one of {', '.join(TABLES)} is expected.")


def _sounds(references: References, folder: Path) -> dict[str, Path]:
    from earwitness.audio import find_sounds

    found: dict[str, Path] = {}
    name_of = find_name(references)
    for sound in find_sounds([folder]):
        clip = name_of(str(sound.relative))
        if clip is not None:
            found.setdefault(clip, sound.path)
    return found
