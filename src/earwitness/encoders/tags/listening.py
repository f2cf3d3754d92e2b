"""One window through both ears.

The first ear is YAMNet. The second, aiSFX, is asked where the recording has the whole band and the first is
unsure: where it is sure of a category, that one's classes take the place of what the first ear guessed.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import numpy.typing as npt

from earwitness.audio import Clip
from earwitness.common.arrays import Floats
from earwitness.encoders.tags import effects
from earwitness.encoders.tags.hearing import class_names, heard_patches
from earwitness.encoders.tags.yamnet import CLASSES, RATE

SURE = 0.9  # mean probability from which the first ear needs no second
BELIEVED = 0.6  # probability from which the second ear's category is believed
# In a long sound the second ear is asked for the first minute, and then for ten seconds of every eighty.
ALWAYS_SECONDS, EVERY_SECONDS, WINDOW_SECONDS = 60.0, 80.0, 10.0
AT_FIRST = 0.02  # what a class of a category has of it before the first ear says anything


def both_ears(clip: Clip, start: int, end: int) -> tuple[Floats, effects.Effects | None]:
    """Probabilities of a window's patches, (patches, 523), and what the second ear heard, if it was asked.

    Parameters
    ----------
    clip : Clip
        With ``wide`` for the second ear to be asked.
    start, end : int
        The window, in samples of the clip.
    """
    patches = heard_patches(clip.samples[start:end])
    mean = patches[:, :CLASSES].mean(0)
    at = clip.start + start / RATE
    asked = at < ALWAYS_SECONDS or at % EVERY_SECONDS < WINDOW_SECONDS
    if clip.wide is None or not asked or mean.max() >= SURE:
        return patches, None
    rate = clip.wide.rate
    heard = effects.listen_at(clip.wide.samples[start * rate // RATE : end * rate // RATE], rate)
    if heard is not None and heard.trusted:
        kept, told = word_of(heard, mean)
        patches[:, :CLASSES] = patches[:, :CLASSES] * kept + told
    return patches, heard


def word_of(heard: effects.Effects, tags: Floats) -> tuple[Floats, Floats]:
    """How the second ear's word changes the first one's probabilities: p · kept + told.

    Where one category has a probability q of ``BELIEVED`` or more, the sound is that with q, and what the
    first ear took it for with 1 - q. The category goes to those of its classes that the first ear holds
    likeliest: to "Chainsaw" rather than "Drill" where there is a trace of one, to "Fire" where there is none.

    Parameters
    ----------
    heard : Effects
    tags : (521,) float32
        The first ear's mean probabilities.

    Returns
    -------
    (521,) and (521,) float32
    """
    kept, told = np.ones(CLASSES, np.float32), np.zeros(CLASSES, np.float32)
    best = int(heard.probabilities.argmax())
    q, classes = float(heard.probabilities[best]), _places()[best]
    if q < BELIEVED or not len(classes):
        return kept, told
    weight = tags[classes] + AT_FIRST / (1 + np.arange(len(classes)))
    kept[:] = 1 - q
    told[classes] = q * weight / weight.sum()
    return kept, told


@lru_cache(maxsize=1)
def _places() -> tuple[npt.NDArray[np.intp], ...]:
    """The axes of each category's classes, the commonest first."""
    place = {name: i for i, name in enumerate(class_names())}
    return tuple(np.array([place[n] for n in names], np.intp) for names in effects.classes())
