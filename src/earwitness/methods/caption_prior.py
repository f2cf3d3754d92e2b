"""How usual a sentence is as a caption, and how likely as one of a sound, by the embedded decoder.

A small language model knows English and not what is said of sounds: "A laugh is a snicker" is as likely to
it as "A person laughs". The embedded decoder learned captions alone. Told what a sentence says, it finds its
words as likely as this way to say it is usual: nothing of the sound reaches it, and it prefers no sound to
another. Told of the sound instead, as WSAC tells it, it is a second opinion on the match, for it may be
handed a sound that lies in the space in which it learned to read sentences.
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

    from earwitness.encoders.base import AudioTextEncoder
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

    def reads(self, encoder: AudioTextEncoder) -> bool:
        """Whether the decoder can be told of an encoder's sounds: it learned to read those of one alone."""
        return encoder.name == _parts()[1].encoder

    def logprob(self, texts: Sequence[str]) -> Doubles:
        """Mean log-probability a token, the end included, of each sentence told of itself: (n,) -> (n,)."""
        if not texts:
            return np.zeros(0)
        return self._known.embed(texts, _logprobs)[:, 0].astype(np.float64)

    def logprob_of(self, vector: Floats, texts: Sequence[str]) -> Doubles:
        """The same of sentences told of a sound (dim,) that the decoder can read: (n,) -> (n,).

        >>> from earwitness.encoders.tags.encoder import TagEncoder
        >>> rain = TagEncoder().embed_text(["rain falls"])[0]
        >>> likely = CaptionPrior().logprob_of(rain, ["Rain falls on a surface", "A dog barks"])
        >>> bool(likely[0] > likely[1] + 1)
        True
        """
        _, decoder, tokenizer = _parts()
        told = _Told(decoder, vector)
        return np.array([told.logprob(tokenizer.encode(t, add_special_tokens=False).ids) for t in texts])


@lru_cache(maxsize=1)
def _parts() -> tuple[TagEncoder, OnnxDecoder, Tokenizer]:
    from tokenizers import Tokenizer

    from earwitness.encoders.tags.encoder import TagEncoder

    folder = asset("decoder")
    return TagEncoder(), OnnxDecoder(folder), Tokenizer.from_file(str(folder / "tokenizer.json"))


def _logprobs(texts: Sequence[str]) -> Floats:
    encoder, decoder, tokenizer = _parts()
    rows = encoder.embed_text(texts)
    tokens = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    return np.array([[_Told(decoder, r).logprob(t)] for r, t in zip(rows, tokens, strict=True)], np.float32)


class _Told:
    """The decoder told of one meaning, and all beginnings that it has read since.

    It reads a sentence at a time, so that none depends on those beside it; a step takes a third of a
    millisecond, and sentences about one sound begin alike.
    """

    def __init__(self, decoder: OnnxDecoder, meaning: Floats) -> None:
        self._decoder = decoder
        logits, state = decoder.begin(meaning[None])
        self._read: dict[tuple[int, ...], tuple[Doubles, list[Floats]]] = {}
        self._read[()] = _log_softmax(logits[0]), state

    def logprob(self, tokens: Sequence[int]) -> float:
        """Mean log-probability a token, the end included."""
        written = (*tokens[: self._decoder.max_tokens - 1], self._decoder.end)
        return sum(float(self._after(written[:i])[t]) for i, t in enumerate(written)) / len(written)

    def _after(self, begun: tuple[int, ...]) -> Doubles:
        """Log-probabilities of what may follow a beginning that is at most a token longer than one read."""
        if begun not in self._read:
            _, state = self._read[begun[:-1]]
            logits, state = self._decoder.advance(np.array(begun[-1:], np.int64), state)
            self._read[begun] = _log_softmax(logits[0]), state
        return self._read[begun][0]


def _log_softmax(row: Floats) -> Doubles:
    shifted = row.astype(np.float64) - row.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()), np.float64)
