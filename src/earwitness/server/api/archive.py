"""``GET /v1/archive/search`` and ``/v1/archive/sounds/{event}``, where the server was given an archive."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from earwitness.common.errors import EarwitnessError, OptionError
from earwitness.common.names import as_utf8
from earwitness.server.page.routes import file_response, files
from earwitness.server.problems import Problem, problem_of

if TYPE_CHECKING:
    from earwitness.archive import Archive, SearchOptions

MOST_RESULTS, LONGEST_QUERY = 200, 500
FIELDS = ("q", "not", "top", "min_confidence", "longer", "shorter", "path", "since")


async def get_search(request: Request) -> Response:
    """Search the archive; without ``q``, list what passes the filters."""
    archive: Archive = request.app.state.archive
    given = dict(request.query_params)
    try:
        options = search_options(given)
        text = given.get("q", "").strip() or None
        hits = await run_in_threadpool(archive.search, text, options)
    except EarwitnessError as error:
        raise problem_of(error) from error
    return JSONResponse({"hits": [{**h.to_dict(), "path": as_utf8(h.path)} for h in hits]})


async def get_sound(request: Request) -> Response:
    """The sound of an event of the archive, as wav."""
    archive: Archive = request.app.state.archive
    number = request.path_params["event"]
    event = await run_in_threadpool(archive.event, number)
    if event is None:
        raise Problem("not_found", "The archive has no such event.")
    from earwitness.archive.telling.cutting import cut

    try:
        data = await run_in_threadpool(cut, Path(event.path), event.start, event.end)
    except EarwitnessError as error:
        raise problem_of(error) from error
    return Response(data, media_type="audio/wav")


async def get_page(request: Request) -> Response:
    """The page that searches the archive."""
    return file_response("archive.html", request)


async def get_index(request: Request) -> Response:
    """The first page, with the way to the archive's."""
    content, kind, _ = files()["index.html"]
    return Response(content.replace(b" hidden>Archive<", b">Archive<"), media_type=kind)


def search_options(given: Mapping[str, str]) -> SearchOptions:
    """Search options from the fields of an address; OptionError for what they cannot be.

    >>> search_options({"q": "dog", "top": "5", "longer": "2"}).filters.longer
    2.0
    """
    from earwitness.archive import Filters, SearchOptions
    from earwitness.archive.finding.times import since

    unknown = [name for name in given if name not in FIELDS]
    if unknown:
        raise OptionError(f"there is no field {unknown[0][:100]!r}; there are {', '.join(FIELDS)}.")
    if any(len(value) > LONGEST_QUERY for value in given.values()):
        raise OptionError(f"a field has at most {LONGEST_QUERY} characters.")
    filters = Filters(
        _number(given, "min_confidence") or 0.0,
        _number(given, "longer"),
        _number(given, "shorter"),
        given.get("path") or None,
        since(given["since"]) if given.get("since") else None,
    )
    top = _number(given, "top") or 20
    if not 1 <= top <= MOST_RESULTS:
        raise OptionError(f"top is a whole number from 1 to {MOST_RESULTS}.")
    return SearchOptions(top=int(top), without=(given["not"],) if given.get("not") else (), filters=filters)


def _number(given: Mapping[str, str], name: str) -> float | None:
    if not given.get(name):
        return None
    try:
        value = float(given[name])
    except ValueError:
        value = -1.0
    if not 0 <= value < 1e9:
        raise OptionError(f"{name} is a number from 0 on, not {given[name][:100]!r}.")
    return value
