"""The description of the API for programs (OpenAPI 3.1); ``/docs`` shows it to people."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from earwitness import __version__
from earwitness.server.api.archive import LONGEST_QUERY, MOST_RESULTS
from earwitness.server.api.archive_paths import archive_paths
from earwitness.server.api.asked import FORMATS, JOB, STYLES, caption_fields
from earwitness.server.api.matching import LONGEST_SENTENCE, MOST_NAMES, MOST_SENTENCES
from earwitness.server.api.schemas import (
    EXAMPLE,
    HELP,
    caption_schema,
    job_schema,
    option_schema,
    problem_schema,
)

SECURITY: list[dict[str, Any]] = [{"bearer": []}, {"header": []}]


async def get_openapi(request: Request) -> Response:
    """The description as JSON."""
    whole = document()
    if request.app.state.archive is not None:
        whole = {
            **whole,
            "paths": {**whole["paths"], **archive_paths(_refusal(), LONGEST_QUERY, MOST_RESULTS)},
        }
    return JSONResponse(whole)


@lru_cache(maxsize=1)
def document() -> dict[str, Any]:
    """The whole description, as plain JSON types."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "earwitness",
            "version": __version__,
            "description": "Captions for any sound. Errors are problem details (RFC 9457) with stable codes.",
        },
        "security": [{}, *SECURITY],
        "paths": {**_sound_paths(), **_job_paths(), **_status_paths()},
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
            "schemas": {"Caption": caption_schema(), "Job": job_schema(), "Problem": problem_schema()},
        },
    }


def _sound_paths() -> dict[str, Any]:
    options = {f.name: option_schema(f) for f in caption_fields()}
    options["min_event"] = {"type": "number", "description": "shortest event, in seconds"}
    options["max_event"] = {"type": "number", "description": "longest event, in seconds"}
    options["style"] = {
        "type": "string",
        "enum": list(STYLES),
        "default": "plain",
        "description": HELP["style"],
    }
    options["response_format"] = {"type": "string", "enum": list(FORMATS), "default": "json"}
    options["job"] = {"type": "string", "enum": list(JOB), "default": "auto"}
    match = {
        "text": {
            "type": "array",
            "items": {"type": "string", "minLength": 1, "maxLength": LONGEST_SENTENCE},
            "minItems": 1,
            "maxItems": MOST_SENTENCES,
            "description": "sentences to rank",
        }
    }
    top = {"top": {"type": "integer", "minimum": 1, "maximum": MOST_NAMES, "default": 10}}
    matched = {
        "path": "dog.wav",
        "encoder": "tags",
        "matches": [{"text": "a dog barks", "score": 0.98, "cosine": 0.61}],
    }
    named = {"path": "dog.wav", "encoder": "tags", "keywords": [{"keyword": "Bark", "cosine": 0.61}]}
    formats = {
        kind: {"schema": {"type": "string"}}
        for kind in ("text/plain", "application/x-subrip", "text/vtt", "text/csv")
    }
    caption = {
        "200": {
            "description": "the captions",
            "content": {
                "application/json": {
                    "schema": {
                        "type": "object",
                        "required": ["text"],
                        "properties": {
                            "text": {"type": "string"},
                            "captions": {"type": "array", "items": {"$ref": "#/components/schemas/Caption"}},
                        },
                    },
                    "example": {"text": EXAMPLE["text"], "captions": [EXAMPLE]},
                },
                **formats,
            },
        },
        "202": {"description": "a job was started", "content": _json({"$ref": "#/components/schemas/Job"})},
    }
    return {
        "/v1/audio/captions": {"post": _post("Caption a sound", options, [], caption)},
        "/v1/audio/match": {
            "post": _post("Rank sentences by how well they fit a sound", match, ["text"], _ok(matched))
        },
        "/v1/audio/keywords": {"post": _post("Names of sounds near a sound", top, [], _ok(named))},
    }


def _post(
    summary: str, options: dict[str, Any], required: list[str], responses: dict[str, Any]
) -> dict[str, Any]:
    """An operation that takes a sound, as a part among options or as the body with options in the address."""
    file = {"type": "string", "format": "binary", "description": "the sound, in any format that is read"}
    form = {"type": "object", "required": ["file", *required], "properties": {"file": file, **options}}
    raw = {"schema": {"type": "string", "format": "binary"}}
    parameters = [
        {"name": name, "in": "query", "required": False, "schema": schema} for name, schema in options.items()
    ]
    refusals = ("400", "401", "403", "408", "413", "415", "422", "429", "503", "504")
    return {
        "summary": summary,
        "operationId": summary.lower().replace(" ", "_"),
        "parameters": parameters,
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {"schema": form},
                "audio/*": raw,
                "application/octet-stream": raw,
            },
        },
        "responses": {**responses, **{status: _refusal() for status in refusals}},
    }


def _job_paths() -> dict[str, Any]:
    number = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    format = {"name": "response_format", "in": "query", "schema": {"type": "string", "enum": list(FORMATS)}}
    style = {"name": "style", "in": "query", "schema": {"type": "string", "enum": list(STYLES)}}
    job = {"200": {"description": "the job", "content": _json({"$ref": "#/components/schemas/Job"})}}
    stream = {"200": {"description": "progress, done or failed", "content": {"text/event-stream": {}}}}
    missing = {status: _refusal() for status in ("401", "403", "404")}
    return {
        "/v1/jobs/{id}": {
            "get": {
                "summary": "How far a job is",
                "operationId": "get_job",
                "parameters": [number],
                "responses": {**job, **missing},
            },
            "delete": {
                "summary": "Cancel or forget a job",
                "operationId": "delete_job",
                "parameters": [number],
                "responses": {"204": {"description": "it is gone"}, **missing},
            },
        },
        "/v1/jobs/{id}/events": {
            "get": {
                "summary": "A job's progress as server-sent events",
                "operationId": "get_job_events",
                "parameters": [number],
                "responses": {**stream, **missing},
            }
        },
        "/v1/jobs/{id}/result": {
            "get": {
                "summary": "A job's captions",
                "operationId": "get_job_result",
                "parameters": [number, format, style],
                "responses": {
                    **_ok({"text": EXAMPLE["text"], "captions": [EXAMPLE]}),
                    **{status: _refusal() for status in ("409", "422")},
                    **missing,
                },
            }
        },
    }


def _status_paths() -> dict[str, Any]:
    def get(summary: str, name: str, responses: dict[str, Any], *, is_open: bool) -> dict[str, Any]:
        row = {"summary": summary, "operationId": name, "responses": responses}
        return {"get": {**row, "security": []} if is_open else row}

    text = {
        "200": {"description": "Prometheus' text", "content": {"text/plain": {"schema": {"type": "string"}}}}
    }
    closed = {"401": _refusal()}
    models = {
        "object": "list",
        "data": [{"id": "earwitness-wsac", "object": "model", "owned_by": "earwitness"}],
    }
    return {
        "/v1/models": {
            "get": {
                **get("The model", "get_models", {**_ok(models), **closed, "503": _refusal()}, is_open=False)[
                    "get"
                ]
            }
        },
        "/healthz": get("Does it live?", "get_health", _ok({"status": "ok"}), is_open=True),
        "/readyz": get(
            "Is it ready?", "get_ready", {**_ok({"status": "ready"}), "503": _refusal()}, is_open=True
        ),
        "/metrics": get("Counts and times", "get_metrics", {**text, **closed}, is_open=False),
    }


def _json(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema, **more}}


def _ok(example: dict[str, Any]) -> dict[str, Any]:
    return {"200": {"description": "the answer", "content": _json({"type": "object"}, example=example)}}


def _refusal() -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": "a problem", "content": content}
