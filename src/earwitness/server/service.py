"""What the routes share: the worker, the uploads, the jobs, the counts; and how all of it begins and ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from starlette.requests import HTTPConnection

from earwitness.server.jobs.store import Jobs
from earwitness.server.lanes import LIVE, LONG, QUICK
from earwitness.server.limits.uploads import Uploads
from earwitness.server.metrics import Metrics
from earwitness.server.settings import ServerSettings
from earwitness.server.worker import Worker

if TYPE_CHECKING:
    from earwitness.captioning.captioner import Captioner


class Service:
    """All that a running server holds.

    Parameters
    ----------
    load : callable
        Makes the captioner; called once.
    settings : ServerSettings
    """

    def __init__(self, load: Callable[[], Captioner], settings: ServerSettings) -> None:
        self.settings, self.limits = settings, settings.limits
        self.worker = Worker(
            load, self.limits.queue, self.limits.jobs, self.limits.live, self.limits.deadline_seconds / 2
        )
        self.jobs = Jobs(self.worker, self.limits)
        self.listening = 0
        self.stopping = False
        self.metrics = Metrics(
            {
                "queue": lambda: len(self.worker.lanes[QUICK]),
                "queue_long": lambda: len(self.worker.lanes[LONG]),
                "jobs_unfinished": lambda: len(self.jobs),
                "live_sessions": lambda: self.listening,
                "ready": lambda: self.is_ready,
            }
        )
        self._uploads: Uploads | None = None

    @property
    def uploads(self) -> Uploads:
        """The folder of bodies; there is one while the server runs."""
        assert self._uploads is not None
        return self._uploads

    @property
    def is_ready(self) -> bool:
        """Whether the model is loaded and requests are taken."""
        return self.worker.captioner is not None and not self.stopping

    def start(self) -> None:
        """Sweep and open the folder of uploads, and load the model meanwhile."""
        self._uploads = Uploads(self.settings.uploads, self.limits.stored_bytes)
        self.worker.start()

    def begin_stop(self) -> None:
        """Take no new long work, and end what nobody waits for; what is waited for goes on."""
        self.stopping = True
        for name in (LONG, LIVE):
            self.worker.lanes[name].close(drop=True)
        self.jobs.cancel_unwatched()

    def stop(self) -> None:
        """Finish what began, within the limit, and delete what is left of bodies."""
        self.begin_stop()
        self.worker.stop(self.limits.stop_seconds)
        self.uploads.close()


def service_of(connection: HTTPConnection) -> Service:
    """The service that a request was sent to."""
    service: Service = connection.app.state.service
    return service
