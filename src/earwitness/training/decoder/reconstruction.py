"""Whether a decoder says what an embedding means: captions written anew from their own embeddings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from earwitness.common.arrays import Floats
from earwitness.methods.wsac.decoder import Decoder
from earwitness.methods.wsac.search import SearchOptions, search

BATCH = 128


def rewrite(decoder: Decoder, vectors: Floats, options: SearchOptions | None = None) -> list[str]:
    """Sentences of embeddings (n, dim), greedily unless told otherwise, in batches."""
    options = options or SearchOptions(max_tokens=decoder.max_tokens)
    out: list[str] = []
    for start in range(0, len(vectors), BATCH):
        found = search(decoder, np.ascontiguousarray(vectors[start : start + BATCH], np.float32), options)
        out += [decoder.text(list(sentences[0].tokens)) if sentences else "" for sentences in found]
    return out


def reconstruction_cider(written: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, float]:
    """CIDEr-D of rewritten captions against the captions themselves, 10 at most, with its 95 % interval.

    0 for a single caption, and no interval.

    >>> found = reconstruction_cider(["rain falls", "a dog barks"], [["rain falls"], ["a dog barks"]])
    >>> round(found["cider_d"], 2), sorted(found)
    (6.25, ['cider_d', 'cider_d_high', 'cider_d_low'])
    """
    from earwitness.evaluation.bootstrap import BootstrapOptions, intervals
    from earwitness.evaluation.corpus import Corpus
    from earwitness.evaluation.metrics.base import Measured
    from earwitness.evaluation.metrics.cider import measure_cider_d

    ids = tuple(map(str, range(len(written))))
    corpus = Corpus(ids, tuple(written), tuple(map(tuple, references)))
    score = measure_cider_d(corpus)["cider_d"]
    if not isinstance(score, Measured):
        return {"cider_d": 0.0}
    around = intervals({"cider_d": score}, len(ids), BootstrapOptions()).get("cider_d")
    told = {} if around is None else {"cider_d_low": around[0], "cider_d_high": around[1]}
    return {"cider_d": score.value, **told}
