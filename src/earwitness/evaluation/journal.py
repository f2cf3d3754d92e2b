"""What a run has captioned so far, on disk, so that it can go on where it stopped.

One JSON file a captioner::

    {"captioner": "wsac", "version": "0.1.0",
     "clips": {"dog.wav": {"file": [88244, 1700000000], "text": "a dog barks"}}}

It is written beside itself and renamed over the old one, so at every moment a whole journal is there. A
caption counts as long as the sound file has the size and time it had, the captioner the name, and the
program the version. Failures are not kept: they are tried again.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from earwitness import __version__
from earwitness.errors import TableError

_SECONDS = 2.0
"""Between two writes: at most this much work is done twice."""


class Journal:
    """The captions of one captioner by clip; a context manager that writes what is left on the way out.

    Raises
    ------
    TableError
        The file is there and is no journal, or it cannot be written.
    """

    def __init__(self, path: Path, captioner: str) -> None:
        self._path = path
        self._head = {"captioner": captioner, "version": __version__}
        self._clips = _read(path, self._head)
        self._written = time.monotonic()

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self.write()

    def get(self, clip: str, sound: Path) -> str | None:
        """The caption of a clip, if there is one of the same sound file."""
        entry = self._clips.get(clip)
        return entry["text"] if entry is not None and entry["file"] == _key(sound) else None

    def add(self, clip: str, sound: Path, text: str) -> None:
        """Keep a caption; the file is written now and then."""
        self._clips[clip] = {"file": _key(sound), "text": text}
        if time.monotonic() - self._written >= _SECONDS:
            self.write()

    def write(self) -> None:
        """Put the journal on disk, whole or not at all."""
        part = self._path.with_name(self._path.name + ".part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            part.write_text(
                json.dumps({**self._head, "clips": self._clips}, ensure_ascii=False), encoding="utf-8"
            )
            part.replace(self._path)
        except OSError as error:
            raise TableError(f"{self._path} cannot be written: {error.strerror or error}.") from error
        self._written = time.monotonic()


def _read(path: Path, head: dict[str, str]) -> dict[str, dict[str, Any]]:
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        clips = {
            clip: {"file": list(e["file"]), "text": str(e["text"])} for clip, e in found["clips"].items()
        }
        return clips if {key: found[key] for key in head} == head else {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise TableError(f"{path} is no journal of captions: move it away or name another place.") from error


def _key(sound: Path) -> list[int]:
    stat = sound.stat()
    return [stat.st_size, stat.st_mtime_ns]
