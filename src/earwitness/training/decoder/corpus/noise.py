"""What stands in for the sounds that training never hears: noise, and a shift (WSAC, section 3.2).

The published program returns the embedding unchanged where the noise is zero, so that its shift is never
applied alone; here it is. ``skip_shift_without_noise`` reproduces the published rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from earwitness.common.arrays import Floats
from earwitness.common.errors import OptionError
from earwitness.encoders.base import normalise


@dataclass(frozen=True)
class NoiseOptions:
    """How text embeddings are perturbed in training."""

    # variance of the Gaussian noise in every coordinate; 0 is none
    variance: float = 0.0
    # leave the shift out where the variance is 0, as the published program does
    skip_shift_without_noise: bool = False
    # mean embedding of sounds less that of texts, one number a coordinate; empty is none
    shift: tuple[float, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if not self.variance >= 0:
            raise OptionError(f"the variance of the noise is not below 0, it cannot be {self.variance}.")


def inject(vectors: Floats, options: NoiseOptions, rng: np.random.Generator) -> Floats:
    """Perturb embeddings: x <- normalise(normalise(x) + sqrt(v) N(0, I) + shift).

    Parameters
    ----------
    vectors : (n, dim) float32
    options : NoiseOptions
    rng : numpy.random.Generator

    Returns
    -------
    (n, dim) float32, unit rows

    Raises
    ------
    OptionError
        The shift has another dimension than the embeddings.

    >>> x = np.array([[0.6, 0.8]], np.float32)
    >>> inject(x, NoiseOptions(shift=(0.2, -0.8)), np.random.default_rng(0)).round(3).tolist()
    [[1.0, 0.0]]
    """
    out = normalise(vectors)
    noise, shift = options.variance > 0, len(options.shift) > 0
    if noise:
        out = out + np.float32(np.sqrt(options.variance)) * rng.standard_normal(out.shape, np.float32)
    if shift and (noise or not options.skip_shift_without_noise):
        if len(options.shift) != out.shape[1]:
            raise OptionError(
                f"the shift has {len(options.shift)} dimensions, the embeddings have {out.shape[1]}; "
                "estimate it with the same encoder."
            )
        out = out + np.array(options.shift, np.float32)
    return normalise(out)
