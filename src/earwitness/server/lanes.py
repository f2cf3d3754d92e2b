"""Where work waits: a lane is a queue with a bound, first come, first served."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from earwitness.common.counting import counted
from earwitness.common.errors import EarwitnessError

if TYPE_CHECKING:
    from earwitness.captioning.captioner import Captioner
    from earwitness.captioning.options import CaptionOptions

QUICK, LONG, LIVE = "quick", "long", "live"


class BusyError(EarwitnessError):
    """A lane is full; ``seconds`` is when there may be room again."""

    def __init__(self, waiting: int, seconds: int) -> None:
        full = counted(waiting, "request waits", "requests wait")
        super().__init__(f"{full} already; there may be room in {seconds} s.")
        self.seconds = seconds


class StoppedError(EarwitnessError):
    """The worker is stopping and takes nothing new."""


@dataclass(eq=False)
class Task:
    """Something to compute: captions of a source, or what ``call`` makes of the captioner."""

    source: Any = None
    options: CaptionOptions | None = None
    call: Callable[[Captioner], Any] | None = None
    future: Future[Any] = field(default_factory=Future)
    began: bool = False

    def begin(self) -> bool:
        """Take it up, unless nobody waits for it any more."""
        self.began = self.future.set_running_or_notify_cancel()
        return self.began


class Lane:
    """A queue of tasks, first come, first served.

    Parameters
    ----------
    most : int
        Tasks that may wait.
    patience : float
        Seconds that a task may be expected to wait: who would be given up before it is served is told to come
        back instead.
    """

    def __init__(self, most: int, patience: float = float("inf")) -> None:
        self.most, self.patience = most, patience
        self._waiting: deque[Task] = deque()
        self._changed = threading.Condition()
        self._open = True
        self._seconds = 0.2  # a task takes, as far as was seen

    def __len__(self) -> int:
        return len(self._waiting)

    def check_room(self) -> None:
        """Raise BusyError where the queue is full, StoppedError where it is closed."""
        if not self._open:
            raise StoppedError("the server is stopping.")
        waiting = len(self._waiting)
        if waiting >= self.most or waiting * self._seconds > self.patience:
            raise BusyError(waiting, min(60, max(1, round(waiting * self._seconds / 2))))

    def put(self, task: Task) -> None:
        """Add a task; BusyError or StoppedError where that cannot be."""
        with self._changed:
            self.check_room()
            self._waiting.append(task)
            self._changed.notify()

    def take(self) -> Task | None:
        """The next task, when there is one; None when the lane is closed."""
        with self._changed:
            while self._open and not self._waiting:
                self._changed.wait()
            return self._waiting.popleft() if self._waiting else None

    def take_like(self, options: CaptionOptions | None) -> Task | None:
        """The next task if it is here already and asks for captions with the same options."""
        with self._changed:
            first = self._waiting[0] if self._waiting else None
            if first is None or first.call is not None or first.options != options:
                return None
            return self._waiting.popleft()

    def took(self, seconds: float) -> None:
        """Note how long a task took, of late."""
        self._seconds += 0.5 * (seconds - self._seconds)

    def close(self, *, drop: bool) -> None:
        """Take nothing new; ``drop`` what waits, or let it be finished."""
        with self._changed:
            self._open = False
            dropped = list(self._waiting) if drop else []
            if drop:
                self._waiting.clear()
            self._changed.notify_all()
        for task in dropped:
            task.future.cancel()
