"""earwitness: captions for any sound, learned without one audio–caption pair.

>>> import earwitness
>>> import numpy as np
>>> earwitness.caption((np.zeros(16000), 16000)).notes
('silent',)

``caption`` is for one sound; ``load`` gives a Captioner for many. Importing this package loads neither torch
nor onnxruntime: what is needed is loaded when it is first used.
"""

from __future__ import annotations

import logging
from functools import lru_cache
from typing import TYPE_CHECKING, Any

# First of all, and not when it is first needed: loading a module sets its name in the package, and would put
# the module "caption" where the function of that name stands.
from earwitness.common.caption import Caption

if TYPE_CHECKING:
    from earwitness.captioning.captioner import Captioner
    from earwitness.encoders.base import AudioTextEncoder

__version__ = "0.1.0"
__all__ = ["Caption", "__version__", "caption", "load"]

logging.getLogger(__name__).addHandler(logging.NullHandler())


def load(
    model: str | None = None,
    *,
    method: str | None = None,
    preset: str | None = None,
    encoder: str | AudioTextEncoder | None = None,
    lm: str | None = None,
    classifier: str | None = None,
    device: str | None = None,
    explain: bool = False,
    workers: int = 2,
    **options: Any,
) -> Captioner:
    """Make a Captioner, to be used for many sounds.

    Parameters
    ----------
    model : str, optional
        A folder written by ``earwitness export``; the embedded model unless given.
    method : str, optional
        wsac (the embedded one), zeraucap or audibility, with its published settings.
    preset : str, optional
        Settings by name, method included; ``earwitness methods`` lists them.
    encoder : str or AudioTextEncoder, optional
        Another audio–text model, by name (``earwitness models``); for wsac the one that its decoder knows.
    lm : str, optional
        Language model of the guided methods: a hub id, a folder, or smollm2.
    classifier : str, optional
        Judges whether captions speak of what can be heard: ``"embedded"``, or a folder.
    device : str, optional
        Where torch models compute.
    explain : bool
        Keep in each caption's ``trace`` what was weighed for it.
    workers : int
        Sounds listened to side by side; results do not depend on it.
    **options
        Of the method, such as ``beams=4``; ``earwitness methods NAME`` lists them.

    Raises
    ------
    AssetError
        The model's files are missing or are not what they should be.
    OptionError
        There is no such method, preset or option.
    MissingExtraError
        A method, encoder or language model needs torch, which is not installed.

    Examples
    --------
    >>> import earwitness
    >>> earwitness.load().encoder.name
    'tags'
    >>> earwitness.load(preset="wsac", temperature=0.02).method.options.bridge
    'projection'
    """
    from earwitness.captioning.loading import load_captioner

    return load_captioner(
        model,
        method=method,
        preset=preset,
        encoder=encoder,
        lm=lm,
        classifier=classifier,
        device=device,
        explain=explain,
        workers=workers,
        **options,
    )


@lru_cache(maxsize=1)
def _default() -> Captioner:
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
        ``text``, ``score`` (0..1), ``keywords``, ``notes`` and where in the file; ``to_dict()`` for JSON.

    Raises
    ------
    AudioError
        The sound is missing, empty, unreadable or not finite; the message says which.

    Examples
    --------
    >>> import earwitness, numpy as np
    >>> result = earwitness.caption((np.random.default_rng(0).normal(0, 0.1, 48000).clip(-1, 1), 16000))
    >>> result.method, result.encoder, 0 <= result.score <= 1
    ('wsac', 'tags', True)
    """
    return _default().caption(source)
