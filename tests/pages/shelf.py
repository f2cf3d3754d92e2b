"""The folder that every page of the book begins in: the example sounds, an evening, a film, a few tables."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

import numpy as np
import soundfile

PROJECT = Path(__file__).resolve().parents[2]
EXAMPLES = PROJECT / "examples"
RATE = 22050

# a recording of forty seconds, and what is heard in it from when
EVENING = {"rooster.wav": (4.0,), "bell.wav": (14.0,), "horse.wav": (24.0,), "kitten.wav": (33.0, 34.2, 35.4)}
SUBTITLES = """1
00:00:01,000 --> 00:00:03,500
It will be morning soon.

2
00:00:20,000 --> 00:00:23,000
Listen. Somebody is coming.
"""
CAPTIONS = EXAMPLES / "captions.csv"
REFERENCES = """file_name,caption_1,caption_2
bell.wav,Church bells ring,A large bell tolls slowly
horse.wav,A horse trots by,Hooves clatter on a road
kitten.wav,A kitten meows,A small cat cries
trumpet.wav,Someone plays the trumpet,A trumpet plays a short tune
"""


def evening() -> np.ndarray:
    """Forty seconds at dusk, (frames,): very soft noise, and one sound after the other."""
    samples = np.random.default_rng(7).normal(0, 2e-5, 40 * RATE)
    for name, starts in EVENING.items():
        sound, rate = soundfile.read(EXAMPLES / name, always_2d=True)
        at = np.arange(int(len(sound) * RATE / rate)) * rate / RATE
        part = np.interp(at, np.arange(len(sound)), sound[:, 0])[: int(8 * RATE)]
        for first in (int(start * RATE) for start in starts):
            samples[first : first + len(part)] += 0.7 * part
    return samples.clip(-1, 1)


def fill(folder: Path) -> None:
    """Lay out all that the pages name."""
    recordings = folder / "recordings"
    recordings.mkdir()
    for sound in sorted([*EXAMPLES.glob("*.wav"), *EXAMPLES.glob("*.mp3")]):
        shutil.copy(sound, folder)
    for name in ("bell.wav", "horse.wav", "kitten.wav", "trumpet.wav"):
        shutil.copy(EXAMPLES / name, recordings)
    soundfile.write(folder / "evening.flac", evening(), RATE)
    (folder / "film.en.srt").write_text(SUBTITLES, encoding="utf-8")
    (folder / "references.csv").write_text(REFERENCES, encoding="utf-8")
    shutil.copy(CAPTIONS, folder / "captions.csv")
    for name in ("audible", "inaudible"):
        lines = (PROJECT / "data" / "audibility" / f"{name}.txt").read_text(encoding="utf-8").splitlines()
        (folder / f"{name}.txt").write_text("\n".join(lines[:40]) + "\n", encoding="utf-8")
    if shutil.which("ffmpeg"):
        shutil.copy(film(), folder / "film.mkv")


@cache
def film() -> Path:
    """The evening as a film of grey pictures, made once a run."""
    import tempfile

    folder = Path(tempfile.mkdtemp(prefix="earwitness-film-"))
    soundfile.write(folder / "sound.wav", evening(), RATE)
    made = folder / "film.mkv"
    command = ["ffmpeg", "-loglevel", "error", "-f", "lavfi", "-i", "color=gray:size=160x90:rate=5"]
    command += ["-i", str(folder / "sound.wav"), "-shortest", "-c:v", "mpeg4", "-c:a", "libvorbis"]
    subprocess.run([*command, str(made)], check=True, timeout=120)
    return made
