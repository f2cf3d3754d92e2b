"""``POST /v1/audio/captions``: a sound in, its captions out, or a job where the sound is long."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from earwitness.server.api.asked import Asked, read_asked
from earwitness.server.api.replies import reply
from earwitness.server.jobs.store import Job
from earwitness.server.lanes import LONG, QUICK, Task
from earwitness.server.limits.sound import WatchedLimits, header_seconds
from earwitness.server.limits.uploads import Upload
from earwitness.server.problems import Problem
from earwitness.server.service import Service, service_of

GONE = 499
"""A client that went away before it was answered; nobody sees this but the counts."""


async def post_captions(request: Request) -> Response:
    """Caption a sound."""
    service = service_of(request)
    service.worker.lanes[QUICK].check_room()  # before a body is taken in that nobody could work on
    asked = await read_asked(request)
    upload = asked.form.upload
    assert upload is not None
    try:
        seconds = await measure(upload, service)
        long = seconds > service.limits.job_from_seconds
        if long and asked.job == "no":
            raise Problem(
                "sound_too_long",
                f"{upload.name} is longer than {service.limits.job_from_seconds:g} s; ask with job=auto.",
            )
        if long or asked.job == "yes":
            return _start_job(service, asked, upload, seconds, long=long)
        task = _short(service, asked, upload)
        future = service.worker.submit(task)
    except BaseException:
        upload.discard()
        raise
    future.add_done_callback(lambda _: upload.discard())
    captions = await answer(request, future)
    if captions is None:
        return Response(status_code=GONE)
    service.metrics.add("captions", len(captions))
    service.metrics.add("sound_seconds", captions[-1].end)
    return reply(captions, asked.format, asked.style)


async def measure(upload: Upload, service: Service) -> float:
    """The seconds that a sound's header speaks of; the upload is rewound."""
    limits = service.limits.sound_limits(service.limits.sound_seconds)

    def look() -> float:
        upload.rewind()
        seconds = header_seconds(upload, limits, upload.size)
        upload.rewind()
        return seconds

    return await run_in_threadpool(look)


async def answer(request: Request, future: Future[Any]) -> Any:
    """What a task gives, within the deadline; None where the client has gone meanwhile.

    Raises
    ------
    Problem
        ``deadline``: the task is dropped if it has not begun.
    """
    seconds = service_of(request).limits.deadline_seconds
    waiting = asyncio.wrap_future(future)
    gone = asyncio.ensure_future(
        request.receive()
    )  # after the body comes nothing but the news that it has gone
    try:
        done, _ = await asyncio.wait((waiting, gone), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if waiting in done:
            return waiting.result()
        if gone in done:
            return None
        raise Problem("deadline", f"There was no answer within {seconds:g} s.", retry_after=30)
    finally:
        gone.cancel()
        waiting.cancel()


def _short(service: Service, asked: Asked, upload: Upload) -> Task:
    limits = service.limits.sound_limits(service.limits.job_from_seconds)
    return Task(source=upload, options=replace(asked.options, limits=limits))


def _start_job(service: Service, asked: Asked, upload: Upload, seconds: float, *, long: bool) -> Response:
    job = Job(upload.name, seconds)
    task = _long(service, asked, upload, job) if long else _short(service, asked, upload)
    service.jobs.start(job, task, LONG if long else QUICK, upload.discard)
    place = f"/v1/jobs/{job.id}"
    links = {"self": place, "events": f"{place}/events", "result": f"{place}/result"}
    return JSONResponse(
        {**job.to_dict(), "links": links}, 202, {"location": place, "cache-control": "no-store"}
    )


def _long(service: Service, asked: Asked, upload: Upload, job: Job) -> Task:
    most = service.limits.sound_limits(service.limits.sound_seconds)

    def tell(heard: float) -> None:
        job.heard = heard

    limits = WatchedLimits(**vars(most), tell=tell, wanted=lambda: job.finished is None)
    return Task(source=upload, options=replace(asked.options, limits=limits))
