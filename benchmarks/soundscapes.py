"""Soundscapes whose onsets are known: ESC-10 foregrounds over a background that begins and ends.

A scene is half a minute of faint noise. A background (rain, sea, a helicopter ...) is faded in within the
first three seconds and out within the last three; over it lie two to four foregrounds (a dog, a rooster, a
baby, a sneeze), each the first burst of its clip: where it begins and ends is measured on the clip alone, where
nothing covers it. The level of a foreground is its RMS over that of the background.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from earwitness.audio import read_clip

RATE = 16000
SECONDS = 30.0
BACKGROUNDS = ("rain", "sea_waves", "helicopter", "fire_crackling", "chainsaw", "clock_tick")
FOREGROUNDS = ("dog_bark", "rooster", "baby_cry", "person_sneeze")
FRAME = RATE // 100  # 10 ms
ACTIVE_DB = 30.0  # a frame this far below the loudest is no part of the sound
JOIN_SECONDS = 0.5  # a gap shorter than this is part of the sound
LEAST_SECONDS = 0.2
APART_SECONDS = 1.5  # from one foreground's end to the next one's beginning
ROOM = 3e-4  # RMS of the noise under all: -70 dB

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Truth:
    """One sound in a scene."""

    onset: float
    offset: float
    label: str
    background: bool


@dataclass(frozen=True)
class Scene:
    """Half a minute of sound, and what is in it."""

    name: str
    samples: Floats
    truth: tuple[Truth, ...]


def load_folds(folder: Path, folds: tuple[int, ...]) -> dict[str, list[Floats]]:
    """ESC-10's clips of some folds by class, at 16 kHz; foregrounds cut to their first burst."""
    out: dict[str, list[Floats]] = {}
    for kind in (*BACKGROUNDS, *FOREGROUNDS):
        files = [p for p in sorted((folder / kind).glob("*.ogg")) if int(p.name[0]) in folds]
        clips = [read_clip(p, RATE).samples for p in files]
        clips = [c for c in map(first_burst if kind in FOREGROUNDS else trimmed, clips)
                 if len(c) >= LEAST_SECONDS * RATE]  # fmt: skip
        out[kind] = clips
    return out


def active(samples: Floats) -> npt.NDArray[np.bool_]:
    """Frames of 10 ms that are loud enough to belong to the sound."""
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME).astype(np.float64)
    level = 10 * np.log10((frames**2).mean(1) + 1e-12)
    return np.asarray(level > level.max() - ACTIVE_DB)


def trimmed(samples: Floats) -> Floats:
    """A clip without the digital silence that ESC-10 pads it with."""
    on = np.flatnonzero(np.abs(samples) > 1e-4)
    return samples[on[0] : on[-1] + 1] if len(on) else samples[:0]


def first_burst(samples: Floats) -> Floats:
    """From the first active frame to the first gap of half a second."""
    on = np.flatnonzero(active(samples))
    gaps = np.flatnonzero(np.diff(on) > JOIN_SECONDS * RATE / FRAME)
    last = on[gaps[0]] if len(gaps) else on[-1]
    return samples[on[0] * FRAME : (last + 1) * FRAME]


def looped(samples: Floats, length: int) -> Floats:
    """A background of any length: the clip again and again, half a second of equal-power crossfade between."""
    fade = min(RATE // 2, len(samples) // 3)
    up = np.sin(np.linspace(0, np.pi / 2, fade)).astype(np.float32)
    out = samples.copy()
    while len(out) < length:
        joint = out[-fade:] * up[::-1] + samples[:fade] * up
        out = np.concatenate([out[:-fade], joint, samples[fade:]])
    return out[:length]


def rms(samples: Floats) -> float:
    return float(np.sqrt((samples.astype(np.float64) ** 2).mean()) + 1e-9)


def make_scene(number: int, clips: dict[str, list[Floats]], level_db: float, seed: int) -> Scene:
    """Scene ``number``; the level changes nothing but the foregrounds' loudness."""
    rng = np.random.default_rng([seed, number])
    n = int(SECONDS * RATE)
    sound = rng.normal(0, ROOM, n)
    begin, end = rng.uniform(0.5, 3.0), rng.uniform(SECONDS - 3.0, SECONDS - 0.5)
    kind = str(rng.choice(BACKGROUNDS))
    a, b = int(begin * RATE), int(end * RATE)
    background = looped(clips[kind][rng.integers(len(clips[kind]))], b - a)
    background = background * (0.05 / rms(background))
    background[: RATE // 50] *= np.linspace(0, 1, RATE // 50)
    background[-RATE // 50 :] *= np.linspace(1, 0, RATE // 50)
    sound[a:b] += background
    truth = [Truth(begin, end, kind, True)]
    place, wanted = begin + rng.uniform(1.5, 6.0), int(rng.integers(2, 5))
    for _ in range(wanted):
        front = str(rng.choice(FOREGROUNDS))
        burst = clips[front][rng.integers(len(clips[front]))]
        seconds = len(burst) / RATE
        if place + seconds > end - 1.0:
            break
        at = int(place * RATE)
        gain = 0.05 * 10 ** (level_db / 20) / rms(burst)
        sound[at : at + len(burst)] += burst * gain
        truth.append(Truth(at / RATE, at / RATE + seconds, front, False))
        place += seconds + APART_SECONDS + rng.exponential(3.0)
    peak = np.abs(sound).max()
    samples = (sound / max(peak, 1.0)).astype(np.float32)
    return Scene(f"{number:03d}-{level_db:g}dB", samples, tuple(truth))
