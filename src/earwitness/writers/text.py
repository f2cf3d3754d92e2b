"""Words and times as the formats demand them, with nothing in them that does harm."""

from __future__ import annotations

import json
import unicodedata

from earwitness.audio import SILENT
from earwitness.common.caption import Alternative, Caption

SILENCE = "(silence)"
"""What people read where nothing was heard; it is never a caption's text."""


def to_json(caption: Caption) -> str:
    """A caption as one line of JSON."""
    return json.dumps(caption.to_dict(), ensure_ascii=False, allow_nan=False)


def caption_text(caption: Caption) -> str:
    """What is said of a sound, or a marker in brackets where nothing is."""
    return visible(one_line(caption.text)) or (SILENCE if SILENT in caption.notes else "(no caption)")


def believed(sentence: Caption | Alternative, *, named: bool = False) -> str:
    """How far a sentence is to be believed; where nothing says so, how well it fits, by that name.

    >>> believed(Alternative("a dog barks", 0.987, confidence=0.8)), believed(Alternative("it rains", 0.987))
    ('0.80', 'fit 0.99')
    """
    if sentence.confidence is None:
        return f"fit {sentence.fit:.2f}"
    return f"{'confidence ' if named else ''}{sentence.confidence:.2f}"


def spoken(captions: list[Caption]) -> list[Caption]:
    """The captions that say something."""
    return [caption for caption in captions if one_line(caption.text)]


def one_line(text: str) -> str:
    """The words with single spaces between them."""
    return " ".join(text.split())


# Reversing marks can make a name read as another one.
_REVERSING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def visible(text: str) -> str:
    """Text that cannot move a terminal's cursor or break a line: control characters as their escapes."""
    return "".join(
        c.encode("unicode_escape").decode()
        if c in _REVERSING or unicodedata.category(c) in ("Cc", "Zl", "Zp")
        else c
        for c in text
    )


def escaped(text: str) -> str:
    """Text without markup, and so without an arrow, which would make it a line of times."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def span(caption: Caption) -> str:
    """``0:00-0:10``, with hours where there are any."""
    return f"{_clock(caption.start)}-{_clock(caption.end)}"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def cue_times(caption: Caption, mark: str) -> str:
    """``00:00:00,000 --> 00:00:03,100``, with ``mark`` before the milliseconds."""
    begin = round(1000 * caption.start)
    # a cue that ends where it begins is shown by no player
    end = max(round(1000 * caption.end), begin + 1)
    return f"{timestamp(begin, mark)} --> {timestamp(end, mark)}"


def timestamp(milliseconds: int, mark: str) -> str:
    """``00:00:03,100``, with ``mark`` before the milliseconds."""
    seconds, milliseconds = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02d}:{minutes:02d}:{seconds:02d}{mark}{milliseconds:03d}"
