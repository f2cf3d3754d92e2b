"""The picture as a page that needs nothing else: sound, script and style are inside it."""

from __future__ import annotations

import base64
from importlib.resources import files

from earwitness.evaluation.report.markup import Markup, tag
from earwitness.show.drawing import WIDTH, clock, drawing
from earwitness.show.portrait import Portrait
from earwitness.writers.text import believed

# by its own policy the page makes no connection, whatever a caption or a file's name holds
POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; "
    "img-src data:; media-src data:"
)
PIXELS_A_SECOND = 4.0  # at least: a long sound is wider than the screen and is scrolled


def to_page(of: Portrait) -> str:
    """A sound's picture as HTML, with a player whose cursor runs through it and a list of its events."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        Markup(f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'),
        Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
        tag("title", of.name),
        tag("style", _resource("page.css")),
    )
    width = max(WIDTH, round(of.seconds * PIXELS_A_SECOND))
    main = tag(
        "main",
        _player(of),
        tag("div", drawing(of, width), id="picture", class_="wide", tabindex="0"),
        _list(of),
        tag(
            "p", "Click into the picture to hear that moment; the space bar starts and stops.", class_="note"
        ),
    )
    body = tag("body", main, tag("script", _resource("page.js")))
    return "<!doctype html>" + tag("html", head, body, lang="en") + "\n"


def to_svg(of: Portrait) -> str:
    """A sound's picture as an SVG file."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{drawing(of)}\n'


def _player(of: Portrait) -> Markup:
    if not of.sound:
        return tag("p", "This sound is too long to be carried inside a page.", class_="note")
    data = base64.b64encode(of.sound).decode("ascii")
    return tag("audio", controls=True, preload="auto", src=f"data:audio/mpeg;base64,{data}")


def _list(of: Portrait) -> Markup:
    if not of.said:
        return tag("p", "Nothing was heard in this sound.", class_="note")
    rows = []
    for event in of.said:
        keywords = ", ".join(f"{k.text} {k.score:.2f}" for k in event.keywords[:3])
        cells = [
            tag("td", f"{clock(event.start)} – {clock(event.end)}", class_="time"),
            tag("td", event.text),
            tag("td", believed(event), class_="time"),
            tag("td", keywords, class_="heard"),
        ]
        start, end = f"{event.start:.3f}", f"{event.end:.3f}"
        rows.append(tag("tr", *cells, tabindex="0", data_start=start, data_end=end))
    names = [tag("th", name) for name in ("when", "what", "confidence", "heard")]
    return tag("table", tag("thead", tag("tr", *names)), tag("tbody", *rows))


def _resource(name: str) -> Markup:
    return Markup(files(__package__).joinpath(name).read_text(encoding="utf-8"))
