"""``earwitness serve``: the page and the API."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

from earwitness.cli.flags import Option
from earwitness.cli.shared_flags import Model


def serve(
    host: Annotated[
        str, Option(metavar="ADDRESS", help="Where to listen; any but this machine's own needs a key.")
    ] = "127.0.0.1",
    port: Annotated[int, Option(help="Port; 0 takes a free one.")] = 8017,
    key_file: Annotated[
        Path | None, Option(metavar="FILE", help="Holds the key; else EARWITNESS_KEY, if set.")
    ] = None,
    allow_origin: Annotated[
        list[str] | None, Option(metavar="ORIGIN", help="Another site whose pages may call.")
    ] = None,
    allow_host: Annotated[
        list[str] | None, Option(metavar="NAME", help="Another name to answer under.")
    ] = None,
    model: Model = None,
    method: Annotated[str | None, Option(metavar="NAME", help="See earwitness methods.")] = None,
    preset: Annotated[str | None, Option(metavar="NAME", help="See earwitness methods.")] = None,
    encoder: Annotated[str | None, Option(metavar="NAME", help="See earwitness models.")] = None,
    lm: Annotated[str | None, Option(metavar="NAME", help="Language model of a guided method.")] = None,
    device: Annotated[str | None, Option(metavar="NAME", help="Where torch models compute.")] = None,
    workers: Annotated[int, Option(min=1, help="Sounds listened to side by side.")] = 2,
    uploads: Annotated[
        Path | None, Option(metavar="FOLDER", help="For sounds while they are worked on.")
    ] = None,
    archive: Annotated[
        Path | None, Option(metavar="FILE", help="An archive to search on the page and by the API.")
    ] = None,
    max_mb: Annotated[int, Option(min=1, help="Largest upload, in MB.")] = 512,
    max_seconds: Annotated[float, Option(min=1, help="Longest sound.")] = 6 * 3600.0,
    queue: Annotated[int, Option(min=1, help="Requests that may wait.")] = 256,
    deadline: Annotated[float, Option(min=1, help="Seconds until a request is given up.")] = 120.0,
    debug: Annotated[bool, Option("--debug", help="Log more, and show where an error came from.")] = False,
) -> None:
    """Open a page that captions sounds, and an API for programs.

    The page is at the address that is shown, the API at /docs below it. Without a key the server answers this
    machine only. Ctrl-C stops it; what had begun is finished.
    """
    import logging

    from earwitness import load
    from earwitness.server.run import run_server
    from earwitness.server.settings import MEGABYTE, ServerLimits, ServerSettings, read_key

    settings = ServerSettings(
        host=host,
        port=port,
        key=read_key(key_file, os.environ.get("EARWITNESS_KEY")),
        origins=tuple(allow_origin or ()),
        hosts=tuple(allow_host or ()),
        uploads=uploads,
        archive=archive,
        limits=ServerLimits(
            upload_bytes=max_mb * MEGABYTE, sound_seconds=max_seconds, queue=queue, deadline_seconds=deadline
        ),
    )
    logging.basicConfig(
        level=logging.INFO if debug else logging.WARNING,
        stream=sys.stderr,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )

    def told(address: str) -> None:
        key = "" if settings.key is None else " (with the key)"
        print(f"earwitness listens on {address}{key}; Ctrl-C stops it.", file=sys.stderr, flush=True)

    def loading() -> object:
        return load(
            model, method=method, preset=preset, encoder=encoder, lm=lm, device=device, workers=workers
        )

    run_server(loading, settings, told=told)  # type: ignore[arg-type]
