"""What a long run has captioned so far, on disk, so that it goes on where it stopped.

Lines of JSON: first what the captions depend on, then one line a sound, written when it is finished::

    {"earwitness": "0.1.0", "top": 1, "segments": null, ...}
    {"path": "a/dog.wav", "file": [88244, 1700000000000000000], "captions": [{"text": "A dog barks", ...}]}

A line is appended and flushed, so a run that is killed loses at most the sounds it was at; a line that it
left half-written is passed over. A sound counts as done while its file has the size and time it had, and
everything that captions depend on is as it was: else the journal begins anew. Failures are not kept: they are
tried again. A run that comes to its end takes its journal away.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any, Protocol

from earwitness.common.caption import Alternative, Caption, Keyword
from earwitness.common.errors import OptionError
from earwitness.common.version import __version__

if TYPE_CHECKING:
    from earwitness.captioning.captioner import CaptionOptions, Outcome


class Journal:
    """Finished captions by sound file; a context manager that is told when the run is complete.

    Parameters
    ----------
    path : Path
    settings : mapping
        All that captions depend on, as plain JSON types.
    keep : bool
        Leave the journal where it is when the run is complete, for runs that may be asked for again.

    Raises
    ------
    OptionError
        The file is there and is no journal, or it cannot be written.
    """

    def __init__(self, path: Path, settings: Mapping[str, Any], *, keep: bool = False) -> None:
        self.path, self.keep = path, keep
        self._head = {"earwitness": __version__, **json.loads(json.dumps(settings))}
        self._done = _read(path, self._head)
        self._file: IO[str] | None = None

    def __enter__(self) -> Journal:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # written anew without the half line that a killed run may have left
            lines = [self._head, *self._done.values()]
            part = self.path.with_name(self.path.name + ".part")
            part.write_text("".join(_line(row) for row in lines), encoding="utf-8", errors="surrogateescape")
            part.replace(self.path)
            self._file = self.path.open("a", encoding="utf-8", errors="surrogateescape")
        except OSError as error:
            raise OptionError(f"{self.path} cannot be written: {error.strerror or error}.") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
        if kind is None and not self.keep:
            self.path.unlink(missing_ok=True)

    @property
    def finished(self) -> int:
        """Sounds that an earlier run finished."""
        return len(self._done)

    def get(self, sound: str) -> tuple[Caption, ...] | None:
        """The captions of a sound, if it is done and its file has not changed."""
        row = self._done.get(sound)
        if row is None or row["file"] != _stamp(sound):
            return None
        return tuple(_caption(c) for c in row["captions"])

    def add(self, sound: str, captions: Sequence[Caption]) -> None:
        """Keep the captions of a finished sound."""
        assert self._file is not None, "a journal is written inside its with block"
        stamp = _stamp(sound)
        if stamp is None:
            return
        self._file.write(_line({"path": sound, "file": stamp, "captions": [asdict(c) for c in captions]}))
        self._file.flush()


class CaptionsMany(Protocol):
    """What a ``Captioner`` does with many sounds."""

    def caption_many(self, sources: Sequence[str], options: CaptionOptions) -> Iterator[Outcome]:
        """One outcome a sound, in order."""
        ...


def caption_on(
    captioner: CaptionsMany,
    sounds: Sequence[str],
    options: CaptionOptions,
    journal: Journal,
    *,
    heard: Callable[[Any], None] | None = None,
) -> Iterator[Outcome]:
    """Caption sound files in order, those in the journal without listening again; new ones are put there.

    Yields
    ------
    Outcome
        One a sound, as ``Captioner.caption_many`` does.
    """
    from earwitness.captioning.captioner import Outcome

    known = {sound: journal.get(sound) for sound in sounds}
    fresh = captioner.caption_many([s for s in sounds if known[s] is None], options)
    for sound in sounds:
        done = known[sound]
        outcome = next(fresh) if done is None else Outcome(sound, done)
        if done is None and outcome.error is None:
            journal.add(sound, outcome.captions)
        if heard:
            heard(sound)
        yield outcome


def _read(path: Path, head: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The finished sounds of a journal with the same head; none where there is none or another's."""
    if not path.exists():
        return {}
    try:
        with path.open(encoding="utf-8", errors="surrogateescape") as file:
            rows = [row for row in map(_parsed, file) if row is not None]
    except OSError as error:
        raise OptionError(f"{path} cannot be read: {error.strerror or error}.") from error
    if not rows or "earwitness" not in rows[0]:
        raise OptionError(f"{path} is no journal of captions: move it away or name another place.")
    if rows[0] != head:
        return {}
    return {row["path"]: row for row in rows[1:] if {"path", "file", "captions"} <= set(row)}


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None  # the end of a killed run
    return row if isinstance(row, dict) and line.endswith("\n") else None


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=True) + "\n"


def _stamp(sound: str) -> list[int] | None:
    try:
        found = Path(sound).stat()
    except OSError:
        return None
    return [found.st_size, found.st_mtime_ns]


def _caption(row: dict[str, Any]) -> Caption:
    row = dict(row)
    row["keywords"] = tuple(Keyword(**k) for k in row["keywords"])
    row["alternatives"] = tuple(Alternative(**a) for a in row["alternatives"])
    row["notes"], row["trace"] = tuple(row["notes"]), tuple(row["trace"])
    return Caption(**row)
