"""Refusals as problem details (RFC 9457) with codes that stay: for programs to act on and people to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from earwitness.common.errors import (
    AudioError,
    AudioLimitError,
    EarwitnessError,
    MissingExtraError,
    OptionError,
)


@dataclass(frozen=True)
class Kind:
    """A kind of refusal: its HTTP status and its short title."""

    status: int
    title: str


KINDS: dict[str, Kind] = {
    "malformed_body": Kind(400, "The body cannot be taken apart"),
    "ambiguous_length": Kind(400, "The body's length is given in two ways"),
    "unauthorized": Kind(401, "The key is missing or wrong"),
    "origin_not_allowed": Kind(403, "Pages of that site may not call this server"),
    "not_found": Kind(404, "There is no such thing"),
    "method_not_allowed": Kind(405, "That is not a method of this address"),
    "upload_timeout": Kind(408, "The body took too long to arrive"),
    "job_expired": Kind(410, "The job's result is no longer kept"),
    "body_too_large": Kind(413, "The body is too large"),
    "sound_too_long": Kind(413, "The sound is beyond a limit"),
    "unsupported_body": Kind(415, "The body is of a kind that is not taken"),
    "host_not_allowed": Kind(421, "This server does not answer under that name"),
    "missing_sound": Kind(422, "There is no sound in the request"),
    "unreadable_sound": Kind(422, "The sound cannot be read"),
    "empty_sound": Kind(422, "The sound is empty"),
    "invalid_sound": Kind(422, "The sound holds invalid samples"),
    "invalid_option": Kind(422, "An option is unknown or has a value that it cannot have"),
    "job_not_done": Kind(409, "The job is not done"),
    "job_cancelled": Kind(409, "The job was cancelled"),
    "too_busy": Kind(429, "Too many requests wait already"),
    "internal": Kind(500, "The server failed"),
    "stopping": Kind(503, "The server is starting or stopping"),
    "deadline": Kind(504, "It took too long"),
}


class Problem(Exception):  # noqa: N818 - the name of RFC 9457
    """A refusal; ``detail`` is a sentence for people, without a path of this machine in it.

    >>> Problem("too_busy", "256 requests wait.", retry_after=2).body()["status"]
    429
    """

    def __init__(self, code: str, detail: str, *, retry_after: int | None = None) -> None:
        super().__init__(detail)
        self.code, self.detail, self.retry_after = code, detail, retry_after
        self.kind = KINDS[code]

    def body(self) -> dict[str, object]:
        """The JSON of it, to be sent as ``application/problem+json``.

        ``error`` says the same once more in the shape in which OpenAI's clients look for it.
        """
        return {
            "type": f"urn:earwitness:problem:{self.code}",
            "title": self.kind.title,
            "status": self.kind.status,
            "detail": self.detail,
            "code": self.code,
            "error": {"message": self.detail, "type": self.code, "code": self.code, "param": None},
        }

    def headers(self) -> Mapping[str, str]:
        """Headers that belong to it."""
        headers = {"cache-control": "no-store"}
        if self.retry_after is not None:
            headers["retry-after"] = str(self.retry_after)
        if self.code == "ambiguous_length":
            headers["connection"] = "close"  # nobody knows where the next request begins
        if self.code == "unauthorized":
            headers["www-authenticate"] = "Bearer"
        return headers


_AUDIO_CODES = {"empty": "empty_sound", "invalid": "invalid_sound"}


def problem_of(error: EarwitnessError) -> Problem:
    """What a client is told of an error that was raised on purpose.

    Sounds carry the client's own name for them, so the messages of audio errors and options say nothing of
    this machine; any other kind (a missing model file, say) is not the client's affair.

    >>> from earwitness.common.errors import EmptyAudioError
    >>> problem_of(EmptyAudioError("dog.wav is empty: zero bytes.")).code
    'empty_sound'
    """
    if isinstance(error, AudioLimitError):
        return Problem("sound_too_long", str(error))
    if isinstance(error, AudioError):
        return Problem(_AUDIO_CODES.get(error.status, "unreadable_sound"), str(error))
    if isinstance(error, OptionError) and not isinstance(error, MissingExtraError):
        return Problem("invalid_option", str(error))
    return Problem("internal", "The server could not do it; its log says why.")
