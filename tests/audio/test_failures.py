"""Only ill-formed input: every bad sound gets its typed error, or a clip that says what is wrong with it."""

from __future__ import annotations

import functools
import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from earwitness.audio import AudioLimits, Clip, read_clip, stream_windows
from earwitness.common.errors import (
    AudioLimitError,
    AudioNotFoundError,
    EarwitnessError,
    EmptyAudioError,
    InvalidSamplesError,
    UnreadableAudioError,
)

RATE = 16000


def _wav(samples: Any, rate: int = RATE, subtype: str | None = None, kind: str = "WAV") -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.asarray(samples), rate, format=kind, subtype=subtype)
    return file.getvalue()


NOISE = np.random.default_rng(7).uniform(-0.5, 0.5, RATE * 4)


# ---- files


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(AudioNotFoundError, match=r"nowhere\.wav: there is no such file\.$"):
        read_clip(tmp_path / "nowhere.wav", RATE)


def test_broken_link(tmp_path: Path) -> None:
    (tmp_path / "link.wav").symlink_to(tmp_path / "gone.wav")
    with pytest.raises(AudioNotFoundError, match=r"link\.wav: there is no such file \(a link that points"):
        read_clip(tmp_path / "link.wav", RATE)


def test_link_to_itself(tmp_path: Path) -> None:
    (tmp_path / "loop.wav").symlink_to(tmp_path / "loop.wav")
    with pytest.raises(UnreadableAudioError, match=r"loop\.wav cannot be opened: .*symbolic links"):
        read_clip(tmp_path / "loop.wav", RATE)


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(UnreadableAudioError, match="is a folder, not a sound; find_sounds lists"):
        read_clip(tmp_path, RATE)


def test_permission_denied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "locked.wav"
    path.write_bytes(_wav(NOISE))

    def refuse(*_: object) -> None:  # root may read everything, so the refusal is played
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UnreadableAudioError, match=r"locked\.wav cannot be opened: Permission denied"):
        read_clip(path, RATE)


def test_name_too_long() -> None:
    with pytest.raises(UnreadableAudioError, match="cannot be opened: File name too long"):
        read_clip("x" * 300 + ".wav", RATE)


def test_name_with_a_zero_byte() -> None:
    with pytest.raises(UnreadableAudioError, match="null"):
        read_clip("dog\0.wav", RATE)


def test_zero_bytes(tmp_path: Path) -> None:
    (tmp_path / "empty.wav").touch()
    with pytest.raises(EmptyAudioError, match=r"empty\.wav is empty: zero bytes"):
        read_clip(tmp_path / "empty.wav", RATE)
    with pytest.raises(EmptyAudioError, match="<bytes> is empty"):
        next(stream_windows(b"", RATE, 1))


def test_header_only(tmp_path: Path) -> None:
    (tmp_path / "header.wav").write_bytes(_wav(NOISE)[:44])
    with pytest.raises(EmptyAudioError, match=r"header\.wav is empty: a header and no samples"):
        read_clip(tmp_path / "header.wav", RATE)


def test_half_a_header() -> None:
    with pytest.raises(UnreadableAudioError, match="Malformed"):
        read_clip(_wav(NOISE)[:20], RATE)


def test_text_named_wav_with_ffmpeg(tmp_path: Path) -> None:
    pytest.importorskip("av")
    (tmp_path / "notes.wav").write_text("This is no sound at all.\n" * 40)
    with pytest.raises(
        UnreadableAudioError, match=r"notes\.wav: no decoder .*libsndfile: Format not recognised; FFmpeg: "
    ):
        read_clip(tmp_path / "notes.wav", RATE)


def test_text_named_wav_without_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "notes.wav").write_text("This is no sound at all.\n" * 40)
    monkeypatch.setattr("earwitness.audio.decode.find_spec", lambda name: None)
    with pytest.raises(UnreadableAudioError, match=r"Format not recognised.* pip install 'earwitness\[av\]'"):
        read_clip(tmp_path / "notes.wav", RATE)


@pytest.mark.parametrize("name", ["sound.raw", "sound.vox", "sound.gsm", "sound.snd", "sound.wav", "sound"])
def test_headerless_samples_are_never_guessed(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes((NOISE * 32767).astype("<i2").tobytes())
    with pytest.raises(UnreadableAudioError, match=name):
        read_clip(tmp_path / name, RATE)


def test_zeros_that_were_only_allocated() -> None:
    with pytest.raises(UnreadableAudioError, match="Format not recognised"):
        read_clip(bytes(100_000), RATE)


def test_text_mode(tmp_path: Path) -> None:
    (tmp_path / "dog.wav").write_bytes(_wav(NOISE))
    with (
        (tmp_path / "dog.wav").open(encoding="latin-1") as file,
        pytest.raises(UnreadableAudioError, match=r"dog\.wav was opened as text; open it with mode 'rb'"),
    ):
        read_clip(file, RATE)  # type: ignore[arg-type]
    with pytest.raises(UnreadableAudioError, match="opened as text"):
        read_clip(io.StringIO("RIFF"), RATE)  # type: ignore[arg-type]


def test_closed_file() -> None:
    file = io.BytesIO(_wav(NOISE))
    file.close()
    with pytest.raises(UnreadableAudioError, match="closed file"):
        read_clip(file, RATE)


def test_a_file_that_fails_on_the_way() -> None:
    class Failing(io.BytesIO):
        left = 60_000

        def read(self, size: int | None = -1) -> bytes:
            data = super().read(size)
            self.left -= len(data)
            if self.left < 0:
                raise OSError(5, "Input/output error")
            return data

    clip = read_clip(Failing(_wav(NOISE)), RATE)
    assert 1 < clip.seconds < 2
    assert clip.notes[0].startswith("partly unreadable: [Errno 5] Input/output error, ")


def test_a_pipe_that_never_ends() -> None:
    class Endless(io.RawIOBase):
        def read(self, size: int = -1) -> bytes:
            return bytes(size)

    with pytest.raises(AudioLimitError, match="cannot seek and gave more than the limit of 1000000 bytes"):
        read_clip(Endless(), RATE, limits=AudioLimits(max_spooled_bytes=1_000_000))


@pytest.mark.parametrize("source", [None, 3, object(), {"path": "dog.wav"}])
def test_what_is_no_source_at_all(source: Any) -> None:
    with pytest.raises(UnreadableAudioError, match="A sound is a path, bytes, a binary file"):
        read_clip(source, RATE)


# ---- what is inside


def test_all_zero_sound() -> None:
    assert read_clip(_wav(np.zeros(RATE)), RATE).notes == ("silent",)


@pytest.mark.parametrize(("bad", "word"), [(np.nan, "nan"), (np.inf, "inf"), (-np.inf, "-inf")])
def test_nan_and_infinity(bad: float, word: str) -> None:
    sound = np.stack([NOISE, NOISE], axis=1)
    sound[24000, 1] = bad
    for source in ((sound, RATE), _wav(sound, subtype="FLOAT"), _wav(sound, subtype="DOUBLE")):
        with pytest.raises(
            InvalidSamplesError, match=rf"samples must be finite, but sample 24000 \(1\.500 s\) is {word}"
        ):
            next(stream_windows(source, RATE, 0.5))


def test_too_many_channels() -> None:
    with pytest.raises(AudioLimitError, match="has 65 channels, and the limit is 64"):
        read_clip(_wav(np.zeros((100, 65))), RATE)


def test_sample_rates_out_of_bounds() -> None:
    for rate in (1, 99, 768_001):
        with pytest.raises(
            AudioLimitError, match=rf"a sample rate of {rate} Hz, and the limits are 100 to 768000"
        ):
            read_clip(_wav(NOISE, rate), RATE)


def test_too_long() -> None:
    for source in (_wav(NOISE), _wav(NOISE, subtype="FLOAT"), (NOISE, RATE)):
        with pytest.raises(AudioLimitError, match=r"longer than the limit of 1\.5 s"):
            read_clip(source, RATE, limits=AudioLimits(max_seconds=1.5))


@pytest.mark.parametrize("has_ffmpeg", [True, False])
def test_corrupt_in_the_middle(has_ffmpeg: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """libFLAC stops there; FFmpeg goes on behind it, and what follows keeps its time."""
    data = bytearray(_wav(NOISE, kind="FLAC"))
    middle = len(data) // 2
    data[middle : middle + 300] = bytes(300)
    if has_ffmpeg:
        pytest.importorskip("av")
        clip = read_clip(bytes(data), RATE)
        assert clip.seconds == 4
        # some versions of FFmpeg also say that a packet could not be decoded
        assert clip.notes[:1] == ("gap: 0.3 s without sound",)
        np.testing.assert_allclose(clip.samples[-RATE:], NOISE[-RATE:], atol=1e-3)
        return
    monkeypatch.setattr("earwitness.audio.decode.find_spec", lambda name: None)
    clip = read_clip(bytes(data), RATE)
    assert 1.5 < clip.seconds <= 2.1
    assert clip.notes[0].startswith("partly unreadable: flac decoder lost sync, ")


def test_a_file_of_which_nothing_decodes() -> None:
    data = bytearray(_wav(NOISE, kind="FLAC"))
    first_frame = data.index(b"\xff\xf8")
    data[first_frame:] = bytes(len(data) - first_frame)
    with pytest.raises(EarwitnessError, match=r"nothing of it can be decoded|no decoder reads|is empty"):
        read_clip(bytes(data), RATE)


# ---- arrays


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (np.zeros((2, 16000)), r"pass array\.T if yours is \(channels, frames\)"),
        (np.zeros((2, 3, 4)), r"shape \(frames,\) or \(frames, channels\), not \(2, 3, 4\)"),
        (np.float32(0.5), r"not \(\)"),
        (np.zeros(10, complex), "whole or real numbers, not complex128"),
        (np.zeros(10, bool), "not bool"),
        (np.array(["a", "b"]), "not <U1"),
        ([[1.0], [1.0, 2.0]], "no array of samples"),
        (np.array([object()]), "not object"),
    ],
)
def test_arrays_that_are_no_sound(array: Any, message: str) -> None:
    with pytest.raises(InvalidSamplesError, match=message):
        read_clip((array, RATE), RATE)


@pytest.mark.parametrize("shape", [(0,), (0, 2), (5, 0)])
def test_empty_arrays(shape: tuple[int, ...]) -> None:
    with pytest.raises(EmptyAudioError, match="holds no samples"):
        read_clip((np.zeros(shape), RATE), RATE)


def test_an_array_without_a_rate() -> None:
    for array in (NOISE, [0.0, 0.1]):
        with pytest.raises(InvalidSamplesError, match=r"no sample rate: pass \(array, rate\)"):
            read_clip(array, RATE)  # type: ignore[arg-type]


@pytest.mark.parametrize("rate", [0, -1, 44100.5, float("nan"), float("inf"), None, "fast", True])
def test_an_array_with_an_impossible_rate(rate: Any) -> None:
    with pytest.raises(InvalidSamplesError, match="positive whole number of Hz"):
        read_clip((NOISE, rate), RATE)


# ---- anything at all: a clip, or a typed error

HEADERS = [b"", b"RIFF", b"fLaC", b"OggS", b"ID3", b"FORM", b".snd", b"caff", b"\xff\xfb", b"#EXTM3U\n"]
WHOLE = [_wav(NOISE[:3000], kind=kind) for kind in ("WAV", "FLAC", "OGG", "AIFF", "CAF", "W64", "AU")]


def _clip_or_typed_error(source: Any) -> None:
    limits = AudioLimits(max_seconds=60)
    try:
        clip = read_clip(source, 8000, limits=limits)
    except EarwitnessError as error:
        assert str(error).count("\n") == 0
        return
    assert isinstance(clip, Clip)
    assert 0 < clip.seconds <= 61


@settings(max_examples=150, deadline=None)
@given(header=st.sampled_from(HEADERS), body=st.binary(max_size=2000))
def test_any_bytes(header: bytes, body: bytes) -> None:
    _clip_or_typed_error(header + body)


@settings(max_examples=150, deadline=None)
@given(
    whole=st.sampled_from(WHOLE),
    cut=st.floats(0.01, 1),
    edits=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=8),
)
def test_any_damage_to_a_file(whole: bytes, cut: float, edits: list[tuple[float, int]]) -> None:
    data = bytearray(whole[: max(1, int(len(whole) * cut))])
    for place, value in edits:
        # most of the harm is done in headers
        data[int(place**4 * len(data))] = value
    _clip_or_typed_error(bytes(data))


@settings(max_examples=100, deadline=None)
@given(
    kind=st.sampled_from(["adts", "mpegts", "mp4", "matroska"]),
    cut=st.floats(0.01, 1),
    edits=st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=12),
)
def test_any_damage_to_what_ffmpeg_reads(kind: str, cut: float, edits: list[tuple[float, int]]) -> None:
    pytest.importorskip("av")
    whole = _aac(kind)
    data = bytearray(whole[: max(1, int(len(whole) * cut))])
    for place, value in edits:
        data[int(place**3 * len(data))] = value
    _clip_or_typed_error(bytes(data))


@functools.cache
def _aac(kind: str) -> bytes:
    import av

    file = io.BytesIO()
    with av.open(file, "w", format=kind) as container:
        stream = container.add_stream("aac", rate=48000)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(NOISE[None, :24000].astype(np.float32), "fltp", "mono")
        frame.sample_rate = 48000
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return file.getvalue()


@settings(max_examples=150, deadline=None)
@given(
    array=npst.arrays(
        st.sampled_from(["f2", "f4", "f8", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8"]),
        npst.array_shapes(min_dims=1, max_dims=3, min_side=0, max_side=70),
    ),
    rate=st.sampled_from([100, 8000, 44100, 768_000]),
)
def test_any_array(array: np.ndarray, rate: int) -> None:
    _clip_or_typed_error((array, rate))


def test_rates_in_headers_are_not_trusted_with_memory() -> None:
    data = bytearray(_wav(np.zeros(70000, np.int16)))
    data[24:28] = struct.pack("<I", 100)
    with pytest.raises(AudioLimitError, match="longer than the limit of 60 s"):
        list(stream_windows(bytes(data), 48000, 10, limits=AudioLimits(max_seconds=60)))
