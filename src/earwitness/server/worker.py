"""The one place that computes: a model that is loaded once, and lanes of work that wait their turn for it.

A lane is a queue with a bound and a thread. Short sounds, long ones and live ones have a lane each, so that
an hour of sound does not stand before a dog's bark; all of them share one model. Sounds that wait in a lane
with the same options are captioned together, in the batches that make the command line fast.
"""

from __future__ import annotations

import copy
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from time import monotonic
from typing import TYPE_CHECKING, Any

from earwitness.common.errors import EarwitnessError
from earwitness.server.lanes import LIVE, LONG, QUICK, Lane, StoppedError, Task

if TYPE_CHECKING:
    from earwitness.captioning.captioner import Captioner
    from earwitness.common.caption import Caption
    from earwitness.methods.base import Method, Written

log = logging.getLogger(__name__)

MEASURED = 16
"""Sounds after which the time that each takes is looked at anew."""


class Worker:
    """Loads a captioner, and runs tasks with it.

    Parameters
    ----------
    load : callable
        Makes the captioner; called once, in the worker's own thread.
    queue, long : int
        Most tasks that wait in the lane of short sounds, and of long ones.
    live : int
        Most that listen live.
    patience : float
        Seconds that a short sound may be expected to wait.
    """

    def __init__(
        self,
        load: Callable[[], Captioner],
        queue: int = 256,
        long: int = 64,
        live: int = 8,
        patience: float = float("inf"),
    ) -> None:
        self._load = load
        self.lanes = {QUICK: Lane(queue, patience), LONG: Lane(long), LIVE: Lane(live)}
        self.ready = threading.Event()
        self.captioner: Captioner | None = None
        self.error: Exception | None = None
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Load the captioner, then work; returns at once."""
        for name in self.lanes:
            thread = threading.Thread(target=self._work, args=(name,), name=f"earwitness-{name}", daemon=True)
            self._threads.append(thread)
            thread.start()

    def submit(self, task: Task, lane: str = QUICK) -> Future[Any]:
        """Queue a task.

        Raises
        ------
        BusyError
            The lane is full.
        StoppedError
            The worker is stopping.
        """
        self.lanes[lane].put(task)
        return task.future

    def stop(self, seconds: float) -> None:
        """Finish short sounds and what has begun, drop the rest; wait at most ``seconds``."""
        for name, lane in self.lanes.items():
            lane.close(drop=name != QUICK)
        until = monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - monotonic()))

    def _work(self, name: str) -> None:
        if name == QUICK:
            self._prepare()
        self.ready.wait()
        lane = self.lanes[name]
        while (task := lane.take()) is not None:
            if not task.begin():
                continue
            if self.captioner is None:
                _fail(task, StoppedError("the model could not be loaded."))
            elif task.call is not None:
                _resolve(task, task.call, self.captioner)
            else:
                self._caption(self.captioner, task, lane)

    def _prepare(self) -> None:
        try:
            loaded = copy.copy(self._load())
            loaded.method = OneAtATime(loaded.method)
            self.captioner = loaded
        except Exception as error:  # noqa: BLE001 - a thread has nobody to raise to; readyz and the log say it
            log.error("the model could not be loaded: %s", error)
            self.error = error
        self.ready.set()

    def _caption(self, captioner: Captioner, first: Task, lane: Lane) -> None:
        """Caption a task and those like it that wait behind it, or come while it is worked on."""
        taken = deque([first])
        started, count = monotonic(), 0  # of the latest stretch of a run that may not end for a long time

        def sources() -> Iterator[Any]:
            yield first.source
            while (task := lane.take_like(first.options)) is not None:
                if task.begin():
                    taken.append(task)
                    yield task.source

        try:
            for outcome in captioner.caption_many(sources(), first.options):
                _settle(taken.popleft(), outcome.captions, outcome.error)
                count += 1
                if count == MEASURED:
                    lane.took((monotonic() - started) / count)
                    started, count = monotonic(), 0
        except Exception as error:  # noqa: BLE001 - one sound's failure is not its neighbours'
            self._one_by_one(captioner, list(taken), error)
        if count:
            lane.took((monotonic() - started) / count)

    def _one_by_one(self, captioner: Captioner, tasks: Sequence[Task], error: Exception) -> None:
        if len(tasks) == 1 or isinstance(error, EarwitnessError):
            for task in tasks:
                _fail(task, error)
            return
        for task in tasks:
            try:
                outcome = next(captioner.caption_many([task.source], task.options))
            except Exception as own:  # noqa: BLE001 - handed to whoever waits
                _fail(task, own)
            else:
                _settle(task, outcome.captions, outcome.error)


def _settle(task: Task, captions: tuple[Caption, ...], error: EarwitnessError | None) -> None:
    if error is not None:
        _fail(task, error)
    else:
        task.future.set_result(captions)


def _resolve(task: Task, call: Callable[[Captioner], Any], captioner: Captioner) -> None:
    try:
        result = call(captioner)
    except Exception as error:  # noqa: BLE001 - handed to whoever waits
        _fail(task, error)
    else:
        task.future.set_result(result)


def _fail(task: Task, error: Exception) -> None:
    if not isinstance(error, EarwitnessError):
        log.error("a task failed in a way that was not meant to be", exc_info=error)
    task.future.set_exception(error)


class OneAtATime:
    """A method that lanes share, one at a time: language models keep state while they write."""

    def __init__(self, method: Method) -> None:
        self._method, self._lock = method, threading.Lock()
        self.name = method.name

    def write(self, *heard: Any) -> list[Written]:
        """What the method writes of what it reads, however much of a sound that is."""
        with self._lock:
            return self._method.write(*heard)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._method, name)
