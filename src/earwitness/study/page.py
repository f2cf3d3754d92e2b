"""A listening study as one HTML file: sounds, questions and script inside it, nothing leaves the machine.

The page forbids itself every connection by its content security policy; a participant's answers are a small
JSON file that they save and send back. Clips come in an order of each participant's own, and which caption
stands first is turned for half of them, drawn anew for everyone, so that neither place nor fatigue speaks
for a system. Which system wrote what is in the page as ``seal``, not to be read in passing, and is returned
with the answers: so they can be read without the page.
"""

from __future__ import annotations

import base64
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from earwitness.common.errors import OptionError
from earwitness.common.files import whole_file
from earwitness.evaluation.report.markup import Markup, tag
from earwitness.evaluation.report.sounds import MEDIA_TYPES
from earwitness.study.design import OPINION, PREFERENCE, SCALE, Study

FORMAT = "earwitness-study-1"
LARGEST = 8_000_000  # bytes of a sound inside the page
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; media-src data:"


def write_page(study: Study, path: Path) -> None:
    """Write the page of a study.

    Raises
    ------
    OptionError
        A sound is of a kind that browsers do not play, too large to lie inside a page, or unreadable.
    OSError
        The page cannot be written.
    """
    with whole_file(path) as file:
        file.write(to_html(study).encode("utf-8"))


def to_html(study: Study) -> str:
    """The page as text."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        tag("title", "Listening study"),
        tag("style", _resource("study.css")),
    )
    # "<" cannot close the script from inside a caption
    data = Markup(json.dumps(_data(study), ensure_ascii=False).replace("<", "\\u003c"))
    body = tag(
        "body",
        tag("main", id="study", tabindex="-1"),
        tag("noscript", "This page needs JavaScript, which this browser has switched off."),
        Markup(f'<script type="application/json" id="data">{data}</script>'),
        tag("script", _resource("study.js")),
    )
    return "<!doctype html>" + tag("html", head, body, lang="en") + "\n"


def seal(study: Study) -> str:
    """Who wrote what, in a form that is not read in passing."""
    row = {"systems": study.systems, "items": {i.clip: i.systems for i in study.items}}
    return base64.b64encode(json.dumps(row, ensure_ascii=False).encode()).decode("ascii")


def _data(study: Study) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "study": study.name,
        "scale": list(SCALE) if study.scale else None,
        "questions": [{"id": name, "text": text} for name, text in (OPINION if study.scale else PREFERENCE)],
        "items": [{"clip": i.clip, "captions": i.captions, "sound": _sound(i.sound)} for i in study.items],
        "seal": seal(study),
    }


def _sound(path: Path) -> str:
    kind = MEDIA_TYPES.get(path.suffix.lower())
    if kind is None:
        raise OptionError(
            f"{path.name} is of a kind that browsers may not play; convert it to wav, mp3, ogg or flac."
        )
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise OptionError(f"{path} cannot be read: {error.strerror or error}.") from error
    if len(raw) > LARGEST:
        raise OptionError(
            f"{path.name} has {len(raw) / 1e6:.1f} MB; a page holds sounds of up to {LARGEST / 1e6:.0f} MB: "
            "convert it to mp3, or draw others with --seed."
        )
    return f"data:{kind};base64,{base64.b64encode(raw).decode('ascii')}"


def _resource(name: str) -> Markup:
    return Markup(files("earwitness.study").joinpath(name).read_text(encoding="utf-8"))
