"""What the published guided programs make of tokens: every text decoded whole, marks and spaces as they come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from tests.reference import audibility as plain
from tests.reference.published_tokens import MARKS
from tests.reference.published_wsac import tidied


class Audibility(plain.Plain):
    """Audibility guidance of one clip, its texts as its program makes them, tidied as at the time."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        words = self.tokenizer.get_vocab()
        numbers = {str(n) for n in range(100_000)}
        self.forbidden = [i for w, i in words.items() if w in MARKS or w in numbers]

    def text(self, tokens: Sequence[int]) -> str:
        text = tidied(self.tokenizer.decode(tokens, clean_up_tokenization_spaces=False))
        # what goes before a candidate has its beginning taken out, a candidate has not
        return text.replace(self.tokenizer.bos_token, "") if len(tokens) > 1 else text

    def given_back(self, vector: np.ndarray, prompt: str) -> str:
        """The caption: the prompt, and behind it what the tokenizer makes of the tokens."""
        best = self.caption(vector)[0]
        return prompt + tidied(self.tokenizer.decode(best.tokens, clean_up_tokenization_spaces=False))


def zeraucap_text(tokenizer: Any, prompt: list[int], written: list[int], sentence_prompt: str) -> str:
    """What ZerAuCap's program prints: behind the last prompt, or all where there is none."""
    mark, tokens = tokenizer.bos_token_id, [*prompt, *written]
    if tokens[0] == mark:
        del tokens[0]
    if mark in tokens:
        del tokens[tokens.index(mark) :]
    return " ".join(tidied(tokenizer.decode(tokens)).split()).split(sentence_prompt)[-1]


class TidyTokenizer:
    """A tokenizer of the time: what it decodes is tidied."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tokenizer, name)

    def decode(self, tokens: Sequence[int], **options: Any) -> str:
        return tidied(self._tokenizer.decode(tokens, **options))


def likelier(model: Any, tokenizer: Any, marks: Sequence[str], factor: float = 2.5) -> None:
    """Make a tiny model write some tokens more often than by chance."""
    words = tokenizer.get_vocab()
    with torch.no_grad():
        model.get_input_embeddings().weight[[words[m] for m in marks if m in words]] *= factor
