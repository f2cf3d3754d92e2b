"""Bodies are counted and timed while they arrive, whatever a header says of them."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from starlette.types import Message, Receive, Scope

from earwitness.server.problems import Problem
from earwitness.server.settings import ServerLimits


class BoundedBody:
    """An ASGI ``receive`` that refuses to hand on more than the limits allow.

    ``Content-Length`` above the limit is refused before a byte is read; a body without it (chunked) is
    refused at the byte that passes the limit. A body that pauses or dribbles is refused by the clock.
    """

    def __init__(self, scope: Scope, receive: Receive, limits: ServerLimits) -> None:
        self._receive, self._limits = receive, limits
        self._count = 0
        self._until = time.monotonic() + limits.upload_seconds
        self._complete = False
        _check_length(scope, limits)

    async def __call__(self) -> Message:
        """The next message.

        Raises
        ------
        Problem
            ``body_too_large`` or ``upload_timeout``.
        """
        if self._complete:  # what comes now is the news that the client has gone, which may take its time
            return await self._receive()
        left = min(self._limits.idle_seconds, self._until - time.monotonic())
        try:
            message = await asyncio.wait_for(self._receive(), max(left, 0.0))
        except asyncio.TimeoutError:
            raise Problem("upload_timeout", "The body stopped arriving, or arrived too slowly.") from None
        if message["type"] == "http.request":
            self._count += len(message.get("body", b""))
            self._complete = not message.get("more_body", False)
            if self._count > self._limits.upload_bytes:
                raise _too_large(self._limits)
        else:
            self._complete = True
        return message


def _check_length(scope: Scope, limits: ServerLimits) -> None:
    headers: dict[bytes, Any] = dict(scope["headers"])
    if b"content-length" in headers and b"transfer-encoding" in headers:  # RFC 9112, section 6.3
        raise Problem("ambiguous_length", "A request has Content-Length or Transfer-Encoding, not both.")
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length) > limits.upload_bytes:
        raise _too_large(limits)


def _too_large(limits: ServerLimits) -> Problem:
    return Problem("body_too_large", f"A body holds at most {limits.upload_bytes} bytes.")
