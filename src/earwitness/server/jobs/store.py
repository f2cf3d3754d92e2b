"""Jobs by number: queued, watched, cancelled, and forgotten after a while."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Callable
from concurrent.futures import CancelledError as FutureCancelledError
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from earwitness.common.errors import EarwitnessError
from earwitness.server.lanes import Task
from earwitness.server.limits.sound import CancelledError
from earwitness.server.problems import Problem, problem_of
from earwitness.server.settings import ServerLimits
from earwitness.server.worker import Worker

if TYPE_CHECKING:
    from earwitness.common.caption import Caption

log = logging.getLogger(__name__)

QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"


@dataclass(eq=False)
class Job:
    """A sound that is captioned while nobody holds a connection."""

    name: str
    # of the sound: how much its header promises (infinite: nothing), how much was heard
    seconds: float
    heard: float = 0.0
    id: str = field(default_factory=lambda: secrets.token_urlsafe(18))
    created: float = field(default_factory=time.time)
    task: Task | None = None
    # clients that follow it
    watchers: int = 0
    # how it ended
    finished: float | None = None
    captions: tuple[Caption, ...] | None = None
    problem: Problem | None = None
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def state(self) -> str:
        """Where it is."""
        if self.captions is not None:
            return DONE
        if self.problem is not None:
            return CANCELLED if self.problem.code == "job_cancelled" else FAILED
        return RUNNING if self.task is not None and self.task.began else QUEUED

    @property
    def progress(self) -> float:
        """How much of the sound was heard, 0 to 1."""
        if self.captions is not None:
            return 1.0
        return min(self.heard / self.seconds, 1.0) if 0 < self.seconds < float("inf") else 0.0

    def to_dict(self) -> dict[str, Any]:
        """What a client is told of it."""
        row: dict[str, Any] = {
            "id": self.id,
            "object": "job",
            "name": self.name,
            "state": self.state,
            "progress": round(self.progress, 3),
            "heard_seconds": round(self.heard, 1),
            "sound_seconds": round(self.seconds, 1) if self.seconds < float("inf") else None,
            "created": int(self.created),
        }
        if self.problem is not None:
            row["problem"] = self.problem.body()
        return row


class Jobs:
    """All jobs of a server; used in the event loop's thread only, but for ``Job.heard``."""

    def __init__(self, worker: Worker, limits: ServerLimits) -> None:
        self._worker, self._limits = worker, limits
        self._jobs: dict[str, Job] = {}
        self._waiting: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return sum(job.finished is None for job in self._jobs.values())

    def start(self, job: Job, task: Task, lane: str, discard: Callable[[], None]) -> None:
        """Queue a job; ``discard`` is called when its sound is needed no longer, however it ends.

        Raises
        ------
        BusyError
            Too many wait.
        """
        self._forget()
        job.task = task
        future = self._worker.submit(task, lane)
        future.add_done_callback(lambda _: discard())
        self._jobs[job.id] = job
        waiting = asyncio.get_running_loop().create_task(self._wait(job, asyncio.wrap_future(future)))
        self._waiting.add(waiting)
        waiting.add_done_callback(self._waiting.discard)

    def get(self, number: str) -> Job:
        """A job; Problem ``not_found`` where there is none, or none any more."""
        self._forget()
        if number not in self._jobs:
            raise Problem("not_found", "There is no such job; results are kept for a while only.")
        return self._jobs[number]

    def cancel(self, job: Job) -> None:
        """End a job that has not ended, and forget one that has."""
        if job.finished is not None:
            self._jobs.pop(job.id, None)
            return
        assert job.task is not None
        job.task.future.cancel()
        self._end(job, problem=Problem("job_cancelled", "The job was cancelled."))

    def cancel_unwatched(self) -> None:
        """End jobs that nobody follows: nobody can ask for their results once the server has stopped."""
        for job in [j for j in self._jobs.values() if j.finished is None and not j.watchers]:
            self.cancel(job)

    async def _wait(self, job: Job, future: asyncio.Future[Any]) -> None:
        try:
            captions = await future
        except (CancelledError, FutureCancelledError, asyncio.CancelledError):
            self._end(job, problem=Problem("job_cancelled", "The job was cancelled, or the server stopped."))
        except EarwitnessError as error:
            self._end(job, problem=problem_of(error))
        except Exception:  # noqa: BLE001 - it is in the log already; the client learns that it was not its fault
            self._end(job, problem=Problem("internal", "The server could not do it; its log says why."))
        else:
            self._end(job, captions=captions)

    def _end(
        self, job: Job, *, captions: tuple[Caption, ...] | None = None, problem: Problem | None = None
    ) -> None:
        if job.finished is None:  # the first end counts: a cancelled job stays cancelled
            job.finished, job.captions, job.problem = time.time(), captions, problem
            job.ended.set()

    def _forget(self) -> None:
        now, kept = time.time(), self._limits.kept_seconds
        for job in list(self._jobs.values()):
            too_many = len(self._jobs) > self._limits.kept_jobs
            if job.finished is not None and (too_many or now - job.finished > kept):
                del self._jobs[job.id]
