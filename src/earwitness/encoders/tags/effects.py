"""aiSFX: a second ear for recordings that carry the whole band, trained on sound-effect libraries.

Ma & Lerch, "Representation Learning for the Automatic Indexing of Sound Effects Libraries" (ISMIR 2022): a
network of eight convolutions that names the categories of the Universal Category System (UCS). Front end as
in the paper: 44.1 kHz, frames of 2048 samples every 1024 (Hann), power, 96 mel bands (HTK's scale) of unit
sum over the whole band, log10(10,000 x + 1) / 9.4578, blocks of 100 frames (2.3 s).

It learned from studio recordings: where a recording has nothing above 16 kHz (most of the web's, and games'
of 8 bits) its answers scatter, voices excepted. So it says how full the band is and how sure it is, and its
listeners ask ``trusted`` first.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from earwitness.common.arrays import Floats
from earwitness.encoders.runtime import asset, session

RATE = 44100
FRAME, HOP = 2048, 1024
BANDS, HIGHEST = 96, 22050.0  # mel bands from 0 Hz up
GAIN, SCALE = 10_000.0, 9.4578
BLOCK_FRAMES = 100
BLOCK_SAMPLES = (BLOCK_FRAMES - 1) * HOP + FRAME  # 2.3 s
FULL_BAND = 16_000.0  # Hz, above which a recording of the whole band still has energy


@dataclass(frozen=True, eq=False)
class Effects:
    """What the second ear heard in one stretch of sound.

    ``probabilities`` (categories,) sum to one, in the order of ``categories()``; ``entropy`` is theirs in
    nats, 0 for sure; ``high_band`` is the share of the power that lies above 16 kHz, in decibels (-120 where
    there is none).
    """

    probabilities: Floats
    entropy: float
    high_band: float

    def packed(self) -> Floats:
        """All of it as one array: probabilities, entropy, high_band."""
        return np.append(self.probabilities, [self.entropy, self.high_band]).astype(np.float32)

    @classmethod
    def unpacked(cls, row: Floats) -> Effects:
        """What ``packed`` made an array of."""
        return cls(row[:-2], float(row[-2]), float(row[-1]))

    @property
    def trusted(self) -> bool:
        """Whether its word counts: a full band, and an answer that is one."""
        return self.high_band >= HIGH_BAND_LEAST and self.entropy <= ENTROPY_MOST


HIGH_BAND_LEAST = -75.0
ENTROPY_MOST = 2.5


@lru_cache(maxsize=1)
def categories() -> tuple[str, ...]:
    """The categories of the UCS that the network tells apart, in lower case."""
    return tuple(row["category"] for row in _table())


@lru_cache(maxsize=1)
def synonyms() -> tuple[tuple[str, ...], ...]:
    """Words for each category, as captions use them."""
    return tuple(tuple(row["words"].split("; ")) for row in _table())


@lru_cache(maxsize=1)
def classes() -> tuple[tuple[str, ...], ...]:
    """The AudioSet classes that each category speaks of; none where its word is not taken (voices)."""
    return tuple(tuple(n for n in row["classes"].split("; ") if n) for row in _table())


@lru_cache(maxsize=1)
def _table() -> tuple[dict[str, str], ...]:
    with asset("effects-categories.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@lru_cache(maxsize=1)
def _outputs() -> tuple[tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]], ...]:
    """For each head, which of its outputs is which category: (outputs, categories)."""
    found = []
    for head in ("head0", "head1"):
        known = [(int(row[head]), i) for i, row in enumerate(_table()) if row[head]]
        outputs, places = np.array(known, np.intp).T
        found.append((outputs, places))
    return tuple(found)


# Categories of sounds that are made, not recorded: what the network takes for one of them is another.
MADE = ("cartoon", "designed", "lasers", "magic", "natural disaster", "robots", "scifi")


@lru_cache(maxsize=1)
def _made() -> npt.NDArray[np.intp]:
    return np.array([categories().index(name) for name in MADE])


@lru_cache(maxsize=1)
def mel_matrix() -> Floats:
    """(1025, 96) triangles between neighbouring band edges, linear in Hz, each summing to one."""
    edges = 700 * np.expm1(np.linspace(0, np.log1p(HIGHEST / 700), BANDS + 2))
    bins = np.linspace(0, RATE / 2, FRAME // 2 + 1)[:, None]
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    filters = np.maximum(0, np.minimum((bins - left) / (centre - left), (right - bins) / (right - centre)))
    return np.asarray(filters / filters.sum(0), np.float32)


@lru_cache(maxsize=1)
def _window() -> Floats:
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)).astype(np.float32)


def spectrogram(samples: Floats) -> tuple[Floats, npt.NDArray[np.float64]]:
    """Log-mel frames of a sound, and its mean power spectrum.

    Parameters
    ----------
    samples : (n,) float32 at 44.1 kHz

    Returns
    -------
    (frames, 96) float32 and (1025,) float64; the end is padded with zeros to a whole frame
    """
    hops = -(-max(len(samples) - FRAME, 0) // HOP)
    padded = np.zeros(FRAME + hops * HOP, np.float32)
    padded[: len(samples)] = samples
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP] * _window()
    spectra = np.fft.rfft(frames)
    power = np.asarray(spectra.real**2 + spectra.imag**2, np.float32)
    log_mel = np.log10(GAIN * (power @ mel_matrix()) + 1) / np.float32(SCALE)
    return np.asarray(log_mel, np.float32), power.mean(0, dtype=np.float64)


def loudest_block(samples: Floats, size: int = BLOCK_SAMPLES) -> Floats:
    """The ``size`` samples with most energy, 2.3 s at 44.1 kHz unless given: (n,) float32 -> at most (size,).

    >>> sound = np.zeros(5 * RATE, np.float32); sound[4 * RATE :] = 0.5
    >>> bool(loudest_block(sound)[-1] > 0)
    True
    """
    if len(samples) <= size:
        return samples
    hops = (len(samples) - size) // HOP + 1
    starts = np.append(np.arange(hops) * HOP, len(samples) - size)
    # energy up to each place that is asked for, summed between one and the next
    places = np.unique(np.concatenate([[0], starts, starts + size]))
    squares = np.add.reduceat(np.square(samples, dtype=np.float64), places[:-1])
    energy = np.concatenate([[0.0], np.cumsum(squares)])
    ends, begins = np.searchsorted(places, starts + size), np.searchsorted(places, starts)
    gain = energy[ends] - energy[begins]
    # of equals the first: a steady sound is heard from its beginning
    first = int(starts[np.flatnonzero(gain >= gain.max() * (1 - 1e-9))[0]])
    return samples[first : first + size]


def listen(samples: Floats) -> Effects | None:
    """Hear the loudest 2.3 s of a sound; None where its band is not full, for then no word of it counts.

    Parameters
    ----------
    samples : (n,) float32 at 44.1 kHz, from a source of at least that rate

    Returns
    -------
    Effects or None

    Examples
    --------
    >>> noise = np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32)
    >>> heard = listen(noise)
    >>> heard.probabilities.shape == (len(categories()),), round(float(heard.probabilities.sum()), 3)
    (True, 1.0)
    """
    frames, power = spectrogram(loudest_block(samples))
    high_band = _high_band(power)
    if high_band < HIGH_BAND_LEAST:
        return None
    block = np.zeros((1, BLOCK_FRAMES, BANDS), np.float32)
    block[0, : len(frames)] = frames[:BLOCK_FRAMES]
    p = _combined(session(asset("effects.onnx")).run(None, {"blocks": block}))
    return Effects(p, float(-(p * np.log(np.maximum(p, 1e-12))).sum()), high_band)


def listen_at(samples: Floats, rate: int) -> Effects | None:
    """``listen`` to samples at any rate from 44.1 kHz up, (n,) float32; the loudest part is resampled."""
    if rate == RATE:
        return listen(samples)
    import soxr

    part = loudest_block(samples, -(-BLOCK_SAMPLES * rate // RATE))
    return listen(np.asarray(soxr.resample(part, rate, RATE, quality="HQ"), np.float32))


def _combined(logits: list[Floats]) -> Floats:
    """The heads' probabilities of each category, averaged over the heads that know it."""
    total = np.zeros(len(categories()), np.float64)
    heads = np.zeros(len(categories()))
    for row, (outputs, places) in zip(logits, _outputs(), strict=True):
        p = np.exp(row[0].astype(np.float64) - row[0].max())
        p /= p.sum()
        total[places] += p[outputs]
        heads[places] += 1
    mean = total / heads
    mean[_made()] = 0
    return np.asarray(mean / mean.sum(), np.float32)


def _high_band(power: npt.NDArray[np.float64]) -> float:
    """Share of the power above 16 kHz, in decibels."""
    first = int(np.ceil(FULL_BAND * FRAME / RATE))
    return float(max(-120.0, 10 * np.log10(max(power[first:].sum(), 1e-30) / max(power.sum(), 1e-12))))
