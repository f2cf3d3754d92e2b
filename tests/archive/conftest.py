"""Sounds that differ, and a captioner that hears them by their names: quick, and with known answers."""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from earwitness.archive import Archive
from earwitness.audio import read_clip
from earwitness.captioning.options import Outcome
from earwitness.common.caption import Caption, Keyword
from earwitness.common.errors import EarwitnessError
from earwitness.encoders.base import normalise

AXES = ("dog", "rain", "bell", "engine", "bird", "crowd")
RATE = 8000


class WordEncoder:
    """An axis a word; a text lies on the axes that it names."""

    name, rate, window_seconds, dim = "words", RATE, 10.0, len(AXES)

    def embed_text(self, texts: Any) -> np.ndarray:
        rows = [[float(axis in text.lower()) + 0.01 for axis in AXES] for text in texts]
        return normalise(np.array(rows, np.float32))

    def embed_audio(self, clips: Any) -> np.ndarray:
        return self.embed_text([Path(c.source).stem for c in clips])


class NameCaptioner:
    """Says of a file what its name says; reads it all the same, so what is no sound is an error."""

    encoder = WordEncoder()

    def __init__(self, seconds: float = 10.0) -> None:
        self.asked: list[str] = []
        self.seconds = seconds

    def caption_many(self, sources: Any, options: Any) -> Iterator[Outcome]:
        for source in sources:
            self.asked.append(source)
            try:
                clip = read_clip(source, RATE)
            except EarwitnessError as error:
                yield Outcome(source, (), error)
                continue
            yield Outcome(source, tuple(self.captions(source, clip.seconds)))

    def captions(self, source: str, seconds: float) -> Iterator[Caption]:
        words = Path(source).stem.encode("utf-8", "replace").decode().replace("_", " ")
        vector = self.encoder.embed_text([words])[0]
        keywords = tuple(Keyword(a.capitalize(), 0.6) for a in AXES if a in words)
        for i in range(math.ceil(seconds / self.seconds - 1e-6)):
            start, end = i * self.seconds, min((i + 1) * self.seconds, seconds)
            yield Caption(source, start, end, f"A {words}", 0.9, keywords, "names", "words", embedding=vector)


def make_sound(path: Path, seconds: float = 1.0, seed: int | None = None) -> Path:
    """A noise of its own for every name."""
    rng = np.random.default_rng(zlib.crc32(bytes(path.name, "utf-8", "replace")) if seed is None else seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = rng.normal(0, 0.1, round(RATE * seconds)).clip(-1, 1)
    with path.open("wb") as file:
        soundfile.write(file, samples, RATE, format="WAV")
    return path


@pytest.fixture
def captioner() -> NameCaptioner:
    return NameCaptioner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "sounds"
    for name in (
        "dog_barks",
        "dog_and_rain",
        "rain_falls",
        "bell_rings",
        "field/bird_sings",
        "field/engine_idles",
    ):
        make_sound(root / f"{name}.wav")
    return root


@pytest.fixture
def archive(tmp_path: Path) -> Iterator[Archive]:
    with Archive(tmp_path / "sounds.db", create=True, encoder=WordEncoder()) as made:
        yield made
