"""The second ear: its front end against a plain twin, its names, and when its word counts."""

from __future__ import annotations

import math

import numpy as np
import pytest

from earwitness.encoders.tags import effects

SECOND = effects.RATE


def noise(seconds: float, level: float = 0.1, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, level, int(seconds * SECOND)).clip(-1, 1).astype(np.float32)


def plain_frame(samples: np.ndarray, start: int) -> list[float]:
    """One frame of the paper's front end, number by number."""
    windowed = [
        float(samples[start + i]) * (0.5 - 0.5 * math.cos(2 * math.pi * i / effects.FRAME))
        for i in range(effects.FRAME)
    ]
    power = np.abs(np.fft.rfft(np.array(windowed))) ** 2

    def hertz(mel: float) -> float:
        return 700 * (10 ** (mel / 2595) - 1)

    top = 2595 * math.log10(1 + 22050 / 700)
    edges = [hertz(top * i / 97) for i in range(98)]
    bands = []
    for left, centre, right in zip(edges, edges[1:], edges[2:], strict=False):
        total = weighted = 0.0
        for k, value in enumerate(power):
            f = k * effects.RATE / effects.FRAME
            weight = max(0.0, min((f - left) / (centre - left), (right - f) / (right - centre)))
            total += weight
            weighted += weight * value
        bands.append(math.log10(10_000 * weighted / total + 1) / 9.4578)
    return bands


def test_front_end_is_the_papers() -> None:
    samples = noise(0.3)
    frames, _ = effects.spectrogram(samples)
    for row in (0, 3):
        np.testing.assert_allclose(frames[row], plain_frame(samples, row * effects.HOP), atol=2e-5)


def test_a_short_sound_is_padded() -> None:
    frames, _ = effects.spectrogram(noise(0.01))
    assert frames.shape == (1, effects.BANDS)
    assert effects.listen(noise(0.01)).probabilities.shape == (len(effects.categories()),)


def test_categories_are_the_ucs_without_archived() -> None:
    names = effects.categories()
    assert len(names) == 81
    assert list(names) == sorted(names)
    assert {"fire", "rain", "clocks", "voices", "wind"} <= set(names)
    assert all(all(words) for words in effects.synonyms())


def test_every_output_of_both_heads_is_one_category() -> None:
    for (outputs, places), count in zip(effects._outputs(), (78, 79), strict=True):
        assert sorted(outputs) == list(range(count))
        assert len(set(places)) == count
    # what was measured on recordings of these
    names, (head0, head1) = effects.categories(), effects._outputs()
    for name, first, second in (("clocks", 13, 14), ("fire", 29, 30), ("rain", 55, 55), ("wind", 75, 75)):
        at = names.index(name)
        assert head0[0][list(head0[1]).index(at)] == first
        assert head1[0][list(head1[1]).index(at)] == second


def test_the_same_sound_is_heard_the_same() -> None:
    samples = noise(4)
    first, second = effects.listen(samples), effects.listen(samples)
    assert (first.probabilities == second.probabilities).all()
    assert first.probabilities.sum() == pytest.approx(1, abs=1e-5)
    assert 0 <= first.entropy <= math.log(len(effects.categories()))


def test_the_loudest_stretch_is_heard() -> None:
    quiet, loud = noise(4, 0.001), noise(effects.BLOCK_SAMPLES / SECOND + 0.001, 0.3, seed=1)
    found = effects.loudest_block(np.concatenate([quiet, loud, quiet]))
    assert len(found) == effects.BLOCK_SAMPLES
    assert np.sqrt((found**2).mean()) > 0.28
    steady = np.full(6 * SECOND, 0.1, np.float32)
    assert effects.loudest_block(steady) is not steady
    np.testing.assert_array_equal(effects.loudest_block(steady), steady[: effects.BLOCK_SAMPLES])


def test_a_narrow_band_is_not_trusted() -> None:
    samples = noise(3)
    spectrum = np.fft.rfft(samples)
    spectrum[int(12_000 / SECOND * len(samples)) :] = 0
    narrow = np.fft.irfft(spectrum, len(samples)).astype(np.float32)
    assert effects.listen(samples).high_band > -10
    assert effects.listen(narrow) is None  # and the network is not asked


def test_silence_says_nothing() -> None:
    assert effects.listen(np.zeros(SECOND, np.float32)) is None
