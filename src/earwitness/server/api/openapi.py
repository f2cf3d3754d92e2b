"""The description of the API for programs (OpenAPI 3.1); ``/docs`` shows it to people."""

from __future__ import annotations

from dataclasses import Field
from functools import lru_cache
from typing import Any, get_args, get_type_hints

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from earwitness import __version__
from earwitness.server.api.asked import FORMATS, JOB, LEAST_SEGMENT, MOST, STYLES, caption_fields
from earwitness.server.api.matching import LONGEST_SENTENCE, MOST_NAMES, MOST_SENTENCES
from earwitness.server.problems import KINDS

HELP = {
    "segments": "cut a long sound into stretches of so many seconds, a caption each",
    "events": "cut the sound where it changes, a caption for each event",
    "top": "sentences a sound, best first; above 1 they are listed as alternatives",
    "keywords": "most keywords a sound",
    "min_confidence": "step back to a more general sentence where the best one's confidence is below this",
    "audible_weight": "weight of being about sound when sentences are ranked; needs a classifier",
    "response_format": "json, verbose_json (as OpenAI's), text, srt, vtt or csv",
    "specific": "say the most specific sentence, however little it is believed",
    "stream": "which of a film's audio streams: a number from 1, or a language",
    "style": "of srt and vtt: sentences, or sound descriptions for people who cannot hear",
    "job": "auto: sounds longer than two minutes become jobs; yes: any sound does; no: none does",
}
EXAMPLE = {
    "path": "dog.wav",
    "start": 0.0,
    "end": 2.0,
    "text": "A dog is barking",
    "score": 0.98,
    "keywords": [{"text": "Bark", "score": 0.81}],
    "method": "wsac",
    "encoder": "tags",
    "notes": [],
}
SECURITY: list[dict[str, Any]] = [{"bearer": []}, {"header": []}]


async def get_openapi(request: Request) -> Response:
    """The description as JSON."""
    return JSONResponse(document())


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
            "schemas": {"Caption": _caption(), "Job": _job(), "Problem": _problem()},
        },
    }


def _sound_paths() -> dict[str, Any]:
    options = {f.name: _schema(f) for f in caption_fields()}
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


def _schema(option: Field[Any]) -> dict[str, Any]:
    """The schema of an option of captions, from its type."""
    from earwitness.captioning.captioner import CaptionOptions

    hint = get_type_hints(CaptionOptions)[option.name]
    kinds = get_args(hint) or (hint,)
    if option.name == "events":
        return {"type": "boolean", "default": False, "description": HELP["events"]}
    if str in kinds:
        kinds = (str,)
    name = next(
        (n for k, n in ((bool, "boolean"), (int, "integer"), (float, "number")) if k in kinds), "string"
    )
    schema: dict[str, Any] = {"type": name}
    if option.name in HELP:
        schema["description"] = HELP[option.name]
    if option.name in MOST:
        schema |= {"minimum": 0 if option.name == "keywords" else 1, "maximum": MOST[option.name]}
    if option.name == "segments":
        schema |= {"minimum": LEAST_SEGMENT, "maximum": 86400}
    if isinstance(option.default, int | float | str) and option.default is not None:
        schema["default"] = option.default
    return schema


def _json(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema, **more}}


def _ok(example: dict[str, Any]) -> dict[str, Any]:
    return {"200": {"description": "the answer", "content": _json({"type": "object"}, example=example)}}


def _refusal() -> dict[str, Any]:
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {"description": "a problem", "content": content}


def _caption() -> dict[str, Any]:
    number, text = {"type": "number"}, {"type": "string"}
    named = {"type": "object", "properties": {"text": text, "score": number}}
    return {
        "type": "object",
        "required": ["start", "end", "text"],
        "properties": {
            "path": text,
            "start": {**number, "description": "seconds"},
            "end": {**number, "description": "seconds"},
            "text": {**text, "description": "empty where there is silence"},
            "score": number,
            "confidence": {
                "type": ["number", "null"],
                "description": "the chance that a listener would agree",
            },
            "keywords": {"type": "array", "items": named},
            "alternatives": {"type": "array", "items": named},
            "method": text,
            "encoder": text,
            "notes": {"type": "array", "items": text},
        },
        "example": EXAMPLE,
    }


def _job() -> dict[str, Any]:
    states = ["queued", "running", "done", "failed", "cancelled"]
    return {
        "type": "object",
        "required": ["id", "state", "progress"],
        "properties": {
            "id": {"type": "string"},
            "name": {"type": "string"},
            "state": {"type": "string", "enum": states},
            "progress": {"type": "number", "minimum": 0, "maximum": 1},
            "heard_seconds": {"type": "number"},
            "sound_seconds": {"type": ["number", "null"]},
        },
    }


def _problem() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["type", "title", "status", "detail", "code"],
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
            "code": {"type": "string", "enum": sorted(KINDS)},
        },
    }
