"""``/v1/models``, ``/healthz``, ``/readyz``, ``/metrics``: what the server is, and how it does."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from earwitness import __version__
from earwitness.server.problems import Problem
from earwitness.server.service import service_of


async def get_models(request: Request) -> Response:
    """The one model that is loaded, in the form of OpenAI's list."""
    captioner = service_of(request).worker.captioner
    if captioner is None:
        raise Problem("stopping", "The model is not loaded yet.", retry_after=2)
    row = {
        "id": f"earwitness-{captioner.method.name}",
        "object": "model",
        "created": 0,
        "owned_by": "earwitness",
        "version": __version__,
        "method": captioner.method.name,
        "encoder": captioner.encoder.name,
        "rate": captioner.encoder.rate,
        "window_seconds": captioner.encoder.window_seconds,
    }
    return JSONResponse({"object": "list", "data": [row]})


async def get_health(request: Request) -> Response:
    """Whether the process lives."""
    return JSONResponse({"status": "ok"})


async def get_ready(request: Request) -> Response:
    """Whether requests would be answered now."""
    service = service_of(request)
    if not service.is_ready:
        failed = service.worker.error is not None
        raise Problem("stopping", "The model could not be loaded." if failed else "Not ready.", retry_after=2)
    return JSONResponse({"status": "ready"})


async def get_metrics(request: Request) -> Response:
    """Counts and times for Prometheus."""
    return PlainTextResponse(service_of(request).metrics.text(), media_type="text/plain; version=0.0.4")
