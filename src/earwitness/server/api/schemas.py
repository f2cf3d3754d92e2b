"""Schemas of the API's description: options from their types, captions, jobs and problems."""

from __future__ import annotations

from dataclasses import Field
from typing import Any, get_args, get_type_hints

from earwitness.server.api.asked import LEAST_SEGMENT, MOST
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
    "confidence": 0.87,
    "fit": 0.98,
    "score": 0.87,
    "keywords": [{"text": "Bark", "score": 0.81}],
    "method": "wsac",
    "encoder": "tags",
    "notes": [],
}


def option_schema(option: Field[Any]) -> dict[str, Any]:
    """The schema of an option of captions, from its type."""
    from earwitness.captioning.options import CaptionOptions

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


def caption_schema() -> dict[str, Any]:
    """A caption, as ``Caption.to_dict`` makes it."""
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
            "confidence": {
                "type": ["number", "null"],
                "description": "the chance that a listener would agree",
            },
            "fit": {**number, "description": "percentile of the match among mismatched pairs"},
            "score": {"type": ["number", "null"], "description": "another name of confidence"},
            "instead_of": {
                "type": "object",
                "description": "the more specific sentence that a general one stands for",
            },
            "keywords": {"type": "array", "items": named},
            "alternatives": {"type": "array", "items": named},
            "method": text,
            "encoder": text,
            "notes": {"type": "array", "items": text},
        },
        "example": EXAMPLE,
    }


def job_schema() -> dict[str, Any]:
    """How far a long sound is."""
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


def problem_schema() -> dict[str, Any]:
    """A refusal (RFC 9457)."""
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
