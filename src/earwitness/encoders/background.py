"""Scores that mean the same everywhere: a cosine against the encoder's own background of mismatched pairs."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path

import numpy as np
import numpy.typing as npt

from earwitness.common.arrays import Floats

STEADY = 0.02  # added to a sentence's spread, so that one that matches nothing is not blown up


class Background:
    """Unlabelled sounds in an encoder's space, and how sentences match sounds that they do not describe.

    Parameters
    ----------
    sounds : (m, dim) float32, unit rows
        Embeddings of varied sounds.
    quantiles : (q,) float32, ascending
        Evenly spaced quantiles, 0 to 1, of the cosine between these sounds and sentences about others.
    """

    def __init__(self, sounds: Floats, quantiles: Floats) -> None:
        self.sounds, self.quantiles = sounds, quantiles

    @cached_property
    def usual(self) -> tuple[Floats, Floats]:
        """Mean and standard deviation of every axis over the sounds, (dim,) each."""
        return self.sounds.mean(0), self.sounds.std(0)

    @classmethod
    def read(cls, path: Path) -> Background:
        """Read ``background.safetensors``."""
        from safetensors.numpy import load_file

        tensors = load_file(path)
        return cls(tensors["sounds"].astype(np.float32), tensors["quantiles"].astype(np.float32))

    def percentile(self, cosines: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Share of mismatched pairs with a smaller cosine, 0..1: any shape -> the same shape.

        >>> Background(np.eye(2, dtype=np.float32), np.array([0, 0.5, 1], np.float32)).percentile(0.25).item()
        0.25
        """
        ranks = np.linspace(0, 1, len(self.quantiles))
        return np.asarray(np.interp(np.asarray(cosines, np.float64), self.quantiles, ranks))

    def usual_match(self, texts: Floats) -> tuple[Floats, Floats]:
        """Mean and standard deviation of each sentence's match over the sounds: (n, dim) -> two (n,)."""
        usual = texts @ self.sounds.T
        return usual.mean(1), usual.std(1)

    def standardised(
        self, sound: Floats, texts: Floats, usual: tuple[Floats, Floats] | None = None
    ) -> Floats:
        """How far above its usual match each sentence matches a sound: (dim,) and (n, dim) -> (n,).

        Of several sounds, (sounds, dim) -> (sounds, n): what is usual for a sentence is the same for all.

        A sentence that matches everything a little ("a man gives a speech") has a high mean over the
        background, so its match with this sound counts for less. In standard deviations. ``usual``, of
        ``usual_match``, spares those who ask about the same sentences again and again.
        """
        mean, spread = self.usual_match(texts) if usual is None else usual
        return np.asarray(((texts @ sound.T).T - mean) / (spread + STEADY), np.float32)

    def given(self, sound: Floats, texts: Floats) -> Floats:
        """How far above its usual match each sentence matches a sound that another sentence matches.

        Sounds that a rooster's crow matches also match birdsong a little, so that birdsong has to match this
        one better than that to be heard beside it. A background sound counts by the square of its match with
        the other sentence.

        Parameters
        ----------
        sound : (dim,) float32
        texts : (n, dim) float32

        Returns
        -------
        (n, n) float32, at [a, b] sentence b's match given sentence a, in standard deviations

        Examples
        --------
        >>> crow, song, rain = np.eye(3, dtype=np.float32)
        >>> sounds = np.array([[0.9, 0.4, 0], [0.9, 0.5, 0], [0, 0, 1], [0, 0.1, 1]], np.float32)
        >>> background = Background(sounds, np.array([0, 1], np.float32))
        >>> heard = np.array([0.9, 0.45, 0], np.float32)
        >>> background.standardised(heard, song[None]).item() > 0.8
        True
        >>> abs(background.given(heard, np.stack([crow, song]))[0, 1].item()) < 0.1
        True
        """
        usual = (texts @ self.sounds.T).astype(np.float64)
        weight = np.maximum(usual, 0) ** 2 + 1e-12  # all alike where no sound matches
        weight /= weight.sum(1, keepdims=True)
        mean = weight @ usual.T
        spread = np.sqrt(np.maximum(weight @ (usual**2).T - mean**2, 0))
        return np.asarray((texts @ sound - mean) / (spread + STEADY), np.float32)


def calibrated(cosines: npt.NDArray[np.floating], background: Background | None) -> npt.NDArray[np.float64]:
    """Scores of matches, 0..1: percentiles in the background, or the bare cosines where an encoder has none.

    >>> calibrated(np.array([-0.5, 0.25]), None).tolist()
    [0.0, 0.25]
    """
    if background is None:
        return np.asarray(np.clip(cosines, 0, 1), np.float64)
    return background.percentile(cosines)
