"""How well texts fit a sound, for choosing among names, captions and ends of sentences alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from earwitness.common.arrays import Doubles, Floats

if TYPE_CHECKING:
    from earwitness.encoders.background import Background

RARE = 0.1  # cosine that a standard deviation above the usual match is worth


def fit(
    texts: Floats,
    sound: Floats,
    background: Background | None,
    usual: tuple[Floats, Floats] | None = None,
) -> Doubles:
    """Cosine, and a tenth of how far above its usual match each text is: near things count, and rare ones.

    Parameters
    ----------
    texts : (n, dim) float32, unit rows
    sound : (dim,) float32
    background : Background, optional
        Without it the cosine alone.
    usual : ``background.usual_match(texts)``, optional
        Where it is known already.

    Returns
    -------
    (n,) float64

    Examples
    --------
    >>> fit(np.eye(2, dtype=np.float32), np.array([0.6, 0.8], np.float32), None).round(2).tolist()
    [0.6, 0.8]
    """
    cosines = np.asarray(texts @ sound, np.float64)
    if background is None:
        return cosines
    return cosines + RARE * background.standardised(sound, texts, usual)
