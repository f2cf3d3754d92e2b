"""Captions by system and sounds by clip, out of the files and the folder that a person names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from earwitness.audio import find_sounds
from earwitness.common.errors import OptionError
from earwitness.datasets import read_predictions


def captions_by_system(files: Sequence[Path]) -> dict[str, Mapping[str, str]]:
    """Each file's captions under a name that tells it from the others.

    Raises
    ------
    TableError
        A file holds no captions.
    OptionError
        A file is named twice.
    """
    if len({f.resolve() for f in files}) < len(files):
        raise OptionError("a study compares two systems; the same file was named twice.")
    alike = len({f.stem for f in files}) < len(files)
    return {str(f) if alike else f.stem: read_predictions(f).captions for f in files}


def find_clips(systems: Mapping[str, Mapping[str, str]], folder: Path) -> dict[str, Path]:
    """The sound of each clip that is in a folder, by its path in there, its name, or its name without ending.

    A name that several sounds share finds none of them.
    """
    known: dict[str, set[Path]] = {}
    for sound in find_sounds([folder]):
        forms = {str(sound.path), sound.relative.as_posix(), sound.path.name, sound.path.stem}
        for form in forms:
            known.setdefault(form, set()).add(sound.path)
    found: dict[str, Path] = {}
    for clip in set().union(*systems.values()):
        for form in (clip, Path(clip).as_posix(), Path(clip).name, Path(clip).stem):
            if len(known.get(form, ())) == 1:
                (found[clip],) = known[form]
                break
    return found
