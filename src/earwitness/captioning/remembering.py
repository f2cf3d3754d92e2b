"""What an encoder has heard of a sound, on disk window by window: a stopped run hears it only once.

Hearing is what costs: a sound that was heard half is read again from its beginning, which costs little, and
for each window that was heard before the encoder's answer is taken from the file. The answers are the same
numbers, so the caption is that of an unbroken run, however the windows are put together to stretches.
"""

from __future__ import annotations

import base64
import json
import logging
from collections.abc import Callable, Sequence
from functools import lru_cache, wraps
from pathlib import Path
from threading import Event
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from earwitness.audio import Clip
from earwitness.common.errors import EarwitnessError
from earwitness.encoders.base import AudioTextEncoder

log = logging.getLogger(__name__)


class StoppedError(EarwitnessError):
    """The run was asked to stop; the sound is heard no further."""


class Memory:
    """Answers of an encoder about one sound: one line of JSON a window.

    Parameters
    ----------
    path : Path
    stamp : list of int
        Size and time of the sound's file: answers about another state of it are forgotten.
    """

    def __init__(self, path: Path, stamp: Sequence[int] | None) -> None:
        self.path = path
        self._head = {"file": list(stamp) if stamp else None}
        self._file: IO[str] | None = None
        self._known = self._read()
        self._usable = True

    def answer(self, question: str) -> Any:
        """What was answered before, None where nothing was."""
        return self._known.get(question)

    def keep(self, question: str, answer: npt.NDArray[Any] | tuple[npt.NDArray[Any], ...]) -> None:
        """Add an answer, and see that it outlasts this process."""
        if not self._usable:
            return
        try:
            if self._file is None:
                self._file = self._opened()
            self._file.write(json.dumps({"asked": question, **_encoded(answer)}) + "\n")
            self._file.flush()
        except OSError as error:
            self._usable = False
            log.warning("%s cannot be written (%s): a stopped run hears this sound anew", self.path, error)

    def close(self, *, forget: bool) -> None:
        """Let go of the file, and remove it where what it holds is kept elsewhere by now."""
        if self._file is not None:
            self._file.close()
            self._file = None
        if forget:
            self.path.unlink(missing_ok=True)

    def _opened(self) -> IO[str]:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        file = self.path.open("a" if self._known else "w", encoding="utf-8")
        # a line that a killed run left half-written is closed, and passed over
        file.write("\n" if self._known else json.dumps(self._head) + "\n")
        return file

    def _read(self) -> dict[str, Any]:
        try:
            with self.path.open(encoding="utf-8", errors="replace") as file:
                rows = [_parsed(line) for line in file]
        except OSError:
            return {}
        if not rows or rows[0] != self._head:
            return {}
        return {row["asked"]: _decoded(row) for row in rows[1:] if row is not None and "asked" in row}


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) else None


def _encoded(answer: npt.NDArray[Any] | tuple[npt.NDArray[Any], ...]) -> dict[str, Any]:
    arrays = answer if isinstance(answer, tuple) else (answer,)
    rows = [
        [a.dtype.str, list(a.shape), base64.b64encode(np.ascontiguousarray(a).tobytes()).decode()]
        for a in arrays
    ]
    return {"arrays": rows, "alone": not isinstance(answer, tuple)}


def _decoded(row: dict[str, Any]) -> Any:
    arrays = tuple(
        np.frombuffer(base64.b64decode(data), np.dtype(kind)).reshape(shape).copy()
        for kind, shape, data in row["arrays"]
    )
    return arrays[0] if row["alone"] else arrays


def remembering(encoder: AudioTextEncoder, memory: Memory | None, stop: Event) -> AudioTextEncoder:
    """The encoder, asking ``memory`` before it listens, and deaf once ``stop`` is set.

    It is an encoder of the same class that shares everything with the one given, so whoever asks what parts
    of the contract it has gets the same answer.
    """
    new: Any = object.__new__(_remembering_class(type(encoder)))
    new.__dict__ = encoder.__dict__
    new._memory, new._stop, new._asking = memory, stop, False
    return new  # type: ignore[no-any-return]


@lru_cache(maxsize=32)
def _remembering_class(kind: type) -> type:
    methods = {
        name: _asking_first(name, member)
        for name in dir(kind)
        if not name.startswith("_")
        and callable(member := getattr(kind, name, None))
        and _is_method(kind, name)
    }
    slots = {"__slots__": ("_memory", "_stop", "_asking")}
    return type(kind.__name__, (kind,), {**slots, **methods})


def _is_method(kind: type, name: str) -> bool:
    owner = next(base for base in kind.__mro__ if name in vars(base))
    return not isinstance(vars(owner)[name], staticmethod | classmethod | type)


def _asking_first(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def asked(self: Any, *given: Any, **named: Any) -> Any:
        question = None if self._asking or named or len(given) != 1 else _question(name, given[0])
        if question is None:
            return method(self, *given, **named)
        if self._stop.is_set():
            raise StoppedError("the run was stopped.")
        if self._memory is None:
            return method(self, *given)
        known = self._memory.answer(question)
        if known is None:
            self._asking = True  # what a method asks of itself is part of its own answer
            try:
                known = method(self, *given)
            finally:
                self._asking = False
            if _can_be_kept(known):
                self._memory.keep(question, known)
        return known

    return asked


def _question(name: str, about: Any) -> str | None:
    """A name for a question about clips, None for one about anything else."""
    clips = [about] if isinstance(about, Clip) else about
    if not isinstance(clips, list | tuple) or not clips or not all(isinstance(c, Clip) for c in clips):
        return None
    return " ".join([name, *(f"{c.start!r}+{len(c.samples)}" for c in clips)])


def _can_be_kept(answer: Any) -> bool:
    arrays = answer if isinstance(answer, tuple) else (answer,)
    return all(isinstance(a, np.ndarray) and a.dtype.kind in "fiub" for a in arrays)
