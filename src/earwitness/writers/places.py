"""What a file about a sound is called: as players expect it, where no two sounds would share a name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path, PurePath
from unicodedata import normalize

from earwitness.audio import SOUND_EXTENSIONS


class Places:
    """Which sounds leave their ending out of the names of their files.

    A player looks for ``film.srt`` beside ``film.mkv``. But ``dog.wav`` and ``dog.mp3`` may lie side by side:
    then each keeps its whole name.

    Parameters
    ----------
    names : mapping from a sound's path to its name relative to the output folder
    beside : bool
        The files lie beside the sounds.
    """

    def __init__(self, names: Mapping[str, PurePath], *, beside: bool) -> None:
        self._beside = beside
        self._shared = Counter(map(_bare, map(Path, names) if beside else names.values()))
        self._names = names
        self._folders: dict[Path, Counter[PurePath]] = {}

    def may_be_bare(self, path: str, target: Path, extension: str) -> bool:
        """Whether the sound at ``path``, with its file at ``target``, is the only one of that name.

        A file that lies beside the film itself and has the name already may be somebody's subtitles.
        """
        if not target.stem or self._shared[_bare(Path(path) if self._beside else self._names[path])] > 1:
            return False
        if self._beside:
            return self._in_folder(Path(path).parent)[_bare(Path(path))] <= 1
        return not (target.exists() and target.with_name(target.stem + extension).exists())

    def _in_folder(self, folder: Path) -> Counter[PurePath]:
        if folder not in self._folders:
            try:
                there = [p for p in folder.iterdir() if p.suffix.lower() in SOUND_EXTENSIONS]
            except OSError:
                there = []
            self._folders[folder] = Counter(map(_bare, there))
        return self._folders[folder]


def _bare(path: PurePath) -> PurePath:
    # file systems that ignore case, or compose accents, take these for one
    return path.with_name(normalize("NFC", path.stem).casefold() or path.name)
