"""One window through both ears.

The first ear is YAMNet. The second, aiSFX, is asked where the recording has the whole band and the first is
unsure: where it is sure of a category, that one's classes take the place of what the first ear guessed. Where
it is not, both are believed as witnesses of one thing: their probabilities are multiplied, the second's to a
power below 1 (a logarithmic pool of opinions, Genest and Zidek 1986).
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
# An unsure word: what is added to each category's probability, for it rules nothing out; and how much it
# counts, 1 for a witness who has nothing in common with the first
DOUBTED, COUNTS = 0.05, 0.7


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
        patches[:, :CLASSES] = np.minimum(patches[:, :CLASSES] * kept + told, 1)
    return patches, heard


def word_of(heard: effects.Effects, tags: Floats) -> tuple[Floats, Floats]:
    """How the second ear's word changes the first one's probabilities: p · kept + told.

    Where one category has a probability q of ``BELIEVED`` or more, the sound is that with q, and what the
    first ear took it for with 1 - q. The category goes to those of its classes that the first ear holds
    likeliest: to "Chainsaw" rather than "Drill" where there is a trace of one, to "Fire" where there is none.
    Where no category has as much, a class is the likelier the more likely its category is than one of all by
    chance. Of voices and their classes the second ear's word is not taken.

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
    if q < BELIEVED:
        return _times_as_likely(heard.probabilities), told
    if len(classes):
        weight = tags[classes] + AT_FIRST / (1 + np.arange(len(classes)))
        kept[:] = 1 - q
        told[classes] = q * weight / weight.sum()
    return kept, told


def _times_as_likely(categories: Floats) -> Floats:
    """By what an unsure word multiplies each class: (categories,) -> (521,); by 1 where none speaks of it."""
    held = np.full(CLASSES, 1 / len(categories), np.float32)
    for probability, classes in sorted(zip(categories.tolist(), _places(), strict=True), key=_likelihood):
        held[classes] = probability  # a class of several categories is as likely as the likeliest
    times = (held + DOUBTED) / (np.float32(1 / len(categories)) + DOUBTED)
    return np.asarray(times**COUNTS, np.float32)


def _likelihood(category: tuple[float, npt.NDArray[np.intp]]) -> float:
    return category[0]


@lru_cache(maxsize=1)
def _places() -> tuple[npt.NDArray[np.intp], ...]:
    """The axes of each category's classes, the commonest first."""
    place = {name: i for i, name in enumerate(class_names())}
    return tuple(np.array([place[n] for n in names], np.intp) for names in effects.classes())
