"""The terminal: what is said on it, how a run is broken off, and what happens when nobody listens."""

from __future__ import annotations

import logging
import os
import select
import signal
import stat
import sys
from collections.abc import Callable
from threading import Thread, Timer
from typing import Any, NoReturn

PATIENCE = 1.5
"""Seconds that a run which was interrupted has to come to its end."""

READER_GONE = 1
"""The exit code of a run whose output nobody reads any more, as Python's own is."""


class InterruptedRun(BaseException):
    """The run was broken off by a signal, or because the reader of its output has gone."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class _State:
    code: int | None = None
    farewell: Callable[[], str] = staticmethod(lambda: "interrupted")


def prepare() -> None:
    """Make the three standard streams safe to use, and let signals end the run in order."""
    # a closed stream's number would be given to the next file that is opened, for stray words to land in
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(descriptor)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            # what the console's encoding does not have is shown as its escape
            stream.reconfigure(errors="backslashreplace")
    handler = logging.StreamHandler(_Complaints())
    handler.setFormatter(logging.Formatter("%(message)s"))
    logger = logging.getLogger("earwitness")
    if not logger.handlers:
        logger.addHandler(handler)
    try:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _interrupted)
    except ValueError:
        return  # not the main thread: whoever started us has handlers of his own
    _watch_signals()


class _Complaints:
    def write(self, text: str) -> int:
        if text.strip():
            complain(text.strip())
        return len(text)

    def flush(self) -> None:
        pass


def complain(message: str) -> None:
    """Say something on stderr, with nothing in it that moves the cursor; nobody may be listening."""
    from earwitness.writers.text import visible

    try:
        print(f"earwitness: {visible(message)}", file=sys.stderr, flush=True)
    except (OSError, ValueError):
        return


def upon_interruption(farewell: Callable[[], str]) -> None:
    """What to say when the run is broken off: how to go on."""
    _State.farewell = staticmethod(farewell)


def leave(code: int) -> NoReturn:
    """End at once: threads that are deep in a model's code would tear the process apart on a slow way out."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            continue
    os._exit(code)


def say_farewell(code: int) -> NoReturn:
    """Say how to go on, where somebody is there to hear it, and end."""
    if code > 128:
        complain(_State.farewell())
    leave(code)


def _interrupted(number: int, _frame: Any) -> None:
    """Break off: the way out through every ``with`` takes a moment, and a second signal changes nothing."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if _State.code == READER_GONE:
        raise BrokenPipeError
    raise InterruptedRun(128 + number)


def _watch_signals() -> None:
    """See signals even while the main thread is deep in a model's code, where Python's handlers wait."""
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)

    def watch() -> None:
        while number := os.read(reading, 1):
            if number[0] in (signal.SIGINT, signal.SIGTERM):
                timer = Timer(PATIENCE, lambda code=_State.code or 128 + number[0]: say_farewell(code))
                timer.daemon = True
                timer.start()

    Thread(target=watch, daemon=True, name="signals").start()


def end_with_reader() -> None:
    """End the run when the reader of standard output has gone, even while nothing is written to it."""
    try:
        if not stat.S_ISFIFO(os.fstat(1).st_mode) or not hasattr(select, "poll"):
            return
    except OSError:
        return
    poll = select.poll()
    poll.register(1, 0)  # errors alone are reported: the other end was closed

    def watch() -> None:
        if poll.poll():
            _State.code = READER_GONE
            os.kill(os.getpid(), signal.SIGINT)

    Thread(target=watch, daemon=True, name="reader").start()
