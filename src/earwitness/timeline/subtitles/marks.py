"""What sound descriptions stand between, by the custom of each language's subtitles.

English, and most streaming services in any language: square brackets. Spanish (UNE 153010) and French
(charter of 2011): parentheses. German public television: asterisks. Music has the sharp sign where teletext
has no note (British and German custom), elsewhere the note.
"""

from __future__ import annotations

from dataclasses import dataclass

from earwitness.common.errors import OptionError


@dataclass(frozen=True)
class Marks:
    """The marks around a description and the mark before music."""

    begin: str
    end: str
    music: str = "♪"


MARKS = {
    "en": Marks("[", "]"),
    "en-GB": Marks("[", "]", "#"),
    "de": Marks("*", "*"),
    "es": Marks("(", ")"),
    "fr": Marks("(", ")"),
    "it": Marks("[", "]"),
    "nl": Marks("[", "]"),
    "pt": Marks("[", "]"),
    "ja": Marks("(", ")"),
    "zh": Marks("[", "]"),
}


def marks_of(language: str) -> Marks:
    """The marks of a language; a region that is not in the table has its language's.

    >>> marks_of("de-AT").begin, marks_of("en").music
    ('*', '♪')
    """
    found = MARKS.get(language) or MARKS.get(language.split("-")[0].lower())
    if found is None:
        raise OptionError(f"there are no subtitle marks for {language!r}; there are {', '.join(MARKS)}.")
    return found
