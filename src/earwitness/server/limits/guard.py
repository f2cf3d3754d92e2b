"""The outermost layer: every request passes it on the way in, every response on the way out."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from earwitness.common.errors import EarwitnessError
from earwitness.server.lanes import BusyError, StoppedError
from earwitness.server.limits.body import BoundedBody
from earwitness.server.limits.origins import check_host, check_key, check_origin, is_open, key_of
from earwitness.server.problems import Problem, problem_of
from earwitness.server.settings import ServerSettings

log = logging.getLogger(__name__)

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:;"
    " media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "content-security-policy": CONTENT_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "permissions-policy": "microphone=(self), camera=(), geolocation=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}

Count = Callable[[str, int, float], None]


class Guard:
    """Names, origins, the key, the size of bodies, headers of safety; and errors become problems.

    Parameters
    ----------
    app : ASGI application
    settings : ServerSettings
    count : callable
        Is told of each finished request: its route, status and seconds.
    """

    def __init__(self, app: ASGIApp, settings: ServerSettings, count: Count) -> None:
        self._app, self._settings, self._count = app, settings, count

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] == "http":
            await self._http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, status = time.perf_counter(), 0

        async def sent(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            self._check(scope)
            await self._app(scope, BoundedBody(scope, receive, self._settings.limits), sent)
        except Exception as error:
            if status:
                raise  # half an answer is out: only closing the connection says that it failed
            await problem_response(_problem(error))(scope, receive, sent)
        finally:
            self._count(route_of(scope), status or 499, time.perf_counter() - began)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        try:
            check_host(headers, self._settings)
            check_origin(headers, self._settings)
        except Problem:
            await send({"type": "websocket.close", "code": 1008})  # before it is accepted: a 403
            return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        check_host(headers, self._settings)
        check_origin(headers, self._settings)
        if not is_open(scope["path"]):
            check_key(key_of(headers), self._settings.key)


def route_of(scope: Scope) -> str:
    """The pattern of the address that a request went to; one word for all that went nowhere."""
    route = scope.get("route")
    path = getattr(route, "path", None)
    return str(path) if path else "none"


def problem_response(problem: Problem) -> JSONResponse:
    """A refusal as a response."""
    return JSONResponse(
        problem.body(), problem.kind.status, dict(problem.headers()), media_type="application/problem+json"
    )


def _problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, BusyError):
        return Problem("too_busy", str(error), retry_after=error.seconds)
    if isinstance(error, StoppedError):
        return Problem(
            "stopping", "The server is stopping, or its model could not be loaded.", retry_after=10
        )
    if not isinstance(error, EarwitnessError) or problem_of(error).code == "internal":
        log.error("a request failed in a way that was not meant to be", exc_info=error)
    if isinstance(error, EarwitnessError):
        return problem_of(error)
    return Problem("internal", "The server could not do it; its log says why.")
