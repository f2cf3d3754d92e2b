"""What came first: "then" and "followed by" where the sound has it so, "as" and "with" where it has not.

A decoder that reads one vector of a sound cannot know what came first in it: its "followed by" is a habit.
The vectors of the sound's first and last third know it, for each part of a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from earwitness.common.arrays import Floats
from earwitness.common.joints import SEQUENCE, TOGETHER, any_of
from earwitness.encoders.background import Background
from earwitness.methods.style import claims

Embed = Callable[[Sequence[str]], Floats]
THIRDS = ("beginning", "middle", "end")
CHANGES = 0.5  # cosine of a sound's first and last third below which each may have a sentence of its own

Place = Literal["first", "last", "all along", "unknown"]

HEARD, NOT_HEARD = 1.5, 0.5  # standard deviations above a part's usual match: from here, and up to here

# "A storm is followed by thunder" joins nothing: it has one verb
NOT_BEING = r"(?<!\bis)(?<!\bare)(?<!\bbeing)"
JOINT = re.compile(rf"((?:,\s*|{NOT_BEING}\s+)(?:{any_of(SEQUENCE + TOGETHER)}))\s+", re.I)
SEQUENTIAL = re.compile(rf"^,?\s*(?:{any_of(SEQUENCE)})$", re.I)

SUBJECT = re.compile(
    r"^(?:an?|the|some|several|many|multiple|another|two|three|people|men|women|kids|children|birds|dogs|cats|"
    r"water|rain|wind|music|waves|thunder|food|bees|insects|crickets|pigeons|horses|metal|something|someone|"
    r"vehicles|cars|engines|bells|ducks|frogs|goats|sheep|traffic|applause|laughter|speech|leaves|paper)\b",
    re.I,
)
FINITE = re.compile(r"\b(?:is|are|was|were|can|be)\b", re.I)
GERUND = re.compile(
    r"\b(?!(?:wing|string|spring|king|ring|thing|something|building|morning|lightning)\b)\w+ing\b", re.I
)


@dataclass(frozen=True)
class Part:
    """What a sentence says between two joints, the joint before it, and where in the sound it is heard."""

    text: str
    joint: str
    place: Place


def place_of(match: Sequence[float]) -> Place:
    """Where in a sound a part of a sentence is heard, from its matches with the first and the last third.

    >>> place_of([9.0, 4.0, -0.1]), place_of([0.0, 2.0, 7.0]), place_of([3.0, 3.0, 2.0]), place_of([1, 1, 1])
    ('first', 'last', 'all along', 'unknown')
    """
    first, last = match[0], match[-1]
    if first >= HEARD and last <= NOT_HEARD:
        return "first"
    if last >= HEARD and first <= NOT_HEARD:
        return "last"
    return "all along" if min(first, last) >= HEARD else "unknown"


def cut(sentence: str) -> list[tuple[str, str]]:
    """The joint before each part and the part; what has no subject of its own stays with the part before.

    >>> cut("A man speaks, and a dog barks followed by a splash")
    [('', 'A man speaks'), (', and', 'a dog barks'), (' followed by', 'a splash')]
    >>> cut("An engine revs and then stops as a horn honks and beeps")
    [('', 'An engine revs and then stops'), (' as', 'a horn honks and beeps')]
    """
    pieces = JOINT.split(sentence)
    out = [("", pieces[0])]
    for joint, text in zip(pieces[1::2], pieces[2::2], strict=True):
        if SUBJECT.match(text):
            out.append((joint.lower(), text))
        else:
            before, said = out[-1]
            out[-1] = (before, f"{said}{joint} {text}")
    return out


def in_order(sentences: Sequence[str], views: Floats, background: Background, embed: Embed) -> list[str]:
    """Sentences of one sound with what they say in the order in which it is heard.

    The sentences of one sound share most of their parts, so each part is matched once.

    Parameters
    ----------
    sentences : sequence of str
    views : (thirds, dim) float32
        The sound's first, middle and last third; all alike where it is too short to have any.
    background : Background
    embed : callable
        Texts to unit vectors, (n, dim).

    Examples
    --------
    >>> import numpy as np
    >>> tick, rain = np.eye(2, dtype=np.float32)
    >>> background = Background(np.zeros((4, 2), np.float32), np.array([0, 1], np.float32))
    >>> def embed(texts):
    ...     return np.stack([tick if "clock" in text else rain for text in texts])
    >>> in_order(["Rain falls as a clock ticks"], np.stack([tick, tick, rain]), background, embed)
    ['A clock ticks, then rain falls']
    >>> in_order(["Rain falls then a clock ticks"], np.stack([tick + rain] * 2 + [tick]), background, embed)
    ['Rain falls and a clock ticks']
    """
    if (views[0] == views[-1]).all():
        return list(sentences)
    said = [cut(sentence) for sentence in sentences]
    parts = sorted({text.lower() for pieces in said if len(pieces) > 1 for _, text in pieces})
    place = dict(zip(parts, _places(parts, views, background, embed), strict=True))
    return [
        _told([Part(text, joint, place[text.lower()]) for joint, text in pieces])
        if len(pieces) > 1
        else whole
        for whole, pieces in zip(sentences, said, strict=True)
    ]


def _told(found: Sequence[Part]) -> str:
    before = [p for p in found if p.place != "last"]
    behind = [p for p in found if p.place == "last"]
    if behind and any(p.place == "first" for p in before):
        return _joined(_side_by_side(before), _side_by_side(behind))
    return _side_by_side(found)


def changes(views: Floats) -> bool:
    """Whether a sound ends as another than it began: (thirds, dim) unit rows.

    >>> import numpy as np
    >>> changes(np.eye(3)), changes(np.ones((3, 3)) / 3**0.5)
    (True, False)
    """
    return bool(views[0] @ views[-1] < CHANGES)


def in_turn(first: str, then: str, views: Floats, background: Background, embed: Embed) -> str | None:
    """One sentence of what is heard first and of what is heard then; None unless each is heard only there.

    Parameters
    ----------
    first, then : str
        Sentences of the sound's first and last third.
    views : (thirds, dim) float32
    background : Background
    embed : callable
        Texts to unit vectors, (n, dim).
    """
    earlier, later = claims(first.lower()), claims(then.lower())
    places = _places([*earlier, *later], views, background, embed)
    if places == ["first"] * len(earlier) + ["last"] * len(later):
        return _joined(first, then)
    return None


def _places(texts: Sequence[str], views: Floats, background: Background, embed: Embed) -> list[Place]:
    """Where in a sound each of some texts in lower case is heard."""
    if not texts:
        return []
    ends = background.standardised(views[[0, -1]], embed(texts))
    return [place_of(match) for match in ends.T.tolist()]


def _joined(first: str, then: str) -> str:
    joint = ", then " if _is_clause(then) else " followed by "
    return first + joint + then[:1].lower() + then[1:]


def _side_by_side(found: Sequence[Part]) -> str:
    """Parts that sound together, by the joints that they had; none of them says what came first."""
    text = found[0].text[:1].upper() + found[0].text[1:]
    for part in found[1:]:
        joint = part.joint
        if not joint or SEQUENTIAL.match(joint):
            joint = " and" if _is_clause(part.text) else " with"
        text += f"{joint} {part.text[:1].lower()}{part.text[1:]}"
    return text


def _is_clause(part: str) -> bool:
    """Whether a part has a verb of its own: "a dog barks", and not "a dog barking"."""
    return bool(FINITE.search(part)) or not GERUND.search(part)
