"""Where a query lies in tag space: by what is said of each class, not by its name alone.

A caption is placed by the names of classes, for the decoder learned to read it so. Somebody who searches
uses words that no name has ("burning wood pops"); these are nearer to what people say who hear a fire than to
its name. So a class is the mean of its five captions here (data/class-captions), and there are two more
differences: the softmax is a little sharper, so that a query lies on no more axes than a caption; and how
much a match is worth was measured with sentences that were placed like this.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from earwitness.common.arrays import Floats
from earwitness.encoders.runtime import asset

TEMPERATURE = 0.04  # of the softmax over classes


class _Classes(NamedTuple):
    """Classes as (classes, 384) float32, and quantiles of mismatched cosines (q,)."""

    means: Floats
    quantiles: Floats


@lru_cache(maxsize=1)
def _classes() -> _Classes:
    from safetensors.numpy import load_file

    tensors = load_file(asset("queries.safetensors"))
    means = tensors["classes"].astype(np.float32) * tensors["scales"][:, None]
    return _Classes(means, tensors["quantiles"].astype(np.float32))


def query_weights(sentences: Floats) -> Floats:
    """Queries' sentence embeddings (n, 384) -> how much each asks for each class: (n, 521), rows sum to 1."""
    near = sentences @ _classes().means.T
    weight = np.exp((near - near.max(1, keepdims=True)) / TEMPERATURE)
    return np.asarray(weight / weight.sum(1, keepdims=True), np.float32)


def query_quantiles() -> Floats:
    """Evenly spaced quantiles of the match between queries and sounds that they do not ask for."""
    return _classes().quantiles
