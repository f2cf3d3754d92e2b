"""The words that join the sounds of a sentence: at which of them it is cut depends on what it is cut for.

Each set is in the order in which a regular expression has to try its words: "and then" before "and".
"""

from __future__ import annotations

from collections.abc import Sequence

CLAIMS = (
    "followed by", "and then", "as well as", "along with", "in the background", "in the distance", "while",
    "whilst", "then", "and", "as", "with", "before", "after", "when", "during", "nearby", "over",
)  # fmt: skip
"""Of a caption that is cut into all that it claims: one cut too many costs little, but what stays joined
to something that is heard is never held against the sound. So places are joints, too ("in the distance")."""

ASKED = ("followed by", "and then", "then", "while", "whilst", "and", "as")
"""Of a query: only what stands between sounds that are asked for alike. "Rain with thunder" and "a bell
after a train" are one wish, and cut in two they would be met by half of it."""

SEQUENCE = ("followed by", "before", "after", "and then", "then")
"""Of a caption that is put in order: what says that one sound came first."""

TOGETHER = ("and", "as", "while", "with")
"""Of a caption that is put in order: what leaves open which sound came first. These are fewer than
``CLAIMS`` has, for parts that were put in order are joined again by what joined them before."""

LATER = ("followed by", "then", "before", "later", "afterwards")
"""Between two parts of a person's caption: what is told next is heard later. People have more words for it
than a decoder writes ("a door closes, later a dog barks")."""

EARLIER = ("after",)
"""Between two parts of a person's caption: what is told next was heard earlier."""


def any_of(joints: Sequence[str]) -> str:
    """One of some joints, as a part of a regular expression, the first that fits.

    >>> any_of(SEQUENCE[-2:])
    'and then|then'
    """
    return "|".join(joints)
