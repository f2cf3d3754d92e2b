"""The first ear: YAMNet's classes patch by patch, and the side of the voice that is among them."""

from __future__ import annotations

import csv
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from earwitness.common.arrays import Floats
from earwitness.encoders.runtime import asset
from earwitness.encoders.tags.voice import voice_side
from earwitness.encoders.tags.yamnet import PATCH_HOP_SECONDS, probabilities

# AudioSet's order: human voices come first, from "Speech" to "Humming".
SPEECH = slice(0, 5)
VOICES = slice(0, 35)
CRIES = slice(20, 22)  # "Baby cry, infant cry" and "Whimper"
CRYING = slice(19, 24)  # from "Crying, sobbing" to "Sigh": their pitch is not that of who speaks
LIKE_SPEECH = (
    "Animal",
    "Baby cry, infant cry",
    "Bark",
    "Burping, eructation",
    "Cough",
    "Crying, sobbing",
    "Dog",
    "Laughter",
    "Sneeze",
    "Snoring",
)


@lru_cache(maxsize=1)
def class_names() -> tuple[str, ...]:
    """The 521 class names, in the order of the axes."""
    with asset("yamnet-classes.csv").open(encoding="utf-8", newline="") as file:
        return tuple(row["display_name"] for row in csv.DictReader(file))


def heard_patches(samples: Floats) -> Floats:
    """Probability of every axis in every patch: (n,) float32 at 16 kHz -> (patches, 523).

    A cry, a bark or a sneeze sounds a little like speech to YAMNet: where one is heard, that much of the
    speech is it. The voice's axis is as strong as the strongest class of voices that are not crying.
    """
    p = probabilities(samples)
    speech = p[:, SPEECH].max(1)
    # What else could have a pitch of its own: any sound but a voice, and the cries among those
    other = np.maximum(p[:, VOICES.stop :].max(1), p[:, CRIES].max(1))
    told = voice_side(samples, speech, other, PATCH_HOP_SECONDS)
    voice = p[:, VOICES].copy()
    voice[:, CRYING] = 0
    voices = voice[:, [voice.mean(0).argmax()]] * np.array([told], np.float32)
    p[:, SPEECH] *= 1 - p[:, _like_speech()].max(1, keepdims=True)
    return np.concatenate([p, voices], 1).astype(np.float32)


@lru_cache(maxsize=1)
def _like_speech() -> npt.NDArray[np.intp]:
    return np.array([class_names().index(name) for name in LIKE_SPEECH])
