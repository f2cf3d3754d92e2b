"""A film with two audio streams, sounds at known times and subtitles: descriptions woven in, cue by cue."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.invoking import invoke

EXAMPLES = Path(__file__).parents[2] / "examples"
RATE = 16000
SPOKEN = (
    "1\n00:00:01,000 --> 00:00:03,000\nWhere is it?\n\n"
    "2\n00:00:05,500 --> 00:00:09,000\n<i>Over there,\nbehind the house.</i>\n\n"
    "3\n00:00:20,000 --> 00:00:24,000\nGood night.\n"
)


def sound_at(name: str, at: float, seconds: float) -> np.ndarray:
    from earwitness.audio import read_clip

    out = np.zeros(round(seconds * RATE), np.float32)
    clip = read_clip(EXAMPLES / name, RATE).samples
    start = round(at * RATE)
    out[start : start + len(clip)] = clip[: len(out) - start]
    return out


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Colour bars; English sound: a rooster at 5 s and a horse at 15 s; German sound: a kitten at 10 s."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("ffmpeg is not installed")
    pytest.importorskip("av", reason="the extra av is not installed")
    folder = tmp_path_factory.mktemp("film")
    english = sound_at("rooster.wav", 5, 30) + sound_at("horse.wav", 15, 30)
    soundfile.write(folder / "en.wav", english, RATE)
    soundfile.write(folder / "de.wav", sound_at("kitten.wav", 10, 30), RATE)
    (folder / "film.srt").write_text(SPOKEN, encoding="utf-8")
    command = [
        "ffmpeg", "-loglevel", "error", "-y", "-f", "lavfi", "-i", "smptebars=size=160x90:rate=10:duration=30",
        "-i", str(folder / "en.wav"), "-i", str(folder / "de.wav"), "-map", "0:v", "-map", "1:a", "-map", "2:a",
        "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=ger", "-disposition:a:0", "default",
        "-c:a", "libopus", "-c:v", "mpeg4", str(folder / "film.mkv"),
    ]  # fmt: skip
    subprocess.run(command, check=True)
    return folder / "film.mkv"


def cues(text: str) -> list[tuple[float, float, str]]:
    found = re.findall(r"(\d+):(\d+):([\d,]+) --> (\d+):(\d+):([\d,]+)\n((?:.+\n?)+)", text)
    second = lambda h, m, s: int(h) * 3600 + int(m) * 60 + float(s.replace(",", "."))  # noqa: E731
    return [(second(*f[:3]), second(*f[3:6]), f[6].strip()) for f in found]


def run(*arguments: object) -> str:
    result = invoke(*arguments)
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def test_descriptions_stand_at_their_sounds_and_beside_what_is_spoken(film: Path, tmp_path: Path) -> None:
    out = tmp_path / "film.sdh.srt"
    run("caption", film, "--style", "sdh", "--into", film.with_suffix(".srt"), "-o", out)
    text = out.read_text(encoding="utf-8")
    for block in SPOKEN.split("\n\n"):
        assert block in text
    found = cues(text)
    sounds = [c for c in found if c[2].startswith("[")]
    spoken = [c for c in found if not c[2].startswith("[")]
    assert len(spoken) == 3
    assert [s[2] for s in sounds if "rooster" in s[2]] and [s[2] for s in sounds if "horse" in s[2]]
    rooster = next(s for s in sounds if "rooster" in s[2])
    horse = next(s for s in sounds if "horse" in s[2])
    # what is spoken stands from 5.5 s to 9 s, so the rooster of 5 s is moved out of its way
    assert abs(rooster[0] - 5) <= 4.2 and abs(horse[0] - 15) <= 0.6
    for start, end, _ in sounds:
        assert 1.0 <= end - start <= 7.0
        assert all(end <= a or start >= z for a, z, _ in spoken)


def test_the_language_that_is_asked_for_is_heard(film: Path, tmp_path: Path) -> None:
    out = tmp_path / "german.vtt"
    run("caption", film, "--stream", "ger", "--style", "sdh", "--specific", "-o", out)
    text = out.read_text(encoding="utf-8")
    assert "cat" in text and "rooster" not in text
    assert re.search(r"00:00:(?:09\.[5-9]|10\.[0-5])", text)


@pytest.mark.parametrize("ending", ["mp4", "webm", "avi", "ts"])
def test_other_containers(film: Path, tmp_path: Path, ending: str) -> None:
    codec = {"mp4": "aac", "webm": "libopus", "avi": "mp3", "ts": "aac"}[ending]
    video = ["-vn"] if ending == "webm" else ["-c:v", "mpeg4"]
    other = tmp_path / f"film.{ending}"
    made = subprocess.run(
        [
            "ffmpeg",
            "-loglevel",
            "error",
            "-y",
            "-i",
            film,
            "-map",
            "0:v?",
            "-map",
            "0:a:0",
            *video,
            "-c:a",
            codec,
            other,
        ],
        check=False,
    )
    if made.returncode:
        pytest.skip(f"this ffmpeg cannot write {codec}")
    run("caption", other, "-o", tmp_path / "out.srt")
    found = cues((tmp_path / "out.srt").read_text(encoding="utf-8"))
    assert any("horse" in c[2] and abs(c[0] - 15) <= 0.6 for c in found)


def test_a_film_without_sound_says_so(film: Path, tmp_path: Path) -> None:
    silent = tmp_path / "silent.mkv"
    subprocess.run(["ffmpeg", "-loglevel", "error", "-i", film, "-an", "-c:v", "copy", silent], check=True)
    result = invoke("caption", silent, "-o", tmp_path / "x.srt")
    assert result.exit_code == 1 and "no audio stream" in result.output
