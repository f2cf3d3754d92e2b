"""The sounds in files and folders, every name of them once, each with a name of its own."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

# libsndfile
_SNDFILE = "wav wave bwf flac ogg oga opus mp3 mp2 aif aiff aifc au snd caf w64 rf64 voc sf nist"
# FFmpeg: sought whether or not it is installed, so that a person is told what was not read
_FFMPEG = (
    "m4a m4b m4r mp4 m4v mov aac webm weba mka mkv wma wmv asf avi amr awb 3gp 3g2 ac3 ape wv tta mpc dsf flv"
    " mpg mpeg vob ts mts m2ts ogv spx mxf"
)

SOUND_EXTENSIONS = frozenset(f".{name}" for name in f"{_SNDFILE} {_FFMPEG}".split())
"""Files in folders with these extensions, in any case, are taken for sounds."""


DOUBTFUL = frozenset({".ts", ".mts", ".m2ts"})
"""Extensions that programs in TypeScript have, too: such a file in a folder is a sound if it looks so."""


@dataclass(frozen=True)
class FoundSound:
    """A sound file, and its name relative to where it was looked for, which no other found sound has."""

    path: Path
    relative: PurePosixPath


@dataclass(frozen=True)
class Search:
    """What was found in files and folders: the sounds, and how many other files by their extension."""

    sounds: tuple[FoundSound, ...]
    passed_over: dict[str, int] = field(default_factory=dict)


def find_sounds(
    paths: Iterable[str | os.PathLike[str]], *, extensions: Collection[str] = SOUND_EXTENSIONS
) -> list[FoundSound]:
    """List the sounds in files and folders.

    A named file is always listed, whatever its extension, even if it is not there: reading it says so.
    Folders are searched through and through, in sorted order, each folder once, links to folders after the
    others; in them hidden entries are skipped and only the known extensions count, some of them only where
    the content agrees. A folder that cannot be listed stands in the list itself.

    Parameters
    ----------
    paths : iterable of paths
        Files and folders; ``-`` is standard input.
    extensions : collection of str
        With their dots, in lower case.

    Returns
    -------
    list of FoundSound
        In the order given, each name once: several names of one file, links, are several sounds. ``relative``
        mirrors the folder that was named; where two would be equal (``a/dog.wav`` and ``b/dog.wav``), all
        begin at the common ancestor instead.

    Examples
    --------
    >>> [str(found.relative) for found in find_sounds(["a/dog.wav", "b/dog.wav"])]
    ['a/dog.wav', 'b/dog.wav']
    """
    return list(search_sounds(paths, extensions=extensions).sounds)


def search_sounds(
    paths: Iterable[str | os.PathLike[str]], *, extensions: Collection[str] = SOUND_EXTENSIONS
) -> Search:
    """As ``find_sounds``, and count the files in folders that were passed over, hidden ones aside."""
    walk = _Walk({extension.lower() for extension in extensions})
    found: dict[str, FoundSound] = {}
    for root in map(Path, paths):
        for path in walk.files(root) if _is_folder(root) else [root]:
            relative = path.relative_to(root) if path != root else Path(path.name or ".")
            found.setdefault(_place(path), FoundSound(path, PurePosixPath(relative.as_posix())))
    return Search(tuple(_with_own_names(list(found.values()))), walk.passed_over)


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


def _place(path: Path) -> str:
    """The name in full: links are names of their own."""
    return os.path.abspath(path) if str(path) != "-" else "-"  # noqa: PTH100 - resolve() would follow links


class _Walk:
    """Goes through folders, and counts what it leaves out."""

    def __init__(self, extensions: set[str]) -> None:
        self.extensions = extensions
        self.passed_over: dict[str, int] = {}

    def files(self, root: Path) -> Iterator[Path]:
        """The sounds beneath a folder; a link may lead upwards, so each real one is entered once."""
        seen: set[str] = set()
        waiting = [root]
        while waiting:
            yield from self._folder(waiting.pop(0), seen, waiting)

    def _folder(self, folder: Path, seen: set[str], links: list[Path]) -> Iterator[Path]:
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
                if entry.is_symlink():
                    links.append(entry)  # the folder's own name is the better one
                else:
                    yield from self._folder(entry, seen, links)
            elif not _is_special(entry):
                suffix = entry.suffix.lower()
                if suffix in self.extensions and (suffix not in DOUBTFUL or _holds_packets(entry)):
                    yield entry
                else:
                    self.passed_over[suffix] = self.passed_over.get(suffix, 0) + 1


def _holds_packets(path: Path) -> bool:
    """Whether a file is an MPEG transport stream: a byte of 0x47 every 188 bytes (192 with times)."""
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError:
        return True  # reading it says what is wrong
    sizes = (188, 192, 204)
    return any(
        len(head) > first + 2 * size and all(head[first + n * size] == 0x47 for n in range(3))
        for size in sizes
        for first in range(size)
    )


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
