"""The contract of a classifier of what can be heard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt


class AudibilityClassifier(Protocol):
    """Whether a sentence speaks of something that can be heard (audibility guidance, section 3)."""

    name: str

    def audibility(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """P(audible) of whole sentences or their beginnings: (n,) strings -> (n,), 0..1.

        A classifier remembers what it was asked (``encoders/text_cache.py``): guidance asks about nearly the
        same texts again and again.
        """
        ...
