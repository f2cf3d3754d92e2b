"""The archive's part of the API's description, where the server was given an archive."""

from __future__ import annotations

from typing import Any

HIT = {
    "path": "field/2024/dawn.wav",
    "start": 12.0,
    "end": 15.5,
    "text": "A dog barks",
    "confidence": 0.81,
    "score": 0.02,
    "relevance": 0.93,
    "why": ["dog barks"],
    "keywords": [{"text": "Bark", "score": 0.81}],
    "notes": [],
    "event": 7,
}
QUERY: dict[str, dict[str, Any]] = {
    "q": {"type": "string", "description": "what to look for, in words; without it all is listed"},
    "not": {"type": "string", "description": "what must not be heard"},
    "top": {"type": "integer", "minimum": 1, "default": 20, "description": "most results"},
    "min_confidence": {"type": "number", "minimum": 0, "maximum": 1},
    "longer": {"type": "number", "minimum": 0, "description": "shortest event, in seconds"},
    "shorter": {"type": "number", "minimum": 0, "description": "longest event, in seconds"},
    "path": {"type": "string", "description": "a pattern of paths, such as field/2024/*"},
    "since": {"type": "string", "description": "a date, or a time such as 7d: files changed since"},
}


def archive_paths(refusal: dict[str, Any], longest: int, most: int) -> dict[str, Any]:
    """Paths of the description.

    Parameters
    ----------
    refusal : dict
        The response that tells of a problem.
    longest, most : int
        Characters of a field, and results.

    Examples
    --------
    >>> sorted(archive_paths({}, 500, 200))
    ['/v1/archive/search', '/v1/archive/sounds/{event}']
    """
    fields = {n: {**s, "maxLength": longest} if s["type"] == "string" else s for n, s in QUERY.items()}
    fields["top"] = {**fields["top"], "maximum": most}
    asked = [{"name": n, "in": "query", "required": False, "schema": s} for n, s in fields.items()]
    number = {"name": "event", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 0}}
    hits = {"schema": {"type": "object"}, "example": {"hits": [HIT]}}
    wav = {"schema": {"type": "string", "format": "binary"}}
    return {
        "/v1/archive/search": {
            "get": {
                "summary": "Search the archive",
                "operationId": "search_archive",
                "parameters": asked,
                "responses": {
                    "200": {"description": "events, best first", "content": {"application/json": hits}},
                    **{status: refusal for status in ("400", "401", "403", "422")},
                },
            }
        },
        "/v1/archive/sounds/{event}": {
            "get": {
                "summary": "The sound of an event",
                "operationId": "get_archive_sound",
                "parameters": [number],
                "responses": {
                    "200": {"description": "the sound", "content": {"audio/wav": wav}},
                    **{status: refusal for status in ("401", "403", "404", "422")},
                },
            }
        },
    }
