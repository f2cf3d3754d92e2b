"""``WS /v1/audio/live``: the door to a live session."""

from __future__ import annotations

from starlette.websockets import WebSocket

from earwitness.server.live.session import AGAIN, LiveSession
from earwitness.server.service import service_of


async def live(socket: WebSocket) -> None:
    """Listen to a client, if there is room for one more."""
    service = service_of(socket)
    if service.listening >= service.limits.live or not service.is_ready:
        await socket.accept()
        await socket.close(AGAIN, "too many listen already" if service.is_ready else "not ready")
        return
    session = LiveSession(socket, service.worker, service.settings.key)
    service.listening += 1
    try:
        await session.run()
    finally:
        service.listening -= 1
        service.metrics.add("live_captions", session.captions)
