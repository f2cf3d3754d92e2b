"""all-MiniLM-L6-v2: a sentence to a unit vector of 384 numbers, in onnxruntime."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from earwitness.encoders.runtime import asset, session

if TYPE_CHECKING:
    from tokenizers import Tokenizer

DIM = 384
MAX_TOKENS = 128  # the model's training length; longer sentences are cut
BATCH = 64


@lru_cache(maxsize=1)
def tokenizer() -> Tokenizer:
    """The model's WordPiece tokenizer, cutting at 128 tokens, without padding."""
    from tokenizers import Tokenizer

    tokens = Tokenizer.from_file(str(asset("minilm-tokenizer.json")))
    tokens.no_padding()
    tokens.enable_truncation(MAX_TOKENS)
    return tokens


def sentence_embeddings(texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """Embed sentences: (n,) strings -> (n, 384) float32, unit length.

    Sentences of equal length in tokens share a batch, so nothing is padded: no work is wasted, and a
    sentence's vector does not depend on its neighbours.

    Examples
    --------
    >>> e = sentence_embeddings(["a dog barks", "barking of a dog", "rain on a roof"])
    >>> bool(e[0] @ e[1] > e[0] @ e[2])
    True
    """
    out = np.empty((len(texts), DIM), np.float32)
    encoded = [e.ids for e in tokenizer().encode_batch([str(t) for t in texts])]
    by_length: dict[int, list[int]] = {}
    for row, ids in enumerate(encoded):
        by_length.setdefault(len(ids), []).append(row)
    graph = session(asset("minilm.onnx"))
    for rows in by_length.values():
        for i in range(0, len(rows), BATCH):
            batch = rows[i : i + BATCH]
            tokens = np.array([encoded[r] for r in batch], np.int64)
            out[batch] = graph.run(None, {"ids": tokens, "mask": np.ones_like(tokens)})[0]
    return out
