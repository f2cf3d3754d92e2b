"""``/v1/jobs/…``: how far a long sound is, its result, and its end."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from earwitness.server.api.asked import Fields, asked_format
from earwitness.server.api.replies import reply, verbose
from earwitness.server.jobs.events import job_events
from earwitness.server.jobs.store import Job
from earwitness.server.problems import Problem
from earwitness.server.service import service_of

FRESH = {"cache-control": "no-store"}


async def get_job(request: Request) -> Response:
    """A job's state and progress."""
    return JSONResponse(_job(request).to_dict(), headers=FRESH)


async def get_events(request: Request) -> Response:
    """A job's progress as it happens, and its result at the end."""
    events = job_events(_job(request), _result)
    return StreamingResponse(
        events, media_type="text/event-stream", headers={**FRESH, "x-accel-buffering": "no"}
    )


async def get_result(request: Request) -> Response:
    """A job's captions in any format, as often as wanted, for as long as they are kept."""
    job = _job(request)
    format, style = asked_format(Fields(request.query_params.multi_items()))
    if job.problem is not None:
        raise job.problem
    if job.captions is None:
        raise Problem("job_not_done", f"The job is {job.state}.", retry_after=2)
    answer = reply(job.captions, format, style)
    answer.headers["cache-control"] = "no-store"
    return answer


async def delete_job(request: Request) -> Response:
    """Cancel a job that is not done; forget one that is."""
    service_of(request).jobs.cancel(_job(request))
    return Response(status_code=204)


def _job(request: Request) -> Job:
    return service_of(request).jobs.get(request.path_params["id"])


def _result(job: Job) -> dict[str, Any]:
    assert job.captions is not None
    return verbose(job.captions)
