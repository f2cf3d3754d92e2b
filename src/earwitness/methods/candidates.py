"""Embeddings of the sentences that a guided method weighs at every token: the hot path of two methods.

All clips' candidates go to the text tower in one call. A tower that reads from left to right computes what a
clip's candidates have in common once (``CausalTextEncoder.embed_continuations``); every encoder remembers the
texts it has embedded, so asking again costs a look-up.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from earwitness.common.arrays import Floats

if TYPE_CHECKING:
    from earwitness.encoders.base import AudioTextEncoder


def embed_candidates(
    encoder: AudioTextEncoder, beginnings: Sequence[str], texts: Sequence[Sequence[str]]
) -> list[Floats]:
    """Embed each clip's candidates.

    Parameters
    ----------
    encoder : AudioTextEncoder
    beginnings : (b,) strings
        What each clip's candidates have in common, or nearly: a text that does not begin so is embedded too.
    texts : (b,) sequences of strings
        Whole sentences.

    Returns
    -------
    list of (k, dim) float32, unit rows, one a clip; equal to ``encoder.embed_text`` to 1e-5

    Examples
    --------
    >>> from earwitness.encoders.tags.encoder import TagEncoder
    >>> [e.shape for e in embed_candidates(TagEncoder(), ["a dog"], [["a dog barks", "a dog howls"]])]
    [(2, 523)]
    """
    continuing = getattr(encoder, "embed_continuations", None)
    if continuing is None:
        return _one_call(encoder, texts)
    out = []
    for beginning, some in zip(beginnings, texts, strict=True):
        follows = [text.startswith(beginning) for text in some]
        if not beginning or not any(follows):
            out.append(encoder.embed_text(list(some)))
            continue
        rows = np.zeros((len(some), encoder.dim), np.float32)
        after = [text[len(beginning) :] for text, yes in zip(some, follows, strict=True) if yes]
        rows[np.array(follows)] = continuing(beginning, after)
        if not all(follows):
            rows[~np.array(follows)] = encoder.embed_text(
                [t for t, f in zip(some, follows, strict=True) if not f]
            )
        out.append(rows)
    return out


def _one_call(encoder: AudioTextEncoder, texts: Sequence[Sequence[str]]) -> list[Floats]:
    flat = [text for some in texts for text in some]
    rows = encoder.embed_text(flat)
    ends = np.cumsum([len(some) for some in texts])
    return np.split(rows, ends[:-1]) if len(ends) else []
