"""A job's progress as server-sent events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from earwitness.server.jobs.store import DONE, Job

LOOK_SECONDS = 0.25
BEAT_SECONDS = 15.0
"""A comment goes out after so long without news, so that nothing between takes the connection for dead."""


async def job_events(job: Job, result: Callable[[Job], dict[str, Any]]) -> AsyncIterator[str]:
    """``progress`` whenever something changed, then ``done`` with the result, or ``failed``.

    Yields
    ------
    str
        Events in the form of the HTML standard, section 9.2.
    """
    job.watchers += 1
    try:
        told: dict[str, Any] = {}
        quiet = 0.0
        while True:
            now = job.to_dict()
            if job.finished is not None:
                break
            if now != told:
                yield event("progress", now)
                told, quiet = now, 0.0
            elif quiet >= BEAT_SECONDS:
                yield ": still here\n\n"
                quiet = 0.0
            try:
                await asyncio.wait_for(job.ended.wait(), LOOK_SECONDS)
            except asyncio.TimeoutError:
                quiet += LOOK_SECONDS
        yield event("done", {**now, "result": result(job)}) if job.state == DONE else event("failed", now)
    finally:
        job.watchers -= 1


def event(name: str, data: dict[str, Any]) -> str:
    """One event; JSON has no line break in it, so it is one line.

    >>> event("done", {"text": "a\\nb"})
    'event: done\\ndata: {"text": "a\\\\nb"}\\n\\n'
    """
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False, allow_nan=False)}\n\n"
