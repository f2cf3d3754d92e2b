"""A real server: uvicorn with its clocks and bounds set, listening where the settings say."""

from __future__ import annotations

import errno
import logging
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from earwitness.common.errors import MissingExtraError, OptionError
from earwitness.server.settings import ServerSettings

if TYPE_CHECKING:
    from uvicorn import Config, Server

    from earwitness.captioning.captioner import Captioner

log = logging.getLogger(__name__)

LARGEST_MESSAGE = 1024**2
"""Bytes of a WebSocket's message: several seconds of sound."""


def run_server(
    load: Callable[[], Captioner], settings: ServerSettings, *, told: Callable[[str], None] | None = None
) -> None:
    """Listen until a signal says to stop; what had begun is finished then.

    Parameters
    ----------
    load : callable
        Makes the captioner.
    settings : ServerSettings
    told : callable, optional
        Is told the address, once it is known.

    Raises
    ------
    MissingExtraError
        Starlette, uvicorn or what they need is not installed.
    OptionError
        The address cannot be listened on.
    """
    server = make_server(load, settings)
    listening = _bound(settings)
    if told:
        told(address(settings.host, listening.getsockname()[1]))
    # uvicorn finishes what had begun, and then raises the signal once more: Ctrl-C is how a server ends,
    # no error
    with suppress(KeyboardInterrupt):
        server.run(sockets=[listening])


def make_server(load: Callable[[], Captioner], settings: ServerSettings) -> Server:
    """The server, not yet listening."""
    try:
        import python_multipart  # noqa: F401
        import uvicorn
        import websockets  # noqa: F401

        from earwitness.server.app import create_app
    except ImportError as error:
        raise MissingExtraError(
            f"the server needs {error.name}, which is not installed; run: pip install 'earwitness[serve]'"
        ) from error
    app = create_app(load, settings)
    service = app.state.service

    class StoppingServer(uvicorn.Server):
        """Tells the service first, so that what would wait for ever ends."""

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            service.begin_stop()
            await super().shutdown(sockets)

    return StoppingServer(_config(app, settings))


def _config(app: object, settings: ServerSettings) -> Config:
    import uvicorn

    from earwitness.server.limits.protocol import TimedProtocol

    limits = settings.limits
    protocol = type("Protocol", (TimedProtocol,), {"header_seconds": limits.header_seconds})
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        http=protocol,
        ws="websockets-sansio",
        ws_max_size=LARGEST_MESSAGE,
        # sound does not shrink by it, and a small message must not become a large one
        ws_per_message_deflate=False,
        h11_max_incomplete_event_size=limits.header_bytes,
        limit_concurrency=limits.connections,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=int(limits.stop_seconds),
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_level="warning",
        lifespan="on",
    )


def _bound(settings: ServerSettings) -> socket.socket:
    """A socket on the address; the system's own words where that cannot be."""
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            settings.host.strip("[]"), settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(place)
    except OSError as error:
        hint = "; --port names another" if error.errno in (errno.EADDRINUSE, errno.EACCES) else ""
        raise OptionError(
            f"{address(settings.host, settings.port)} cannot be listened on: {error.strerror or error}{hint}."
        ) from error
    listening.set_inheritable(True)
    return listening


def address(host: str, port: int) -> str:
    """The address of the page.

    >>> address("127.0.0.1", 8017), address("::1", 8017)
    ('http://127.0.0.1:8017/', 'http://[::1]:8017/')
    """
    return f"http://[{host.strip('[]')}]:{port}/" if ":" in host else f"http://{host}:{port}/"
