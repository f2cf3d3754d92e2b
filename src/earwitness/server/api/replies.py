"""Captions in the form that was asked for."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from starlette.responses import JSONResponse, PlainTextResponse, Response

from earwitness.common.caption import Caption

TYPES = {
    "text": "text/plain; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "csv": "text/csv; charset=utf-8",
}


def reply(captions: Sequence[Caption], format: str, style: str = "plain") -> Response:
    """Captions of one sound as a response."""
    if format == "json":
        return JSONResponse(plain(captions))
    if format == "verbose_json":
        return JSONResponse(verbose(captions))
    if format == "text":
        return PlainTextResponse("".join(f"{said}\n" for said in _said(captions)), media_type=TYPES["text"])
    return Response(written(captions, format, style), media_type=TYPES[format])


def plain(captions: Sequence[Caption]) -> dict[str, Any]:
    """The text, as transcriptions have it, and the captions with all that is known of them."""
    return {
        "text": " ".join(f"{c.text.rstrip('.')}." for c in captions if c.text)
        if len(captions) > 1
        else captions[0].text,
        "captions": [c.to_dict() for c in captions],
    }


def verbose(captions: Sequence[Caption]) -> dict[str, Any]:
    """What OpenAI's clients know as a verbose transcription; each segment is a caption with a number."""
    return {
        "task": "caption",
        "language": "english",
        "duration": round(captions[-1].end, 3),
        "text": plain(captions)["text"],
        "segments": [{"id": number, **c.to_dict()} for number, c in enumerate(captions)],
    }


def written(captions: Sequence[Caption], format: str, style: str = "plain") -> str:
    """Captions as the file that the command line would write."""
    from earwitness.writers import Sdh, get_writer

    text = io.StringIO()
    sdh = Sdh() if style == "sdh" else None
    with get_writer(format, text, segments=len(captions) > 1, sdh=sdh) as writer:
        for caption in captions:
            writer.write(caption)
    return text.getvalue()


def _said(captions: Sequence[Caption]) -> list[str]:
    from earwitness.writers.text import caption_text

    return [caption_text(caption) for caption in captions]
