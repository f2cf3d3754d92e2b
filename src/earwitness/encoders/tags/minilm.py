"""all-MiniLM-L6-v2: a sentence to a unit vector of 384 numbers, in onnxruntime."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from earwitness.encoders.runtime import asset, session
from earwitness.encoders.tags.wordpiece import WordPiece
from earwitness.encoders.text_cache import TextCache, batches_by_length

DIM = 384
MAX_TOKENS = 128  # the model's training length; longer sentences are cut
BATCH = 64
# Tag space and the classifier of what can be heard read the same sentences, one after the other: 12 MB
REMEMBERED = 8192


@lru_cache(maxsize=1)
def _tokenizer() -> WordPiece:
    return WordPiece(asset("minilm-tokenizer.json"), MAX_TOKENS)


def tokens(text: str) -> list[int]:
    """The model's tokens of a sentence, 128 at most.

    >>> tokens("A dog barks")
    [101, 1037, 3899, 11286, 2015, 102]
    """
    return _tokenizer().ids(text)


def sentence_embeddings(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Embed sentences: (n,) strings -> (n, 384) float32, unit length.

    Sentences of equal length in tokens share a batch, so nothing is padded: no work is wasted, and a
    sentence's vector is the same to the last bit whatever its neighbours are. The latest sentences are
    remembered by their tokens.

    Examples
    --------
    >>> e = sentence_embeddings(["a dog barks", "barking of a dog", "rain on a roof"])
    >>> bool(e[0] @ e[1] > e[0] @ e[2])
    True
    """
    if not len(texts):
        return np.empty((0, DIM), np.float32)
    encoded = [tokens(str(text)) for text in texts]
    keys = [" ".join(map(str, ids)) for ids in encoded]
    known = dict(zip(keys, encoded, strict=True))
    return remembered().embed(keys, lambda missing: _embed([known[key] for key in missing]))


@lru_cache(maxsize=1)
def remembered() -> TextCache:
    """The latest sentences' embeddings by their tokens; to be cleared where time is measured."""
    return TextCache(REMEMBERED)


def _embed(encoded: Sequence[Sequence[int]]) -> npt.NDArray[np.float32]:
    """Embed sentences given as tokens, each asked for once."""
    out = np.empty((len(encoded), DIM), np.float32)
    graph = session(asset("minilm.onnx"))
    for rows in batches_by_length([len(ids) for ids in encoded], BATCH):
        # the mean over the tokens of a lone sentence is added up in another order: none is ever alone
        some = [encoded[r] for r in rows] if len(rows) > 1 else [encoded[rows[0]]] * 2
        out[rows] = graph.run(None, {"ids": np.array(some, np.int64)})[0][: len(rows)]
    return out
