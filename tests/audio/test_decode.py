from __future__ import annotations

import io
import os
import struct
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from earwitness.audio import AudioLimits, Clip, read_clip, stream_windows
from earwitness.common.errors import AudioLimitError

Encode = Callable[..., bytes]
Tone = Callable[..., np.ndarray]
PeakOf = Callable[[Clip], tuple[float, float]]

FORMATS = [
    ("WAV", "PCM_U8", 0.01), ("WAV", "PCM_16", 0.01), ("WAV", "PCM_24", 0.01), ("WAV", "PCM_32", 0.01),
    ("WAV", "FLOAT", 0.01), ("WAV", "DOUBLE", 0.01), ("WAV", "ULAW", 0.01), ("WAV", "MS_ADPCM", 0.01),
    ("FLAC", "PCM_16", 0.01), ("AIFF", "PCM_16", 0.01), ("AU", "PCM_16", 0.01), ("CAF", "ALAC_16", 0.01),
    ("W64", "PCM_16", 0.01), ("RF64", "PCM_16", 0.01),
    # lossy
    ("OGG", "VORBIS", 0.05), ("OGG", "OPUS", 0.05), ("MP3", None, 0.05),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "subtype", "tolerance"), FORMATS)
def test_every_format_gives_the_tone_back(
    kind: str, subtype: str | None, tolerance: float, encode: Encode, tone: Tone, peak_of: PeakOf
) -> None:
    clip = read_clip(encode(tone(), 16000, kind, subtype), 16000)
    frequency, amplitude = peak_of(clip)
    assert frequency == 440
    assert amplitude == pytest.approx(0.5, rel=tolerance)
    assert clip.seconds == pytest.approx(2, abs=0.1)
    # opus overshoots where a tone breaks off
    assert clip.notes == (("clipped",) if subtype == "OPUS" else ())


@pytest.mark.parametrize("target", [16000, 32000, 48000])
@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 44100, 48000, 96000, 192000])
def test_resampling_keeps_pitch_level_and_length(
    rate: int, target: int, encode: Encode, tone: Tone, peak_of: PeakOf
) -> None:
    clip = read_clip(encode(tone(rate, 2, 1000), rate), target)
    assert peak_of(clip) == (1000, pytest.approx(0.5, rel=0.01))
    assert len(clip.samples) == 2 * target


def test_resampling_removes_what_the_lower_rate_cannot_hold(encode: Encode, tone: Tone) -> None:
    clip = read_clip(encode(tone(192000, 2, 30000), 192000), 16000)
    assert np.abs(clip.samples[1000:-1000]).max() < 1e-4


def test_32_channels(encode: Encode, tone: Tone, peak_of: PeakOf) -> None:
    sound = np.repeat(tone(48000, 1.5)[:, None], 32, axis=1)
    assert peak_of(read_clip(encode(sound, 48000), 16000)) == (440, pytest.approx(0.5, rel=0.01))


def test_a_float_file_of_unscaled_integers(encode: Encode, tone: Tone, peak_of: PeakOf) -> None:
    for subtype in ("FLOAT", "DOUBLE"):
        source = encode(tone() * 32768, 16000, "WAV", subtype)
        for wrapped in (source, io.BytesIO(source), Pipe(source)):
            clip = read_clip(wrapped, 16000)
            assert clip.notes == ("scaled: divided by 32768",)
            assert peak_of(clip) == (440, pytest.approx(0.5, rel=0.01))


class Pipe(io.RawIOBase):
    """A file that gives a few bytes at a time and cannot seek."""

    def __init__(self, data: bytes) -> None:
        self._data = io.BytesIO(data)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        part = self._data.read(min(len(buffer), 1000))
        buffer[: len(part)] = part
        return len(part)


def test_every_kind_of_source_gives_the_same_samples(encode: Encode, tone: Tone, tmp_path: Path) -> None:
    data = encode(tone(), 16000)
    path = tmp_path / "Vögel 鳥 🐦 with spaces.wav"
    path.write_bytes(data)
    expected = read_clip(data, 16000).samples
    at_end = io.BytesIO(data)
    at_end.seek(0, os.SEEK_END)
    with path.open("rb") as file:
        for source in (path, str(path), bytearray(data), memoryview(data), at_end, file, Pipe(data)):
            np.testing.assert_array_equal(read_clip(source, 16000).samples, expected)
        assert not file.closed
    assert read_clip(path, 16000).source == str(path)
    assert read_clip(data, 16000).source == "<bytes>"


def test_a_named_pipe(encode: Encode, tone: Tone, tmp_path: Path) -> None:
    path, data = tmp_path / "pipe", encode(tone(), 16000)
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(data,))
    writer.start()
    assert read_clip(path, 16000).seconds == 2
    writer.join()


def test_very_long_names(encode: Encode, tone: Tone, tmp_path: Path) -> None:
    path = tmp_path / ("x" * 251 + ".wav")
    path.write_bytes(encode(tone(), 16000))
    assert read_clip(path, 16000).seconds == 2


@pytest.mark.parametrize(
    ("kind", "subtype"),
    [("WAV", "PCM_16"), ("WAV", "FLOAT"), ("AIFF", "PCM_16"), ("AU", "PCM_16"), ("W64", "PCM_16"),
     ("RF64", "PCM_16"), ("MP3", None)],
)  # fmt: skip
def test_a_file_cut_off_says_how_much_is_missing(
    kind: str, subtype: str | None, encode: Encode, tone: Tone
) -> None:
    data = encode(tone(seconds=10), 16000, kind, subtype)
    *before, last = stream_windows(data[: len(data) * 7 // 10], 16000, 2)
    assert last.end == pytest.approx(7, abs=0.15)
    assert last.notes == (f"truncated: {10 - last.end:.1f} s of 10.0 s missing",)
    assert all(window.notes == () for window in before)


def test_a_flac_cut_off_keeps_every_frame_that_decodes(encode: Encode, rng: np.random.Generator) -> None:
    sound = rng.uniform(-0.5, 0.5, 160000)
    data = encode(sound, 16000, "FLAC")
    clip = read_clip(data[: len(data) * 7 // 10], 16000)
    # flac frames hold 4096 samples here
    assert 7 - 4096 / 16000 < clip.seconds < 7.05
    np.testing.assert_allclose(clip.samples, sound[: len(clip.samples)], atol=1e-4)
    assert clip.notes[0].startswith("partly unreadable: flac decoder lost sync, 3.")
    assert clip.notes[0].endswith(" s of 10.0 s missing")


def test_headers_that_claim_too_much_cost_nothing(encode: Encode, tone: Tone) -> None:
    wav = bytearray(encode(tone(seconds=10), 16000))
    wav[40:44] = struct.pack("<I", 0xFFFFFF00)
    flac = bytearray(encode(tone(seconds=10), 16000, "FLAC"))
    flac[21] |= 0x0F
    flac[22:26] = b"\xff" * 4
    read_clip(bytes(wav), 16000)
    for data in (bytes(wav), bytes(flac)):
        tracemalloc.start()
        clip = read_clip(data, 16000)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert clip.seconds == 10
        assert clip.notes[0].startswith("truncated: ")
        assert peak < 5e6


def test_lengths_left_open_are_no_loss(encode: Encode, tone: Tone) -> None:
    wav = bytearray(encode(tone(seconds=10), 16000))
    wav[40:44] = b"\xff" * 4
    flac = bytearray(encode(tone(seconds=10), 16000, "FLAC"))
    flac[21] &= 0xF0
    flac[22:26] = bytes(4)
    for data in (bytes(wav), bytes(flac)):
        clip = read_clip(data, 16000)
        assert (clip.seconds, clip.notes) == (10, ())


def test_memory_stays_flat_however_long_the_sound(encode: Encode, tmp_path: Path) -> None:
    path = tmp_path / "long.flac"
    path.write_bytes(encode(np.zeros(44100 * 300, np.int16), 44100, "FLAC"))
    next(stream_windows(path, 16000, 10))
    tracemalloc.start()
    windows = sum(1 for _ in stream_windows(path, 16000, 10))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert windows == 30
    # the whole sound would be 53 MB at its own rate and 19 MB at the target's
    assert peak < 6e6


def test_limits_count_what_was_decoded(encode: Encode) -> None:
    bomb = encode(np.zeros(16000 * 60, np.int16), 16000, "FLAC")
    limits = AudioLimits(max_seconds=30)
    windows = stream_windows(bomb, 16000, 10, limits=limits)
    assert next(windows).end == 10
    with pytest.raises(AudioLimitError, match="<bytes> is longer than the limit of 30 s"):
        list(windows)


# ---- what FFmpeg reads


@pytest.fixture
def av() -> Any:
    return pytest.importorskip("av")


def _mux(av: Any, sound: np.ndarray, rate: int, kind: str, codec: str) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=kind) as container:
        stream = container.add_stream(codec, rate=rate)
        stream.layout = "stereo"
        table = np.stack([sound, sound]).astype(np.float32)
        frame = av.AudioFrame.from_ndarray(table, format="fltp", layout="stereo")
        frame.sample_rate = rate
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return file.getvalue()


MUXED = [("mp4", "aac"), ("matroska", "aac"), ("webm", "libopus"), ("adts", "aac"), ("mov", "pcm_s16le")]


@pytest.mark.parametrize(("kind", "codec"), MUXED)
def test_ffmpeg_gives_the_tone_back(
    kind: str, codec: str, av: Any, tone: Tone, peak_of: PeakOf, tmp_path: Path
) -> None:
    path = tmp_path / "sound.bin"
    path.write_bytes(_mux(av, tone(48000, 3), 48000, kind, codec))
    for source in (path, path.read_bytes(), Pipe(path.read_bytes())):
        clip = read_clip(source, 16000)
        assert peak_of(clip) == (440, pytest.approx(0.5, rel=0.05))
        assert clip.seconds == pytest.approx(3, abs=0.2)
        assert clip.notes == ()


def test_ffmpeg_notes_what_is_missing(av: Any, tone: Tone) -> None:
    data = _mux(av, tone(48000, 10), 48000, "webm", "libopus")
    clip = read_clip(data[: len(data) // 2], 16000)
    assert 4 < clip.seconds < 6
    assert clip.notes[0].startswith("truncated: ") or clip.notes[0].startswith("partly unreadable: ")


def test_ffmpeg_opens_nothing_but_the_file_it_was_given(
    av: Any, encode: Encode, tone: Tone, tmp_path: Path
) -> None:
    from earwitness.common.errors import UnreadableAudioError

    secret = tmp_path / "secret.wav"
    secret.write_bytes(encode(tone()))
    playlist = tmp_path / "list.m4a"
    for text in (
        f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://{secret}\n#EXT-X-ENDLIST\n",
        f"ffconcat version 1.0\nfile '{secret}'\n",
    ):
        playlist.write_text(text)
        with pytest.raises(UnreadableAudioError, match=r"list\.m4a: no decoder reads this"):
            read_clip(playlist, 16000)


def test_an_mp3_that_does_not_count_its_frames_is_not_taken_for_truncated(
    tmp_path: Path, encode: Encode, tone: Tone
) -> None:
    """Its length is then an estimate from the size of the file; a title is no lost sound."""
    frames = encode(tone(44100, 1.0), 44100, "MP3")
    uncounted = frames.replace(b"Info", bytes(4)).replace(b"Xing", bytes(4))
    assert uncounted != frames
    tag = b"ID3\x03\x00\x00" + bytes([0, 0, 60, 0]) + bytes(60 * 128)
    path = tmp_path / "tagged.mp3"
    path.write_bytes(tag + uncounted + b"TAG" + bytes(125))
    clip = read_clip(path, 16000)
    assert not any(note.startswith("truncated") for note in clip.notes)
    assert clip.seconds > 0.5
