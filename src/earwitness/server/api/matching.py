"""``POST /v1/audio/match`` and ``/v1/audio/keywords``: which sentences and names fit a sound."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from earwitness.common.errors import OptionError
from earwitness.server.api.asked import Fields, read_sound
from earwitness.server.api.captions import GONE, answer, measure
from earwitness.server.lanes import QUICK, Task
from earwitness.server.limits.uploads import Upload
from earwitness.server.problems import Problem
from earwitness.server.service import service_of

if TYPE_CHECKING:
    from earwitness.captioning.captioner import Captioner

MOST_SENTENCES, LONGEST_SENTENCE = 100, 500
MOST_NAMES = 200


async def post_match(request: Request) -> Response:
    """Rank sentences by how well they fit a sound."""

    def prepare(given: Fields, upload: Upload, limits: Any) -> Callable[[Captioner], Any]:
        from earwitness.captioning.matching import match_sentences

        given.check(["text", "text[]", "sentences"])
        sentences = _sentences(given)

        def match(captioner: Captioner) -> Any:
            found = match_sentences(upload, sentences, captioner.encoder, limits=limits)
            rows = [{"text": m.text, "score": round(m.score, 4), "cosine": round(m.cosine, 4)} for m in found]
            return {"path": upload.name, "encoder": captioner.encoder.name, "matches": rows}

        return match

    return await _answered(request, prepare)


async def post_keywords(request: Request) -> Response:
    """The names of sounds that are nearest to a sound, of AudioSet's classes."""

    def prepare(given: Fields, upload: Upload, limits: Any) -> Callable[[Captioner], Any]:
        from earwitness.captioning.matching import sound_keywords
        from earwitness.methods.prompting.lists import keyword_list

        given.check(["top"])
        top = given.one("top", "10")
        if not (top.isascii() and top.isdigit() and 1 <= int(top[:9]) <= MOST_NAMES):
            raise OptionError(f"top is a whole number from 1 to {MOST_NAMES}, not {top[:100]!r}.")

        def keywords(captioner: Captioner) -> Any:
            found = sound_keywords(
                upload, captioner.encoder, keyword_list("audioset"), int(top[:9]), limits=limits
            )
            rows = [{"keyword": k.text, "cosine": round(k.score, 4)} for k in found]
            return {"path": upload.name, "encoder": captioner.encoder.name, "keywords": rows}

        return keywords

    return await _answered(request, prepare)


def _sentences(given: Fields) -> list[str]:
    """Sentences from fields ``text``, or from one field ``sentences`` that holds a JSON list."""
    sentences = given.all("text", "text[]")
    if listed := given.one("sentences", ""):
        try:
            found = json.loads(listed)
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, list) or not all(isinstance(s, str) for s in found):
            raise OptionError("sentences is a JSON list of strings.")
        sentences += found
    if not 1 <= len(sentences) <= MOST_SENTENCES:
        raise OptionError(f"there are 1 to {MOST_SENTENCES} sentences to match, not {len(sentences)}.")
    if any(not s.strip() or len(s) > LONGEST_SENTENCE for s in sentences):
        raise OptionError(f"a sentence has 1 to {LONGEST_SENTENCE} characters.")
    return sentences


async def _answered(
    request: Request, prepare: Callable[[Fields, Upload, Any], Callable[[Captioner], Any]]
) -> Response:
    """Read the sound, queue what is prepared for it, and answer with what that gives."""
    service = service_of(request)
    service.worker.lanes[QUICK].check_room()
    form = await read_sound(request)
    upload = form.upload
    assert upload is not None
    try:
        limits = service.limits.sound_limits(service.limits.job_from_seconds)
        call = prepare(Fields(form.fields), upload, limits)
        if await measure(upload, service) > limits.max_seconds:
            raise Problem("sound_too_long", f"{upload.name} is longer than {limits.max_seconds:g} s.")
        future = service.worker.submit(Task(call=call))
    except BaseException:
        upload.discard()
        raise
    future.add_done_callback(lambda _: upload.discard())
    found = await answer(request, future)
    return Response(status_code=GONE) if found is None else JSONResponse(found)
