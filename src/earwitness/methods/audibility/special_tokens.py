"""Tokens that audibility guidance makes more or less likely, whatever the sound: the period, and marks.

The published list of forbidden tokens is GPT-2's: six marks, and 911 of the 994 tokens of digits alone. Those
are exactly the numbers below 100000 as a person writes them; the other 83 are 81 with leading zeros, such as
"007", and "200000" and "66666666". Here the rule stands for the list, so that it holds for any vocabulary; it
forbids those as well: no caption is better for them. ``legacy_forbidden`` is the list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    from earwitness.methods.audibility.options import AudibilityOptions

END = "."
MARKS = frozenset(["(", ",", ")", "!", ":", "\n", "Ċ", "<0x0A>"])  # the last three: one line break
DIGITS = re.compile(r"[0-9]+")  # without the mark of a leading space: " 2020" is allowed
LISTED = re.compile(r"0|[1-9][0-9]{0,4}")  # the numbers of the published list
RECENT = 4  # tokens that the repetition penalty looks back on


def is_forbidden(token: str, *, legacy: bool = False) -> bool:
    """Whether a token, as the vocabulary spells it, is a number without leading space, or one of the marks.

    ``legacy`` lets numbers with leading zeros and numbers from 100000 on pass, as the published list does.

    >>> [t for t in ("12", "Ġ12", "1st", ",", "Ċ", "Ġdog", "007", "200000") if is_forbidden(t)]
    ['12', ',', 'Ċ', '007', '200000']
    >>> [t for t in ("12", "0", "007", "20439", "200000") if is_forbidden(t, legacy=True)]
    ['12', '0', '20439']
    """
    numbers = LISTED if legacy else DIGITS
    return token in MARKS or numbers.fullmatch(token) is not None


def forbidden_tokens(tokenizer: Any, vocabulary: int, *, legacy: bool = False) -> list[int]:
    """The forbidden tokens of a transformers tokenizer, ascending, below ``vocabulary``."""
    words = tokenizer.get_vocab().items()
    return sorted(i for token, i in words if i < vocabulary and is_forbidden(token, legacy=legacy))


def end_token(tokenizer: Any) -> int:
    """The token of a period that follows a word."""
    known = tokenizer.get_vocab()
    return int(known[END]) if END in known else int(tokenizer(END, add_special_tokens=False)["input_ids"][-1])


class SpecialTokens:
    """Changes logits as the published program does before each choice.

    Parameters
    ----------
    tokenizer : a transformers tokenizer
    vocabulary : int
        How many tokens are looked at.
    options : AudibilityOptions
    columns_of : callable
        From tokens to the columns of the logits that stand for them.
    """

    def __init__(
        self,
        tokenizer: Any,
        vocabulary: int,
        options: AudibilityOptions,
        columns_of: Callable[[Iterable[int]], list[int]] = list,
    ) -> None:
        self.end = end_token(tokenizer)
        self.forbidden = forbidden_tokens(tokenizer, vocabulary, legacy=options.legacy_forbidden)
        self._options, self._columns_of = options, columns_of
        self._ends, self._unwelcome = columns_of([self.end]), columns_of(self.forbidden)

    def apply(self, logits: torch.Tensor, step: int, context: Sequence[Sequence[int]]) -> torch.Tensor:
        """Logits (b, vocabulary) of the token number ``step``, from 0, after each row's context -> a copy."""
        options, logits = self._options, logits.clone()
        if options.repetition_penalty != 1:
            for row, tokens in enumerate(context):
                recent = self._columns_of(sorted(set(tokens[-RECENT:])))
                logits[row, recent] = less_likely(logits[row, recent], options.repetition_penalty)
        # dividing by the inverse makes a token likelier by the factor
        ending = options.first_end_factor if step == 0 else 1 / options.end_factor
        logits[:, self._ends] = less_likely(logits[:, self._ends], ending)
        logits[:, self._unwelcome] = less_likely(logits[:, self._unwelcome], options.forbidden_factor)
        return logits


def less_likely(logits: torch.Tensor, factor: float) -> torch.Tensor:
    """Logits moved down by a factor whatever their sign: positive ones divided, negative ones multiplied."""
    import torch

    return torch.where(logits > 0, logits / factor, logits * factor)
