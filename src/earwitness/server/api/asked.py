"""From a request to a sound and its options, by the names that they have in Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import Field, dataclass, field, fields, is_dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from earwitness.common.errors import OptionError
from earwitness.common.options import NO, YES, read_value
from earwitness.server.limits.multipart import WRITE, Form, read_form
from earwitness.server.problems import Problem
from earwitness.server.service import Service, service_of

if TYPE_CHECKING:
    from earwitness.captioning.options import CaptionOptions
    from earwitness.timeline.options import EventOptions

FORMATS = ("json", "verbose_json", "text", "srt", "vtt", "csv")
STYLES = ("plain", "sdh")
JOB = ("auto", "yes", "no")

IGNORED = frozenset(
    {"model", "language", "prompt", "temperature", "timestamp_granularities[]", "include[]", "name"}
)
"""What OpenAI's clients send along, and a caption has no use for; ``name`` is that of a raw body."""

NOT_OFFERED = frozenset({"embeddings"})
"""Options of captions for rooms of the program: nothing of them would be seen in an answer."""
EVENTS = {"min_event": "min_seconds", "max_event": "max_seconds"}
"""Options of events by the names that they have on the command line."""

MOST = {"top": 20, "keywords": 200}
LEAST_SEGMENT = 0.5
"""Seconds; below, an hour would become more captions than anybody reads."""


@dataclass(frozen=True)
class Asked:
    """What a client wants captioned, and how it wants to be answered."""

    form: Form
    options: CaptionOptions
    format: str = "json"
    style: str = "plain"
    job: str = "auto"


@dataclass
class Fields:
    """The fields of a request; each may be given once, unless it is a list."""

    given: list[tuple[str, str]] = field(default_factory=list)

    def one(self, name: str, default: str) -> str:
        """A field that is given at most once."""
        values = [value for key, value in self.given if key == name]
        if len(values) > 1:
            raise OptionError(f"{name} is given {len(values)} times; once is enough.")
        return values[0] if values else default

    def all(self, *names: str) -> list[str]:
        """A field that is a list."""
        return [value for key, value in self.given if key in names]

    def check(self, known: Iterable[str]) -> None:
        """Raise for a field that nobody knows: a slip in a name would else be passed over in silence."""
        known = {*known, *IGNORED}
        for name, _ in self.given:
            if name not in known:
                raise OptionError(f"there is no option {name[:100]!r}; there are {', '.join(sorted(known))}.")


def caption_fields() -> list[Field[Any]]:
    """The options of captions that a client may give: all but the limits, which are the server's."""
    from earwitness.captioning.options import CaptionOptions

    offered = [f for f in fields(CaptionOptions) if f.name not in NOT_OFFERED]
    return [f for f in offered if not is_dataclass(getattr(CaptionOptions(), f.name))]


def caption_options(given: Fields) -> CaptionOptions:
    """Options of captions by name; limits are added later.

    Raises
    ------
    OptionError
        A value cannot be.
    """
    from earwitness.captioning.options import CaptionOptions

    named = {f.name: value for f in caption_fields() if (value := given.one(f.name, "")) != ""}
    cut = event_options(given, named.pop("events", "no"))
    if named.get("stream", "").lower() in ("true", "false"):
        del named["stream"]  # OpenAI's clients mean something else by it
    options = _with(CaptionOptions(events=cut), named)
    for name, most in MOST.items():
        if getattr(options, name) > most:
            raise OptionError(f"{name} is at most {most} here, not {getattr(options, name)}.")
    if options.segments is not None and not LEAST_SEGMENT <= options.segments <= 86400:
        raise OptionError(
            f"segments is a length from {LEAST_SEGMENT} to 86400 seconds, not {options.segments}."
        )
    return options


def event_options(given: Fields, asked: str) -> EventOptions | None:
    """How events are cut; None where none are asked for.

    Raises
    ------
    OptionError
        A value cannot be, or there are lengths of events and no events.
    """
    from earwitness.timeline.options import EventOptions

    lengths = {name: value for key, name in EVENTS.items() if (value := given.one(key, "")) != ""}
    if asked.lower() not in YES + NO:
        raise OptionError(f"events is yes or no, not {asked[:100]!r}.")
    if asked.lower() in NO:
        if lengths:
            raise OptionError("min_event and max_event are lengths of events: add events=yes.")
        return None
    return _with(EventOptions(), lengths)


Options = TypeVar("Options")


def _with(options: Options, named: Mapping[str, str]) -> Options:
    """Options with some of them read from text."""
    read = {name: read_value(options, name, text) for name, text in named.items()}
    return replace(options, **read)  # type: ignore[type-var]


async def read_asked(request: Request) -> Asked:
    """A request for captions.

    Raises
    ------
    Problem, OptionError
        The body is not well-formed, holds no sound, or asks for what is not there.
    """
    form = await read_sound(request)
    try:
        given = Fields(form.fields)
        given.check([*(f.name for f in caption_fields()), *EVENTS, "response_format", "style", "job"])
        return Asked(
            form,
            caption_options(given),
            *asked_format(given),
            _job(request.headers, one_of("job", given.one("job", "auto"), JOB)),
        )
    except BaseException:
        form.discard()
        raise


def asked_format(given: Fields) -> tuple[str, str]:
    """The form of the answer, and the style of subtitles where it is subtitles."""
    format = one_of("response_format", given.one("response_format", "json"), FORMATS)
    style = one_of("style", given.one("style", "plain"), STYLES)
    if style != "plain" and format not in ("srt", "vtt"):
        raise OptionError(f"the style {style} is one of srt and vtt, not of {format}.")
    return format, style


def one_of(name: str, value: str, known: tuple[str, ...]) -> str:
    """A value that is one of a few; OptionError for any other."""
    if value not in known:
        raise OptionError(f"{name} is one of {', '.join(known)}, not {value[:100]!r}.")
    return value


def _job(headers: Mapping[str, str], given: str) -> str:
    # RFC 7240
    wished = [word.strip().lower() for word in headers.get("prefer", "").split(",")]
    return "yes" if given == "auto" and "respond-async" in wished else given


async def read_sound(request: Request) -> Form:
    """The sound of a request and its fields, from a multipart body or a raw one with options in the address.

    Raises
    ------
    Problem
        ``missing_sound``, ``malformed_body``, ``unsupported_body``, or what the body's bounds raise.
    """
    service = service_of(request)
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        form = await read_form(
            request.stream(), request.headers["content-type"], service.uploads, service.limits
        )
    elif kind.startswith(("audio/", "video/")) or kind == "application/octet-stream":
        form = await _raw(request, service)
    else:
        raise Problem(
            "unsupported_body",
            "Send a sound as the part 'file' of multipart/form-data, or as the body itself with a content"
            " type audio/*, video/* or application/octet-stream.",
        )
    form.fields += request.query_params.multi_items()
    if form.upload is None:
        raise Problem("missing_sound", "There is no part named 'file' in the body.")
    return form


async def _raw(request: Request, service: Service) -> Form:
    upload = service.uploads.new(request.query_params.get("name", "sound"))
    try:
        waiting = bytearray()
        async for chunk in request.stream():
            waiting += chunk
            if len(waiting) >= WRITE:
                await run_in_threadpool(upload.put, bytes(waiting))
                waiting.clear()
        await run_in_threadpool(upload.put, bytes(waiting))
    except BaseException:
        upload.discard()
        raise
    return Form(upload=upload)
