"""Tones with known answers, and sound files made of them on the fly."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
import soundfile

from earwitness.audio import Clip


@pytest.fixture(scope="session")
def encode() -> Callable[..., bytes]:
    def encode(
        samples: np.ndarray, rate: int = 16000, kind: str = "WAV", subtype: str | None = None
    ) -> bytes:
        file = io.BytesIO()
        soundfile.write(file, samples, rate, format=kind, subtype=subtype)
        return file.getvalue()

    return encode


@pytest.fixture(scope="session")
def tone() -> Callable[..., np.ndarray]:
    def tone(rate: int = 16000, seconds: float = 2.0, frequency: float = 440.0) -> np.ndarray:
        return 0.5 * np.sin(2 * np.pi * frequency * np.arange(round(rate * seconds)) / rate)

    return tone


@pytest.fixture(scope="session")
def peak_of() -> Callable[[Clip], tuple[float, float]]:
    def peak_of(clip: Clip) -> tuple[float, float]:
        """(frequency in Hz, amplitude) of the strongest tone in the middle second of a clip."""
        first = (len(clip.samples) - clip.rate) // 2
        window = np.hanning(clip.rate)
        spectrum = np.abs(np.fft.rfft(clip.samples[first : first + clip.rate] * window))
        return float(spectrum.argmax()), float(spectrum.max() / (window.sum() / 2))

    return peak_of
