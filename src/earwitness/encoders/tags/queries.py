"""Where a query lies in tag space: by what is said of each class, not by its name alone.

A caption is placed by the names of classes, for the decoder learned to read it so. Somebody who searches
uses words that no name has ("burning wood pops"); these are nearer to what people say who hear a fire than to
its name. So a class is the mean of its five captions here (data/class-captions). A query that tells of
several sounds ("a dog barks while rain falls") is the mean of their places: as a whole it would lie near one.
The softmax is a little sharper, so that a query lies on no more axes than a caption, and how much a match is
worth was measured with sentences that were placed like this.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from earwitness.common.arrays import Floats, by_rows, softmax
from earwitness.common.joints import ASKED, any_of
from earwitness.encoders.runtime import asset

TEMPERATURE = 0.04  # of the softmax over classes
JOINTS = re.compile(rf"\s*(?:[,;]\s*)?\b(?:{any_of(ASKED)})\b\s*", re.I)


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


def sounds_asked_for(query: str) -> list[str]:
    """The sounds that a query tells of; words that stand alone are not taken for sounds of their own.

    >>> sounds_asked_for("a dog barks while rain falls"), sounds_asked_for("thunder and lightning")
    (['a dog barks', 'rain falls'], ['thunder and lightning'])
    """
    parts = [part.strip(" ,.;") for part in JOINTS.split(query)]
    return parts if all(len(part.split()) > 1 for part in parts) else [query]


def query_weights(sentences: Floats) -> Floats:
    """Queries' sentence embeddings (n, 384) -> how much each asks for each class: (n, 521), rows sum to 1."""
    return softmax(by_rows(sentences, _classes().means.T), TEMPERATURE)


def query_quantiles() -> Floats:
    """Evenly spaced quantiles of the match between queries and sounds that they do not ask for."""
    return _classes().quantiles
