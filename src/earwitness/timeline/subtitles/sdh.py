"""A caption as a sound description for people who cannot hear: "[dog barking]", "[♪ jazz music playing]".

Rules of the style: in brackets, lower case, the verb in the present participle, no article before the
subject, nobody in particular left out, ordinary speech left out (the dialogue has it; a laugh, a scream or
a crowd is a sound), music marked, and no longer than two lines of 42 characters. A caption that is too
long loses what it says last.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from earwitness.timeline.subtitles.clauses import Clause, clauses, is_speech
from earwitness.timeline.subtitles.layout import fits
from earwitness.timeline.subtitles.marks import MARKS, Marks

MUSIC = re.compile(
    r"\b(?:music|songs?|melod(?:y|ies)|tunes?|chords?|orchestra|bands?|choir|choral|symphony|lullaby|anthem|"
    r"guitars?|piano|pianist|violins?|fiddle|cello|harp|banjo|ukulele|mandolin|sitar|zither|organ|"
    r"accordion|harmonica|trumpet|trombone|saxophone|clarinet|flute|bagpipes|harpsichord|marimba|"
    r"xylophone|vibraphone|glockenspiel|synthesizer|keyboard solo|riff|drum (?:kit|solo|machine)|"
    r"sing(?:s|ing|er|ers)?|beatbox\w*|rapping|rapper|rhythm guitar|bass guitar|double bass|techno|jazz|"
    r"reggae|hip hop|opera|theremin|tabla|steelpan|didgeridoo|timpani|brass band|string section|"
    r"pizzicato|soundtrack|theme song|yodel\w*|chant\w*)\b"
)
PLAYERS = re.compile(
    r"(?:child|children|kids?|dogs?|cats?|puppy|puppies|kittens?|game|recording|video|people|man|woman)"
)
NAMES_MUSIC = re.compile(r"(?:music|song|melody|tune|lullaby|anthem|symphony|soundtrack)$")
HEARD = re.compile(r"\s*\b(?:can|could|may) be heard\b", re.I)
FILLER = re.compile(r"\s*\b(?:in the background|in the foreground|nearby|into (?:a|the) microphone)\b")
SOUND_OF = re.compile(r"^(?:(?:a|the|some)\s+)?(?:sounds?|noises?)\s+of\s+", re.I)


@lru_cache(maxsize=4096)
def described(caption: str, marks: Marks = MARKS["en"]) -> str | None:
    """A caption's sound description; None where it tells of ordinary speech alone, or of nothing.

    Parameters
    ----------
    caption : str
    marks : Marks
        What stands around it, by the language's custom.

    Returns
    -------
    str or None
        At most two lines of 42 characters once it is broken by ``layout.lines_of``.

    Examples
    --------
    >>> described("A dog barks"), described("Jazz music plays")
    ('[dog barking]', '[♪ jazz music playing]')
    >>> described("Thunder rumbles in the distance while a man speaks")
    '[thunder rumbling in the distance]'
    >>> described("A woman is talking") is None
    True
    """
    told = [c for c in _told(caption) if c.words]
    for text in _shorter(told):
        mark = f"{marks.music} " if any(_is_music(c) for c in told) else ""
        whole = f"{marks.begin}{mark}{text}{marks.end}"
        if fits(whole):
            return whole
    return None


def _told(caption: str) -> list[Clause]:
    """The clauses that tell of more than speech, each with a subject of its own where the one before is
    gone."""
    found = clauses(HEARD.sub("", SOUND_OF.sub("", " ".join(caption.split()).strip(" ."))))
    out: list[Clause] = []
    gone = False
    for clause in found:
        if is_speech(clause) and not (clause.joint == "that" and not gone):
            gone = True
            continue
        if gone and clause.joint == "that":
            clause = replace(clause, words=(*clause.subject, *clause.words), joint="")
        gone = False
        out.append(clause)
    return out


def _is_music(clause: Clause) -> bool:
    if clause.verb == "play" and clause.subject and not any(PLAYERS.fullmatch(w) for w in clause.subject):
        return True
    return bool(MUSIC.search(clause.text))


def _shorter(told: list[Clause]) -> Iterator[str]:
    """The text, and ever shorter ones: without filler, without what is said last, without its last words."""
    for count in range(min(len(told), 3), 0, -1):
        text = _joined(told[:count])
        yield from (text, FILLER.sub("", text), _without_articles(FILLER.sub("", text)))
    if told:
        words = _without_articles(told[0].text).split()
        for length in range(len(words) - 1, 0, -1):
            if words[length - 1] not in _LOOSE:
                yield " ".join(words[:length]).rstrip(",;")


_LOOSE = frozenset(
    [
        "of",
        "in",
        "on",
        "at",
        "by",
        "with",
        "and",
        "or",
        ",",
        "the",
        "a",
        "an",
        "to",
        "from",
        "for",
        "into",
        "over",
        "through",
        "as",
    ]
)


def _joined(told: list[Clause]) -> str:
    out = ""
    for i, clause in enumerate(told):
        text = clause.text
        if len(told) == 1 or _is_music(clause):
            text = _playing(clause)
        if i == 0:
            out = text
        elif clause.joint == "that":
            out += f" {text}"
        elif clause.joint == "and":
            out += f" and {text}"
        else:
            out += f", {text}"
    return out.strip(" ,;")


def _playing(clause: Clause) -> str:
    """Music that is only named is said to be playing."""
    words = clause.text.split()
    if clause.verb or not words or not NAMES_MUSIC.search(words[-1]):
        return clause.text
    return f"{clause.text} playing"


def _without_articles(text: str) -> str:
    return re.sub(r"\b(?:a|an|the) (?!distance\b|background\b)", "", text)
