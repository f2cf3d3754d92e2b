"""The page's files by name, from memory: no path of a client's ever reaches the file system."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from earwitness.server.problems import Problem

STATIC = Path(__file__).parent / "static"
TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


@lru_cache(maxsize=1)
def files() -> dict[str, tuple[bytes, str, str]]:
    """Name to content, type and tag."""
    found = {}
    for path in sorted(STATIC.iterdir()):
        if path.suffix in TYPES:
            content = path.read_bytes()
            found[path.name] = (content, TYPES[path.suffix], f'"{sha256(content).hexdigest()[:20]}"')
    return found


def file_response(name: str, request: Request) -> Response:
    """A file of the page; 304 where the browser has it; Problem ``not_found`` for any other name."""
    if name not in files():
        raise Problem("not_found", "The page has no such file.")
    content, kind, tag = files()[name]
    # asked for again each time, and answered with a line where nothing changed: a new version shows at once
    headers = {"etag": tag, "cache-control": "no-cache"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=kind)


async def get_index(request: Request) -> Response:
    """The page."""
    return file_response("index.html", request)


async def get_docs(request: Request) -> Response:
    """The description of the API for people."""
    return file_response("docs.html", request)


async def get_static(request: Request) -> Response:
    """What they are made of."""
    return file_response(request.path_params["name"], request)
