"""earwitness: captions for any sound, learned without one audio–caption pair.

>>> import earwitness
>>> import numpy as np
>>> earwitness.caption((np.zeros(16000), 16000)).notes
('silent',)

``caption`` is for one sound, ``caption_table`` for a table of them; ``load`` gives a Captioner for many.
Importing this package loads neither torch nor onnxruntime: what is needed is loaded when it is first used.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from earwitness.common.caption import Alternative, Caption, Keyword
from earwitness.common.version import __version__

if TYPE_CHECKING:
    from earwitness.captioning.captioner import Captioner
    from earwitness.captioning.loading import load
    from earwitness.captioning.options import CaptionOptions

__all__ = [
    "Alternative",
    "Caption",
    "CaptionOptions",
    "Captioner",
    "Keyword",
    "__version__",
    "caption",
    "caption_table",
    "load",
]

logging.getLogger(__name__).addHandler(logging.NullHandler())

# Where the names are that bring numpy and more along; each is stated and documented there.
_LATER = {
    "load": "earwitness.captioning.loading",
    "Captioner": "earwitness.captioning.captioner",
    "CaptionOptions": "earwitness.captioning.options",
    "caption_table": "earwitness.batch.table",
}


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'earwitness' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LATER[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LATER})


@lru_cache(maxsize=1)
def _default() -> Captioner:
    from earwitness.captioning.loading import load

    return load()


def caption(source: Any) -> Caption:
    """Caption one sound with the embedded model.

    Parameters
    ----------
    source : path, bytes, binary file object, or (array, rate)
        Any length, rate and number of channels; arrays are (frames,) or (frames, channels).

    Returns
    -------
    Caption
        ``text``, ``confidence`` and ``fit`` (0..1), ``keywords``, ``notes`` and where in the file;
        ``to_dict()`` for JSON.

    Raises
    ------
    AudioError
        The sound is missing, empty, unreadable or not finite; the message says which.

    Examples
    --------
    >>> import earwitness, numpy as np
    >>> result = earwitness.caption((np.random.default_rng(0).normal(0, 0.1, 48000).clip(-1, 1), 16000))
    >>> result.method, result.encoder, 0 <= result.confidence <= 1
    ('wsac', 'tags', True)
    """
    return _default().caption(source)
