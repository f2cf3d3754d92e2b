"""Sound that went missing without a note: the file held it, and a decoder had said that it was at its end."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from earwitness.audio import list_streams, read_clip, stream_windows
from earwitness.audio.structure import riff
from earwitness.audio.structure.pieces import Pieces, read_at, size_of
from earwitness.common.errors import EmptyAudioError, UnreadableAudioError

Make = Callable[..., Path]

NOISE, SILENCE, TONE = (
    "anoisesrc=d=10:a=0.4:r=44100:seed=1",
    "anullsrc=r=44100:cl=mono,atrim=0:20",
    "sine=f=440:d=12:r=44100",
)
PICTURE = "testsrc=d=40:s=64x48:r=25"


@pytest.fixture
def make(tmp_path: Path) -> Make:
    if shutil.which("ffmpeg") is None:
        pytest.skip("the files are made by ffmpeg")

    def make(name: str, *words: str, sources: tuple[str, ...] = (TONE,), late: float = 0) -> Path:
        """A file of ffmpeg's: sources by its own notation, the words before the name."""
        path = tmp_path / name
        inputs: list[str] = []
        for number, source in enumerate(sources):
            inputs += ["-itsoffset", str(late)] * (late > 0 and number == len(sources) - 1)
            inputs += ["-f", "lavfi", "-i", source]
        command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", *inputs, *words, str(path)]
        subprocess.run(command, check=True)
        return path

    return make


@pytest.fixture(params=["core", "av"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """With libsndfile alone, and with FFmpeg beside it."""
    if request.param == "core":
        monkeypatch.setattr("earwitness.audio.decode.find_spec", lambda name: None)
    else:
        pytest.importorskip("av")
    return str(request.param)


# ---- mp3


def test_a_variable_bit_rate_mp3_that_does_not_count_its_frames(make: Make, reader: str) -> None:
    path = make(
        "vbr.mp3", "-filter_complex", "[0][1][2]concat=n=3:v=0:a=1", "-ac", "1", "-q:a", "0",
        "-write_xing", "0", sources=(NOISE, SILENCE, TONE),
    )  # fmt: skip
    clip = read_clip(path, 16000)
    assert clip.seconds == pytest.approx(42, abs=0.1) and clip.notes == ()
    assert np.abs(clip.samples[-16000:]).max() > 0.1, "the tone at the end"


@pytest.mark.parametrize("ending", ["mp3", "ogg", "opus", "flac", "mp2", "wav"])
def test_two_files_put_together_by_cat(ending: str, make: Make, reader: str) -> None:
    one, two = make(f"one.{ending}"), make(f"two.{ending}", sources=(NOISE,))
    clip = read_clip(one.read_bytes() + two.read_bytes(), 16000)
    assert clip.seconds == pytest.approx(22, abs=0.15)
    assert not any("missing" in note or "read" in note for note in clip.notes)


@pytest.mark.parametrize("change", [("-ar", "22050"), ("-ac", "2")])
@pytest.mark.parametrize("ending", ["mp3", "ogg"])
def test_the_rate_or_the_channels_change_midway(
    ending: str, change: tuple[str, str], make: Make, reader: str
) -> None:
    one, two = make(f"one.{ending}"), make(f"two.{ending}", *change, sources=(TONE,))
    clip = read_clip(one.read_bytes() + two.read_bytes(), 16000)
    assert clip.seconds == pytest.approx(24, abs=0.15)
    spectrum = np.abs(np.fft.rfft(clip.samples[-32000:-16000]))
    assert spectrum.argmax() == 440, "the same tone at another rate"


def test_a_damaged_mp3_is_read_behind_the_damage(
    make: Make, reader: str, capfd: pytest.CaptureFixture[str]
) -> None:
    data = bytearray(make("hole.mp3").read_bytes())
    data[40000:46000] = bytes(6000)
    clip = read_clip(bytes(data), 16000)
    assert 10.5 < clip.seconds < 12
    assert len(clip.notes) == 1 and "kB not understood" in clip.notes[0]
    assert capfd.readouterr().err == "", "libmpg123's own lines name no file"


def test_lines_of_libmpg123_are_caught_and_those_of_others_pass(capfd: pytest.CaptureFixture[str]) -> None:
    import os

    from earwitness.audio.decoders.quiet import caught

    lines: list[str] = []
    with caught(lines):
        os.write(2, b"[src/libmpg123/parse.c:wetwork():1349] error: Giving up resync after 1024 bytes\n")
        os.write(2, b"somebody else speaks\n")
    assert capfd.readouterr().err == "somebody else speaks\n"
    assert len(lines) == 1 and "Giving up resync" in lines[0]


# ---- wav


def _wav(frames: int, claimed: int | None = None, kind: bytes = b"RIFF") -> bytes:
    sound = (8000 * np.sin(np.arange(frames) / 5)).astype("<i2").tobytes()
    size = len(sound) if claimed is None else claimed
    head = struct.pack("<4sI4s4sIHHIIHH", kind, 0, b"WAVE", b"fmt ", 16, 1, 1, 16000, 32000, 2, 16)
    return head + struct.pack("<4sI", b"data", size) + sound


@pytest.mark.parametrize("claimed", [0, 1000 * 2, 0xFFFFFFFF, 0x7FFFFFFF])
def test_a_wav_that_was_never_finished(claimed: int, reader: str) -> None:
    clip = read_clip(_wav(16000 * 60, claimed), 16000)
    assert clip.seconds == 60 and clip.notes == ()


def test_a_wav_whose_recorder_died_in_silence() -> None:
    data = bytearray(_wav(16000 * 60, 0))
    data[44 : 44 + 16000 * 2 * 30] = bytes(16000 * 2 * 30)
    assert read_clip(bytes(data), 16000).seconds == 60


@pytest.mark.parametrize("claimed", [0xFFFFFFFF, 2**31 - 4096, (5 << 30) % (1 << 32)])
def test_a_wav_beyond_four_gigabytes(claimed: int, tmp_path: Path) -> None:
    """Its 32 bits wrapped, or say the largest number there is; the file has a hole and costs no disk."""
    path, beyond = tmp_path / "long.wav", 5 << 30
    with path.open("wb") as file:
        file.write(_wav(100, claimed)[:44])
        file.seek(claimed + 44 if claimed < beyond else 0)
        file.write(b"\x01\x10" * 4000)
        file.truncate(44 + beyond)
    from earwitness.audio.sources import SafeFile

    with path.open("rb") as file:
        safe = SafeFile(file, "long.wav")
        (part,) = riff.walk(safe).parts
        whole = Pieces(safe, part.pieces)
        assert whole.read(4) == b"RF64"
        assert size_of(safe) - 44 == part.pieces[-1][1] - part.pieces[-1][0]  # type: ignore[operator]
        assert read_at(safe, 0, 4) == b"RIFF"
    assert next(stream_windows(path, 16000, 1)).seconds == 1


@pytest.mark.parametrize(
    "tail", [b"LIST" + struct.pack("<I", 4000) + bytes(4000), b"TAG" + bytes(125), bytes(3000)]
)
def test_what_lies_behind_the_samples_is_no_sound(tail: bytes) -> None:
    clip = read_clip(_wav(16000 * 3) + tail, 16000)
    assert clip.seconds == 3 and clip.notes == ()


def test_an_aiff_that_was_never_finished() -> None:
    import io

    import soundfile

    file = io.BytesIO()
    soundfile.write(file, 0.3 * np.sin(np.arange(160000) / 5), 16000, format="AIFF")
    data = bytearray(file.getvalue())
    place = data.index(b"SSND")
    data[place + 4 : place + 8] = bytes(4)
    count = data.index(b"COMM") + 10
    data[count : count + 4] = bytes(4)
    assert read_clip(bytes(data), 16000).seconds == 10


def test_a_header_and_nothing_else_is_still_empty() -> None:
    with pytest.raises(EmptyAudioError):
        read_clip(_wav(0), 16000)


# ---- false alarms


@pytest.mark.parametrize("ending", ["mkv", "mp4", "mpg", "avi"])
def test_a_film_longer_than_its_sound_is_not_truncated(ending: str, make: Make) -> None:
    pytest.importorskip("av")
    path = make(f"film.{ending}", "-map", "0:v", "-map", "1:a", sources=(PICTURE, TONE))
    clip = read_clip(path, 16000)
    assert clip.seconds == pytest.approx(12, abs=0.2) and clip.notes == ()


def test_an_estimated_length_is_no_promise(make: Make) -> None:
    pytest.importorskip("av")
    path = make("sound.aac", "-filter_complex", "[0][1][2]concat=n=3:v=0:a=1", sources=(NOISE, SILENCE, TONE))
    clip = read_clip(path, 16000)
    assert clip.seconds == pytest.approx(42, abs=0.2)
    assert not any("missing" in note for note in clip.notes)


def test_a_film_cut_off_says_how_much_is_missing(make: Make) -> None:
    pytest.importorskip("av")
    data = make("sound.m4a", "-movflags", "+faststart", sources=(NOISE,)).read_bytes()
    clip = read_clip(data[: len(data) // 2], 16000)
    assert 3 < clip.seconds < 7 and "s of" in clip.notes[-1] and "missing" in clip.notes[-1]


# ---- silence


@pytest.mark.parametrize("rate", [16000, 44100])
def test_silence_with_an_offset_is_silence(rate: int) -> None:
    sound = np.full(rate * 25, 3000, np.int16)
    windows = list(stream_windows((sound, rate), 16000, 10))
    assert [w.notes for w in windows] == [("silent",)] * 3
    sound[rate * 12 : rate * 13] += (2000 * np.sin(np.arange(rate) / 9)).astype(np.int16)
    assert ["silent" in w.notes for w in stream_windows((sound, rate), 16000, 10)] == [True, False, True]


# ---- time, and streams


@pytest.mark.parametrize("ending", ["mkv", "mp4", "ts"])
def test_sound_that_begins_late_is_heard_when_it_begins(ending: str, make: Make) -> None:
    pytest.importorskip("av")
    path = make(f"late.{ending}", "-map", "0:v", "-map", "1:a", sources=(PICTURE, TONE), late=20)
    first, *_, last = stream_windows(path, 16000, 5)
    assert first.start == pytest.approx(20, abs=0.1) and last.end == pytest.approx(32, abs=0.2)
    assert not any("missing" in note for note in last.notes)


def test_a_gap_moves_nothing_behind_it(make: Make) -> None:
    pytest.importorskip("av")
    path = make("gap.mkv", "-c:a", "aac", sources=(f"{TONE},aselect='lt(t,4)+gt(t,9)'",))
    windows = list(stream_windows(path, 16000, 3))
    assert windows[-1].end == pytest.approx(12, abs=0.2)
    assert any(n.startswith("gap: ") for w in windows for n in w.notes)
    assert "silent" in windows[2].notes


def _two_languages(make: Make) -> Path:
    return make(
        "two.mkv", "-map", "0:a", "-map", "1:a", "-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=ger",
        "-disposition:a:0", "0", "-disposition:a:1", "default", "-c:a", "aac", sources=(TONE, NOISE),
    )  # fmt: skip


def test_the_default_stream_is_preferred_over_the_first_and_noted(make: Make) -> None:
    pytest.importorskip("av")
    path = _two_languages(make)
    assert [(s.number, s.language, s.default) for s in list_streams(path)] == [
        (1, "eng", False),
        (2, "ger", True),
    ]
    clip = read_clip(path, 16000)
    assert clip.seconds == pytest.approx(10, abs=0.2)
    assert clip.notes[0] == "stream: 2 of 2 audio streams (ger), by default"
    for wanted, seconds in ((1, 12), ("2", 10), ("en", 12), ("deu", 10)):
        clip = read_clip(path, 16000, stream=wanted)
        assert clip.seconds == pytest.approx(seconds, abs=0.2) and clip.notes == ()


@pytest.mark.parametrize("wanted", [3, "fre"])
def test_a_stream_that_is_not_there_is_refused_with_those_that_are(wanted: int | str, make: Make) -> None:
    pytest.importorskip("av")
    with pytest.raises(UnreadableAudioError, match=r"has no audio stream .*1 eng; 2 ger default"):
        read_clip(_two_languages(make), 16000, stream=wanted)


def test_a_plain_sound_has_one_stream() -> None:
    assert read_clip(_wav(16000), 16000, stream=1).seconds == 1
    with pytest.raises(UnreadableAudioError, match="has no audio stream 2; it has one"):
        read_clip(_wav(16000), 16000, stream=2)
