"""How usual a sentence is as a caption, by the embedded decoder: what no sound is asked for.

A small language model knows English and not what is said of sounds: "A laugh is a snicker" is as likely to
it as "A person laughs". The embedded decoder learned captions alone. It is told what a sentence says, and
how likely it finds the words is how usual this way to say it is. Nothing of the sound reaches it, so it
prefers no sound to another.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from earwitness.common.arrays import Doubles, Floats
from earwitness.encoders.runtime import asset
from earwitness.encoders.text_cache import TextCache
from earwitness.methods.wsac.decoder import OnnxDecoder

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from earwitness.encoders.tags.encoder import TagEncoder


class CaptionPrior:
    """Judges sentences by the embedded decoder, whatever encoder a method hears with.

    Examples
    --------
    >>> usual = CaptionPrior().logprob(["A dog barks", "A bark is a sound"])
    >>> bool(usual[0] > usual[1] + 1)
    True
    """

    def __init__(self) -> None:
        self._known = TextCache()

    def logprob(self, texts: Sequence[str]) -> Doubles:
        """Mean log-probability a token, the end included, of each sentence told of itself: (n,) -> (n,)."""
        if not texts:
            return np.zeros(0)
        return self._known.embed(texts, _logprobs)[:, 0].astype(np.float64)


@lru_cache(maxsize=1)
def _parts() -> tuple[TagEncoder, OnnxDecoder, Tokenizer]:
    from tokenizers import Tokenizer

    from earwitness.encoders.tags.encoder import TagEncoder

    folder = asset("decoder")
    return TagEncoder(), OnnxDecoder(folder), Tokenizer.from_file(str(folder / "tokenizer.json"))


def _logprobs(texts: Sequence[str]) -> Floats:
    # a sentence at a time, so that none depends on those beside it; a step takes a third of a millisecond
    encoder, decoder, tokenizer = _parts()
    rows = encoder.embed_text(texts)
    tokens = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    return np.array([[_logprob(decoder, r, t)] for r, t in zip(rows, tokens, strict=True)], np.float32)


def _logprob(decoder: OnnxDecoder, meaning: Floats, tokens: Sequence[int]) -> float:
    logits, state = decoder.begin(meaning[None])
    total, written = 0.0, [*tokens[: decoder.max_tokens - 1], decoder.end]
    for place, token in enumerate(written):
        row = logits[0].astype(np.float64)
        total += row[token] - row.max() - np.log(np.exp(row - row.max()).sum())
        if place + 1 < len(written):
            logits, state = decoder.advance(np.array([token], np.int64), state)
    return float(total / len(written))
