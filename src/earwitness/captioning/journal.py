"""What a long run has captioned so far, on disk, so that it goes on where it stopped.

Lines of JSON: first what the captions depend on, then one line a sound, written when it is finished::

    {"earwitness": "0.1.0", "top": 1, "segments": null, ...}
    {"path": "a/dog.wav", "file": [88244, 1700000000000000000], "captions": [{"text": "A dog barks", ...}]}

Beside it, in ``<journal>.heard/``, lies what was heard of the sounds that are not finished, window by
window (``remembering.py``). Each line is flushed, so a run that is killed loses the window it was at; a line
that it left half-written is passed over. A sound counts as done while its file has the size and time it had.
A run with other settings has a journal of its own. Failures are not kept: they are tried again. A run that
comes to its end takes its journal away; one that cannot write a journal goes on without, and says so.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from earwitness.captioning.remembering import Memory
from earwitness.common.caption import Alternative, Caption, Keyword
from earwitness.common.counting import of_them
from earwitness.common.errors import OptionError
from earwitness.common.files import close_and_remove, open_locked
from earwitness.common.version import __version__

if TYPE_CHECKING:
    from earwitness.captioning.options import CaptionOptions, Outcome

log = logging.getLogger(__name__)


class Journal:
    """Finished captions by sound file; a context manager that is told when the run is complete.

    Parameters
    ----------
    path : Path
    settings : mapping
        All that captions depend on, as plain JSON types.
    keep : bool
        Leave the journal where it is when the run is complete, for runs that may be asked for again.
    insist : bool
        Say so where it cannot be written.

    Raises
    ------
    OptionError
        The file is there and is no journal, or another run has it.
    """

    def __init__(
        self, path: Path, settings: Mapping[str, Any], *, keep: bool = False, insist: bool = True
    ) -> None:
        self.keep, self.insist = keep, insist
        self._head = {"earwitness": __version__, **json.loads(json.dumps(settings))}
        own = path.with_name(f"{path.name}.{_short_hash(json.dumps(self._head, sort_keys=True))}")
        # the plain name is the first run's
        first = _read(path)
        self.other: Path | None = None if first is None or first[0] == self._head else path
        self.path = own if self.other is not None or own.exists() else path
        rows = (_read(own) if self.path == own else first) or []
        done = rows[1:] if rows[:1] == [self._head] else []
        self._begun = bool(rows) and rows[0] == self._head
        self._done = {row["path"]: row for row in done if {"path", "file", "captions"} <= set(row)}
        self._file: BinaryIO | None = None
        self._added = 0
        self._kept = False

    def __enter__(self) -> Journal:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = open_locked(self.path)
            if not self._begun:
                self._file.truncate(0)
            # a line that a killed run left half-written is closed
            self._file.write(b"\n" if self._begun else _line(self._head))
            self._file.flush()
            self._kept = True
        except BlockingIOError as error:
            raise OptionError(
                f"{self.path} is in use: another run is writing this output; wait for it, or name another."
            ) from error
        except OSError as error:
            self._without(error)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None:
            return
        # a reader that has gone has read all that it wanted
        complete = kind is None or issubclass(kind, BrokenPipeError)
        if complete and not self.keep:
            close_and_remove(self._file, self.path)
        else:
            self._file.close()
        if complete:
            shutil.rmtree(self._heard, ignore_errors=True)
        self._file = None

    @property
    def _heard(self) -> Path:
        return self.path.with_name(self.path.name + ".heard")

    def memory(self, sound: Any) -> Memory | None:
        """Where what is heard of a sound is kept until it is finished."""
        if self._file is None or not isinstance(sound, str) or (stamp := _stamp(sound)) is None:
            return None
        return Memory(self._heard / _short_hash(sound), stamp)

    def _without(self, error: OSError) -> None:
        log.log(
            logging.WARNING if self.insist else logging.DEBUG,
            "%s cannot be written (%s): should this run be stopped, it will begin anew.",
            self.path,
            error.strerror or error,
        )
        self._kept = False
        self._file = None

    @property
    def finished(self) -> int:
        """Sounds that an earlier run finished."""
        return len(self._done)

    def farewell(self, sounds: int) -> str:
        """What to say of a run over so many sounds that is broken off."""
        if not self._kept:
            return "interrupted."
        done = (
            f"{of_them(self._added + len(self._done), sounds, 'sound', 'is', 'are')} captioned"
            if sounds > 1
            else "what was heard is kept"
        )
        return f"interrupted: {done}; the same command goes on from here."

    def get(self, sound: str) -> tuple[Caption, ...] | None:
        """The captions of a sound, if it is done and its file has not changed."""
        row = self._done.get(sound)
        if row is None or row["file"] != _stamp(sound):
            return None
        return tuple(_caption(c) for c in row["captions"])

    def add(self, sound: str, captions: Sequence[Caption]) -> None:
        """Keep the captions of a finished sound."""
        stamp = _stamp(sound)
        if stamp is None or self._file is None:
            return
        try:
            row = {"path": sound, "file": stamp, "captions": [asdict(c) for c in captions]}
            self._file.write(_line(row))
            self._file.flush()
            self._added += 1
            (self._heard / _short_hash(sound)).unlink(missing_ok=True)
        except OSError as error:
            self._without(error)


class CaptionsMany(Protocol):
    """What a ``Captioner`` does with many sounds."""

    def caption_many(self, sources: Sequence[str], options: CaptionOptions) -> Iterator[Outcome]:
        """One outcome a sound, in order."""
        ...


def caption_on(
    captioner: CaptionsMany,
    sounds: Sequence[str],
    options: CaptionOptions,
    journal: Journal | None,
    *,
    heard: Callable[[Any], None] | None = None,
) -> Iterator[Outcome]:
    """Caption sound files in order, those in the journal without listening again; new ones are put there.

    Of several names of one file, all are captioned, and the file is heard once.

    Yields
    ------
    Outcome
        One a sound, as ``Captioner.caption_many`` does.
    """
    from earwitness.captioning.options import Outcome

    known = {sound: None if journal is None else journal.get(sound) for sound in sounds}
    first = _first_names(sounds)
    missing = [s for s in sounds if known[s] is None and (first[s] == s or known[first[s]] is not None)]
    if journal is not None and getattr(captioner, "remembers", False):
        remembering: Any = captioner
        fresh = remembering.caption_many(missing, options, remember=journal.memory)
    else:
        fresh = captioner.caption_many(missing, options)
    asked = set(missing)
    shared = {first[s] for s in sounds if first[s] != s}
    last: dict[str, Outcome] = {}
    for sound in sounds:
        done = known[sound]
        if done is not None:
            outcome = Outcome(sound, done)
        elif sound in asked:
            outcome = next(fresh)
        else:
            outcome = _under(sound, last[first[sound]])
        if sound in shared:
            last[sound] = outcome
        if done is None and outcome.error is None and journal is not None:
            journal.add(sound, outcome.captions)
        if heard:
            heard(sound)
        yield outcome


def _first_names(sounds: Sequence[str]) -> dict[str, str]:
    """For each sound the first name that its file has among them."""
    first: dict[Any, str] = {}
    return {sound: first.setdefault(_identity(sound), sound) for sound in sounds}


def _identity(sound: str) -> Any:
    try:
        found = os.stat(sound)  # noqa: PTH116 - follows links, whatever the name is
    except (OSError, ValueError):
        return sound
    return (found.st_dev, found.st_ino) if found.st_ino else sound


def _under(sound: str, outcome: Outcome) -> Outcome:
    """An outcome under another name of its file."""
    captions = tuple(replace(caption, path=sound) for caption in outcome.captions)
    error = outcome.error
    if error is not None:
        error = type(error)(str(error).replace(str(outcome.source), sound))
    return replace(outcome, source=sound, captions=captions, error=error)


def _read(path: Path) -> list[dict[str, Any]] | None:
    """The rows of a journal, its head first; None where there is none."""
    if not path.exists():
        return None
    try:
        with path.open(encoding="utf-8", errors="surrogateescape") as file:
            rows = [row for row in map(_parsed, file) if row is not None]
    except OSError as error:
        raise OptionError(f"{path} cannot be read: {error.strerror or error}.") from error
    if not rows and path.stat().st_size == 0:
        return None  # a run that was killed before it had written anything
    if not rows or "earwitness" not in rows[0]:
        raise OptionError(f"{path} is no journal of captions: move it away or name another place.")
    return rows


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None  # the end of a killed run
    return row if isinstance(row, dict) and line.endswith("\n") else None


def _line(row: Mapping[str, Any]) -> bytes:
    return (json.dumps(row, ensure_ascii=True) + "\n").encode("ascii")


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


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
    row["instead_of"] = row["instead_of"] and Alternative(**row["instead_of"])
    return Caption(**row)
