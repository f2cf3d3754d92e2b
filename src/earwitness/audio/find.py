"""The sounds in files and folders, each once, each with a name of its own."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

# libsndfile
_SNDFILE = "wav wave flac ogg oga opus mp3 mp2 aif aiff aifc au snd caf w64 rf64 voc sf nist"
# FFmpeg: sought whether or not it is installed, so that a person is told what was not read
_FFMPEG = (
    "m4a m4b mp4 m4v mov aac webm weba mka mkv wma wmv asf avi amr 3gp 3g2 ac3 ape wv tta mpc dsf flv"
    " mpg mpeg ts"
)

SOUND_EXTENSIONS = frozenset(f".{name}" for name in f"{_SNDFILE} {_FFMPEG}".split())
"""Files in folders with these extensions, in any case, are taken for sounds."""


@dataclass(frozen=True)
class FoundSound:
    """A sound file, and its name relative to where it was looked for, which no other found sound has."""

    path: Path
    relative: PurePosixPath


def find_sounds(
    paths: Iterable[str | os.PathLike[str]], *, extensions: Collection[str] = SOUND_EXTENSIONS
) -> list[FoundSound]:
    """List the sounds in files and folders.

    A named file is always listed, whatever its extension, even if it is not there: reading it says so.
    Folders are searched through and through, in sorted order, links to folders followed once; in them hidden
    entries are skipped and only the known extensions count. A folder that cannot be listed stands in the list
    itself.

    Parameters
    ----------
    paths : iterable of paths
        Files and folders.
    extensions : collection of str
        With their dots, in lower case.

    Returns
    -------
    list of FoundSound
        In the order given, each file once. ``relative`` mirrors the folder that was named; where two names
        would be equal (``a/dog.wav`` and ``b/dog.wav``), all begin at the common ancestor instead.

    Examples
    --------
    >>> [str(found.relative) for found in find_sounds(["a/dog.wav", "b/dog.wav"])]
    ['a/dog.wav', 'b/dog.wav']
    """
    wanted = {extension.lower() for extension in extensions}
    found: dict[str, FoundSound] = {}
    for root in map(Path, paths):
        for path in _walk(root, wanted, set()) if _is_folder(root) else [root]:
            relative = path.relative_to(root) if path != root else Path(path.name or ".")
            found.setdefault(_identity(path), FoundSound(path, PurePosixPath(relative.as_posix())))
    return _with_own_names(list(found.values()))


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name too long, a folder that may not be searched: reading it will say so
        return False


def _identity(path: Path) -> str:
    try:
        return os.path.realpath(path)
    except ValueError:  # a name no file can have
        return str(path)


def _walk(folder: Path, extensions: set[str], seen: set[str]) -> Iterator[Path]:
    # a link may lead to a folder above: each real folder is entered once
    real = _identity(folder)
    if real in seen:
        return
    seen.add(real)
    try:
        entries = sorted(folder.iterdir())
    except OSError:
        yield folder
        return
    for entry in entries:
        if entry.name.startswith("."):
            continue
        if _is_folder(entry):
            yield from _walk(entry, extensions, seen)
        elif entry.suffix.lower() in extensions and not _is_special(entry):
            yield entry


def _is_special(path: Path) -> bool:
    # a pipe or a device, which may never end; a link that points to nothing is listed, and reading it says so
    try:
        return not stat.S_ISREG(path.stat().st_mode)
    except OSError:
        return False


def _with_own_names(found: list[FoundSound]) -> list[FoundSound]:
    if len({sound.relative for sound in found}) == len(found):
        return found
    whole = [Path(os.path.abspath(sound.path)) for sound in found]  # noqa: PTH100 - resolve() would follow links
    try:
        base = Path(os.path.commonpath([path.parent for path in whole]))
    except ValueError:  # two drives have no common ancestor
        relatives = [
            PurePosixPath(path.drive.strip(":\\/").replace("\\", "/"), *path.parts[1:]) for path in whole
        ]
    else:
        relatives = [PurePosixPath(path.relative_to(base).as_posix()) for path in whole]
    return [FoundSound(sound.path, relative) for sound, relative in zip(found, relatives, strict=True)]
