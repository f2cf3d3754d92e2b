"""Several vectors of one sound: the whole of it, its surest moments, and its beginning, middle and end.

A mean over all patches forgets what was heard only once, or first, or last. The patches know it: so a decoder
may be handed more than the mean.
"""

from __future__ import annotations

import numpy as np

from earwitness.common.arrays import Floats
from earwitness.encoders.base import normalise

VIEWS = ("whole", "peak", "beginning", "middle", "end")
PEAK_SHARE = 8  # the peak of an axis is its mean over the surest eighth of the patches
LEAST_PATCHES = 3  # fewer have no beginning, middle and end


def views(patches: Floats) -> Floats:
    """Vectors of one sound in the order of ``VIEWS``.

    Parameters
    ----------
    patches : (patches, axes) float32
        Probabilities in order of time.

    Returns
    -------
    (5, axes) float32, unit rows

    Examples
    --------
    >>> heard = np.array([[0.9, 0.0], [0.0, 0.1], [0.0, 0.9]], np.float32)
    >>> views(heard).argmax(1).tolist()
    [1, 0, 0, 1, 1]
    """
    count = len(patches)
    whole = patches.mean(0)
    peak = np.sort(patches, 0)[-max(1, count // PEAK_SHARE) :].mean(0)
    thirds = [t.mean(0) for t in np.array_split(patches, 3)] if count >= LEAST_PATCHES else [whole] * 3
    return normalise(np.sqrt(np.minimum(np.stack([whole, peak, *thirds]), 1)))
