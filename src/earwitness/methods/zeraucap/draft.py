"""A sentence while it is written, and where one that has left its sound is cut back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from earwitness.common.arrays import Floats
from earwitness.methods.zeraucap.luck import seed_of

HANGING = frozenset(
    (
        "a",
        "an",
        "the",
        "of",
        "in",
        "on",
        "at",
        "by",
        "to",
        "for",
        "from",
        "and",
        "or",
        "with",
        "as",
        "is",
        "are",
        "while",
    )
)


@dataclass
class Draft:
    """A sentence while it is written: its tokens, what was weighed, and whether it is finished.

    ``which`` of the sentences after its prompt it is: the first takes what weighs most, others are drawn.
    """

    prompt: list[int]
    vector: Floats
    which: int = 0
    tokens: list[int] = field(default_factory=list)
    logprob: float = 0.0
    # the text so far after each token, and its cosine with the sound
    texts: list[str] = field(default_factory=list)
    cosines: list[float] = field(default_factory=list)
    trace: list[dict[str, Any]] = field(default_factory=list)
    done: bool = False

    @cached_property
    def seed(self) -> int:
        """Of its luck, if it is drawn: the same for all of its tokens."""
        return seed_of(self.prompt, self.which)


def drifted(cosines: Sequence[float], share: float) -> bool:
    """Whether a text's match has stayed below its best by more than a share of it for three tokens.

    >>> drifted([0.5, 0.4, 0.3, 0.3], 0.1), drifted([0.5, 0.4, 0.3, 0.5], 0.1), drifted([0.5, 0.1, 0.1], 0.0)
    (True, False, False)
    """
    return bool(share) and len(cosines) > 3 and max(cosines[-3:]) < (1 - share) * max(cosines)


def whole_phrase(texts: Sequence[str], cosines: Sequence[float]) -> int:
    """Tokens up to where a text matched best: the word there is finished, and no joining word left hanging.

    >>> whole_phrase(["a d", "a dog", "a dog in", "a dog in the", "a dog in the A"], [1, 2, 3, 4, 1])
    2
    """
    end = int(np.argmax(cosines))
    while end + 1 < len(texts) and texts[end + 1][len(texts[end]) :][:1].isalnum():
        end += 1
    while end > 0 and texts[end].split()[-1:] and texts[end].split()[-1].lower() in HANGING:
        end -= 1
    return end + 1
