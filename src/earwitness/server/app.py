"""All of it as one ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute

from earwitness.server.api import archive as archive_api
from earwitness.server.api.captions import post_captions
from earwitness.server.api.jobs import delete_job, get_events, get_job, get_result
from earwitness.server.api.live import live
from earwitness.server.api.matching import post_keywords, post_match
from earwitness.server.api.openapi import get_openapi
from earwitness.server.api.status import get_health, get_metrics, get_models, get_ready
from earwitness.server.limits.guard import Guard
from earwitness.server.page.routes import get_docs, get_index, get_static
from earwitness.server.problems import Problem
from earwitness.server.service import Service
from earwitness.server.settings import ServerSettings

if TYPE_CHECKING:
    from earwitness.captioning.captioner import Captioner

ROUTES = (
    Route("/v1/audio/captions", post_captions, methods=["POST"]),
    Route("/v1/audio/match", post_match, methods=["POST"]),
    Route("/v1/audio/keywords", post_keywords, methods=["POST"]),
    WebSocketRoute("/v1/audio/live", live),
    Route("/v1/jobs/{id}", get_job, methods=["GET"]),
    Route("/v1/jobs/{id}", delete_job, methods=["DELETE"]),
    Route("/v1/jobs/{id}/events", get_events, methods=["GET"]),
    Route("/v1/jobs/{id}/result", get_result, methods=["GET"]),
    Route("/v1/models", get_models, methods=["GET"]),
    Route("/healthz", get_health, methods=["GET"]),
    Route("/readyz", get_ready, methods=["GET"]),
    Route("/metrics", get_metrics, methods=["GET"]),
    Route("/openapi.json", get_openapi, methods=["GET"]),
    Route("/docs", get_docs, methods=["GET"]),
    Route("/static/{name}", get_static, methods=["GET"]),
    Route("/", get_index, methods=["GET"]),
)


ARCHIVE_ROUTES = (
    Route("/v1/archive/search", archive_api.get_search, methods=["GET"]),
    Route("/v1/archive/sounds/{event:int}", archive_api.get_sound, methods=["GET"]),
    Route("/archive", archive_api.get_page, methods=["GET"]),
    Route("/", archive_api.get_index, methods=["GET"]),
)
"""Before the others where there is an archive."""


def create_app(load: Callable[[], Captioner], settings: ServerSettings | None = None) -> Starlette:
    """The page and the API as an ASGI application, for any server that runs one.

    Parameters
    ----------
    load : callable
        Makes the captioner, such as ``earwitness.load``; called once, when the application starts, and not in
        the event loop.
    settings : ServerSettings, optional
        The address in it is used for what is checked, not to listen; ``run`` does that.

    Returns
    -------
    starlette.applications.Starlette
        ``app.state.service`` is the Service.

    Raises
    ------
    OptionError
        When it starts, if the folder for uploads cannot be made.

    Examples
    --------
    >>> import earwitness
    >>> app = create_app(earwitness.load)
    >>> app.state.service.is_ready
    False
    """
    settings = settings or ServerSettings()
    service = Service(load, settings)
    archive = None
    if settings.archive is not None:
        from earwitness.archive.archive import open

        archive = open(settings.archive)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        service.start()
        yield
        await run_in_threadpool(service.stop)
        if archive is not None:
            archive.close()

    guards = [Middleware(Guard, settings=settings, count=service.metrics.request)]
    if settings.origins:
        guards.insert(0, _cors(settings))
    app = Starlette(
        routes=[*(ARCHIVE_ROUTES if archive else ()), *ROUTES],
        middleware=guards,
        lifespan=lifespan,
        exception_handlers={HTTPException: _http_problem},
    )
    app.router.redirect_slashes = False
    app.state.service, app.state.archive = service, archive
    return app


def _cors(settings: ServerSettings) -> Middleware:
    return Middleware(
        CORSMiddleware,
        allow_origins=list(settings.origins),
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Authorization", "X-API-Key", "Content-Type", "Prefer"],
        expose_headers=["Location", "Retry-After"],
    )


async def _http_problem(request: Request, error: Exception) -> Response:
    """What the router says of addresses and methods that it does not know."""
    assert isinstance(error, HTTPException)
    if error.status_code == 405:
        raise Problem("method_not_allowed", "This address takes another method.")
    raise Problem("not_found", "There is nothing at this address; /docs has what there is.")
