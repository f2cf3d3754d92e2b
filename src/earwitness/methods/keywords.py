"""Sounds that a clip is near to, by name: AudioSet's classes in any encoder's space.

Names are split at commas and embedded as bare words, without a template (ZerAuCap, section 3.1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from earwitness.caption import Keyword

if TYPE_CHECKING:
    from earwitness.encoders.base import AudioTextEncoder

_EMBEDDED: WeakKeyDictionary[object, npt.NDArray[np.float32]] = WeakKeyDictionary()


def keyword_names() -> tuple[str, ...]:
    """The distinct names of the embedded model's 521 AudioSet classes.

    >>> keyword_names()[:2], len(keyword_names()) > 521
    (('Speech', 'Child speech'), True)
    """
    from earwitness.encoders.tags import synonyms

    return tuple(dict.fromkeys(synonyms()[0]))


def nearest_keywords(
    encoder: AudioTextEncoder, vector: npt.NDArray[np.float32], count: int
) -> tuple[Keyword, ...]:
    """The ``count`` names nearest to a clip's embedding (dim,), each with its cosine, cut at zero."""
    names = keyword_names()
    if encoder not in _EMBEDDED:
        _EMBEDDED[encoder] = encoder.embed_text(names)
    cosines = _EMBEDDED[encoder] @ vector
    best = np.argsort(-cosines, kind="stable")[:count]
    return tuple(Keyword(names[i], max(0.0, float(cosines[i]))) for i in best)
