"""Captions nobody wrote: fragments thrown together, to find where two tokenizers part."""

from __future__ import annotations

import random

_TEXT = (
    "a dog barks the cat's Rain it is isn't don't they're woman's dogs' I'm p.a. Mr. etc. vs. no. No. e.g. "
    "u.s. U.S. high-pitched clip-clop walkie-talkie and/or cannot gonna 'tis 'n' rock'n'roll o'clock o'brien "
    "y'all c'mon 5 10 3rd 1990s 1,000 1.5 5:30 1/2 555-1234 $5 £5 50% 10km 5pm 'The \"dog\" (cat) [rain] {x} "
    "... . , ; : ! ? - -- / & * _ # @ ~ ' \" ` `` '' ) ( ’ ‘ “ ” – — … é café A B x TV R&B AT&T mp3 dog.wav "
    "www.dog.com #dog @dog :) :( ;) < > <b> = + % ^ | \\ it’s"
)
_WORDS = _TEXT.split()
_ENDS = ["", ",", ".", ";", "'s", "'", "...", "!", "-", "/"]


def lines(count: int, seed: int) -> list[str]:
    """Lines of made-up caption fragments, the same for the same seed."""
    chance = random.Random(seed)
    made = []
    for _ in range(count):
        if chance.random() < 0.6:
            made.append(" ".join(chance.choice(_WORDS) for _ in range(chance.randint(2, 7))))
        else:
            made.append(
                " ".join(chance.choice(_WORDS) + chance.choice(_ENDS) for _ in range(chance.randint(1, 5)))
            )
    return made
