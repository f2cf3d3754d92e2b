from __future__ import annotations

import dataclasses
import subprocess
import sys

import numpy as np
import pytest

from earwitness.audio import SILENCE_PEAK, AudioLimits, Clip
from earwitness.common.errors import EmptyAudioError, InvalidSamplesError, OptionError


def test_times_are_seconds_from_the_beginning_of_the_file() -> None:
    clip = Clip(np.zeros(24000, np.float32), 16000, start=3.0)
    assert (clip.seconds, clip.end) == (1.5, 4.5)


def test_is_frozen_and_keeps_the_array_it_was_given() -> None:
    samples = np.zeros(10, np.float32)
    clip = Clip(samples, 16000)
    assert clip.samples is samples
    with pytest.raises(dataclasses.FrozenInstanceError):
        clip.rate = 8000  # type: ignore[misc]


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.zeros(4), "1-D float32 array, not float64"),
        (np.zeros((4, 2), np.float32), r"not float32 \(4, 2\)"),
        ([0.0, 0.1], "not list"),
        (np.array([0, 1.5], np.float32), r"lie in \[-1, 1\], but these reach 1.5"),
        (np.array([0, 0, np.nan], np.float32), "sample 2 .* is nan"),
    ],
)
def test_refuses_what_is_no_mono_float32(samples: object, message: str) -> None:
    with pytest.raises(InvalidSamplesError, match=message):
        Clip(samples, 16000)  # type: ignore[arg-type]


def test_refuses_no_samples_odd_rates_and_odd_starts() -> None:
    some = np.zeros(4, np.float32)
    with pytest.raises(EmptyAudioError, match="holds no samples"):
        Clip(some[:0], 16000)
    for rate in (0, -1, 44.1, True):
        with pytest.raises(InvalidSamplesError, match="positive whole number of Hz"):
            Clip(some, rate)  # type: ignore[arg-type]
    with pytest.raises(InvalidSamplesError, match="finite second"):
        Clip(some, 16000, start=float("nan"))


@pytest.mark.parametrize(
    ("dtype", "half"),
    [
        ("uint8", 192),
        ("int8", 64),
        ("int16", 2**14),
        (">i2", 2**14),
        ("uint16", 2**15 + 2**14),
        ("int32", 2**30),
        ("float16", 0.5),
        ("float32", 0.5),
        ("float64", 0.5),
        (">f4", 0.5),
    ],
)
def test_integers_are_scaled_by_their_type_and_floats_are_taken_as_they_are(dtype: str, half: float) -> None:
    clip = Clip.from_array(np.full(1000, half, dtype=dtype), 8000)
    assert clip.samples.dtype == np.float32
    assert np.all(clip.samples == 0.5)
    assert clip.notes == ("silent",), "a constant is an offset, and nothing is heard"


def test_64_bit_integers_are_smaller_ones_that_numpy_widened() -> None:
    clip = Clip.from_array([0, 16384] * 4000, 8000)
    assert clip.samples.max() == 0.5
    assert clip.notes == ("scaled: divided by 32768",)


def test_floats_beyond_full_scale_are_clipped_and_unscaled_ones_are_divided() -> None:
    wave = np.sin(np.arange(8000) / 5)
    loud = Clip.from_array(3 * wave, 8000)
    assert loud.notes == ("clipped",)
    np.testing.assert_allclose(loud.samples, np.clip(3 * wave, -1, 1), atol=1e-6)
    raw = Clip.from_array(32768 * wave, 8000)
    assert raw.notes == ("scaled: divided by 32768",)
    np.testing.assert_allclose(raw.samples, wave, atol=1e-6)


def test_a_level_that_was_cut_off_is_noted_and_a_tone_at_full_scale_is_not() -> None:
    wave = np.sin(np.arange(8000) / 5)
    assert Clip.from_array(np.round(wave * 32767).astype(np.int16), 8000).notes == ()
    cut = np.clip(np.round(wave * 50000), -32768, 32767).astype(np.int16)
    assert Clip.from_array(cut, 8000).notes == ("clipped",)


def test_zeros_and_dither_are_silent_and_the_faintest_tone_is_not(rng: np.random.Generator) -> None:
    dither = rng.integers(-1, 2, 8000).astype(np.int16)
    assert Clip.from_array(0 * dither, 8000).notes == ("silent",)
    assert Clip.from_array(dither, 8000).notes == ("silent",)
    assert Clip.from_array(3 * dither, 8000).notes == ()
    assert SILENCE_PEAK == 2 / 32768


def test_channels_are_mixed_to_their_mean() -> None:
    left, right = np.full(1000, 0.5), np.full(1000, 0.25)
    np.testing.assert_allclose(Clip.from_array(np.stack([left, right], 1), 8000).samples, 0.375)


def test_channels_that_cancel_leave_the_loudest() -> None:
    wave = 0.5 * np.sin(np.arange(8000) / 5)
    clip = Clip.from_array(np.stack([-0.99 * wave, wave], 1), 8000)
    np.testing.assert_allclose(clip.samples, wave, atol=1e-6)
    assert clip.notes == ("out of phase: the loudest channel was kept",)


def test_one_loud_channel_among_many_is_no_cancellation() -> None:
    sound = np.zeros((8000, 32))
    sound[:, 7] = np.sin(np.arange(8000) / 5)
    clip = Clip.from_array(sound, 8000)
    np.testing.assert_allclose(clip.samples, sound[:, 7] / 32, atol=1e-6)
    assert clip.notes == ()


def test_limits_must_be_positive() -> None:
    with pytest.raises(OptionError, match="max_seconds must be more than 0"):
        AudioLimits(max_seconds=0)


def test_importing_brings_in_no_decoder() -> None:
    code = "import sys, earwitness.audio; print([m for m in ('av', 'soundfile', 'soxr') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"
