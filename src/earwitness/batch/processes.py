"""Processes that each hold a captioner: started quietly, and gone with whoever started them."""

from __future__ import annotations

import os
import signal
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from threading import Thread
from typing import Any, TypeAlias

from earwitness.batch.options import Captioning
from earwitness.captioning.captioner import Captioner
from earwitness.captioning.options import CaptionOptions, Outcome
from earwitness.captioning.remembering import Memory
from earwitness.common.errors import EarwitnessError

Chunk: TypeAlias = "list[tuple[Any, Memory | None]]"
"""Sounds that are captioned together, each with where it is kept what is heard of it."""


class Team:
    """Processes that are started when there is work, and again after one of them has died.

    Parameters
    ----------
    count : int
    captioning : Captioning
        What each of them loads.
    """

    def __init__(self, count: int, captioning: Captioning) -> None:
        self._count, self._captioning = count, captioning
        self._pool: ProcessPoolExecutor | None = None
        self._leash: Connection | None = None

    def submit(self, chunk: Chunk, options: CaptionOptions) -> Future[list[Outcome]]:
        """Have sounds captioned by one of the processes; BrokenProcessPool where one died meanwhile."""
        with _uninterrupted():
            if self._pool is None:
                context = get_context("spawn")
                end, self._leash = context.Pipe(duplex=False)
                self._pool = ProcessPoolExecutor(
                    self._count, context, initializer=_begin, initargs=(self._captioning, end)
                )
            try:
                return self._pool.submit(_caption, chunk, options)
            except BrokenProcessPool as error:
                broken: Future[list[Outcome]] = Future()
                broken.set_exception(error)
                return broken

    def dismiss(self) -> None:
        """End the processes, whatever they are at."""
        if self._pool is None or self._leash is None:
            return
        self._leash.close()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._pool = self._leash = None


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Processes begin with Ctrl-C held back: it is said to all, and meant for the one that started them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# of a process of a team: its captioner, or why it has none
_captioner: Captioner | EarwitnessError | None = None


def _begin(captioning: Captioning, leash: Connection) -> None:
    global _captioner
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    Thread(target=_end_with_parent, args=(leash,), daemon=True, name="leash").start()
    from earwitness.captioning.loading import load

    try:
        # all in one thread: there are as many processes as there is work for
        _captioner = load(**{**captioning.named, "workers": 0})
    except EarwitnessError as error:
        _captioner = error


def _end_with_parent(leash: Connection) -> None:
    """End at once when the parent lets go, or is no more."""
    parent = parent_process()
    wait([leash] if parent is None else [leash, parent.sentinel])
    os._exit(0)


def _caption(chunk: Chunk, options: CaptionOptions) -> list[Outcome]:
    if not isinstance(_captioner, Captioner):
        assert _captioner is not None
        raise _captioner
    memories = deque(memory for _, memory in chunk)
    sources = [source for source, _ in chunk]
    return list(_captioner.caption_many(sources, options, remember=lambda _: memories.popleft()))
