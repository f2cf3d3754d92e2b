"""uvicorn's HTTP protocol with two clocks that it lacks: for slow headers, and for bodies nobody wants."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

LINGER_SECONDS = 2.0
"""After an answer that came before the whole body: long enough that a client stops sending and reads it."""


class TimedProtocol(H11Protocol):
    """Closes connections that hold a place and ask for nothing.

    A connection has ``header_seconds`` from its opening, or from the first byte of its next request, until
    the last byte of the headers. uvicorn itself only counts the bytes.
    """

    header_seconds = 10.0

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._patience: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start the clock."""
        super().connection_made(transport)
        self._wait(self.header_seconds)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Stop the clock where a request has begun; start it where half a request lies here."""
        super().handle_events()
        waiting = self.cycle is None or self.cycle.response_complete
        if not waiting:
            self._stop()
        elif self._patience is None and self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self._wait(self.header_seconds)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """A WebSocket has clocks of its own."""
        self._stop()
        super().handle_websocket_upgrade(event)

    def on_response_complete(self) -> None:
        """Read on for a moment where the body is not all here: closing at once would lose the answer."""
        super().on_response_complete()
        if self.conn.their_state is h11.SEND_BODY and not self.transport.is_closing():
            self._stop()
            self._wait(LINGER_SECONDS)

    def _wait(self, seconds: float) -> None:
        self._patience = self.loop.call_later(seconds, self._give_up)

    def _stop(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _give_up(self) -> None:
        self._patience = None
        if not self.transport.is_closing():
            self.transport.close()
