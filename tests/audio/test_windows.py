from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness.audio import MIN_TAIL_SECONDS, Clip, read_clip, stream_windows
from earwitness.audio.windows import cut
from earwitness.common.errors import OptionError

RATE = 1000


def _ramp(frames: int) -> np.ndarray:
    """Samples that say where they are; below full scale, so that nothing is clipped."""
    return (np.arange(frames) / 70000).astype(np.float32)


@pytest.mark.parametrize("seconds", [10, 15, 20])
def test_exact_multiples_give_exactly_so_many_windows(seconds: int) -> None:
    windows = list(stream_windows((_ramp(seconds * RATE), RATE), RATE, 5))
    assert [w.start for w in windows] == [5.0 * k for k in range(seconds // 5)]
    assert {w.seconds for w in windows} == {5.0}


def test_a_scrap_at_the_end_joins_the_window_before_it() -> None:
    scrap = round(MIN_TAIL_SECONDS * RATE)
    joined = list(stream_windows((_ramp(10 * RATE + scrap - 1), RATE), RATE, 5))
    assert [len(w.samples) for w in joined] == [5000, 5000 + scrap - 1]
    apart = list(stream_windows((_ramp(10 * RATE + scrap), RATE), RATE, 5))
    assert [len(w.samples) for w in apart] == [5000, 5000, scrap]


def test_overlapping_windows_have_no_tail_that_brings_nothing_new() -> None:
    starts = [w.start for w in stream_windows((_ramp(10 * RATE), RATE), RATE, 4, hop_seconds=2)]
    assert starts == [0, 2, 4, 6]


@settings(max_examples=200, deadline=None)
@given(
    frames=st.integers(1, 3000),
    window=st.integers(1, 900),
    hop=st.floats(0.01, 1),
    tail=st.integers(1, 500),
    block=st.integers(1, 1000),
)
def test_windows_cover_every_sample(frames: int, window: int, hop: float, tail: int, block: int) -> None:
    step, sound = max(1, round(window * hop)), _ramp(frames)
    parts = (sound[k : k + block] for k in range(0, frames, block))
    windows = list(cut(parts, window, step, tail))
    reached = 0
    for number, (first, samples, last) in enumerate(windows):
        assert first == number * step
        np.testing.assert_array_equal(samples, sound[first : first + len(samples)])
        assert first <= reached
        assert last == (number == len(windows) - 1)
        if number:
            new = first + len(samples) - reached
            assert new >= tail if last else new == step
        assert len(samples) < window + tail if last else len(samples) == window
        reached = first + len(samples)
    assert reached == frames


@settings(max_examples=50, deadline=None)
@given(
    frames=st.integers(1, 70000),
    rate=st.sampled_from([8000, 11025, 16000, 44100]),
    window=st.floats(0.05, 3),
    channels=st.integers(1, 3),
)
def test_windows_put_together_are_the_whole_clip(
    frames: int, rate: int, window: float, channels: int
) -> None:
    sound = np.random.default_rng(frames).uniform(-0.9, 0.9, (frames, channels))
    windows = list(stream_windows((sound, rate), 16000, window))
    whole = read_clip((sound, rate), 16000)
    np.testing.assert_array_equal(np.concatenate([w.samples for w in windows]), whole.samples)
    assert len(whole.samples) == max(1, round(frames * 16000 / rate))
    assert [w.start for w in windows[1:]] == pytest.approx([w.end for w in windows[:-1]])


def test_one_sample_is_a_sound_at_any_rate() -> None:
    for rate in (8000, 16000, 44100, 192000):
        (clip,) = stream_windows((np.array([0.5]), rate), 16000, 10)
        assert len(clip.samples) >= 1
        assert clip.notes[-1].startswith("short: ")
    assert read_clip((np.array([0.5]), 16000), 16000).notes == ("short: 0.0625 ms",)


def test_silence_and_clipping_are_notes_of_the_windows_they_are_in(tone: Callable[..., np.ndarray]) -> None:
    loud = np.clip(5 * tone(seconds=10), -1, 1)
    sound = np.concatenate([tone(seconds=10), np.zeros(16000 * 30), loud])
    windows = list(stream_windows((sound, 16000), 16000, 10))
    assert [w.notes for w in windows] == [(), ("silent",), ("silent",), ("silent", "clipped"), ("clipped",)]


def test_windows_of_a_clip_keep_its_place_in_its_file() -> None:
    clip = Clip(_ramp(3000), RATE, 60.0, "dog.wav", ("truncated: 1.0 s of 64.0 s missing",))
    windows = list(stream_windows(clip, RATE, 1))
    assert [(w.start, w.end, w.source) for w in windows] == [(60 + k, 61 + k, "dog.wav") for k in range(3)]
    assert [w.notes for w in windows] == [(), (), clip.notes]


def test_windows_do_not_share_memory() -> None:
    sound = _ramp(3000)
    for clip in stream_windows((sound, RATE), RATE, 1, hop_seconds=0.5):
        clip.samples[:] = 0.7
    np.testing.assert_array_equal(sound, _ramp(3000))


def test_no_rate_keeps_the_sound_s_own() -> None:
    assert read_clip((_ramp(3000), 12345), None).rate == 12345


@pytest.mark.parametrize(
    ("window", "hop", "message"),
    [
        (0, None, "window_seconds is at least one sample"),
        (float("nan"), None, "window_seconds is at least one sample"),
        (float("inf"), None, "window_seconds is at least one sample"),
        (1, -1, "hop_seconds is at least one sample"),
        (1, 2, "hop_seconds is at most window_seconds"),
    ],
)
def test_impossible_plans(window: float, hop: float | None, message: str) -> None:
    with pytest.raises(OptionError, match=message):
        stream_windows((_ramp(10), RATE), RATE, window, hop_seconds=hop)
    with pytest.raises(OptionError, match="rate is a positive whole number"):
        read_clip((_ramp(10), RATE), 0)


def test_windows_carry_the_recording_where_its_rate_is_high_enough() -> None:
    rng = np.random.default_rng(5)
    sound = rng.uniform(-0.5, 0.5, 48000 * 7).astype(np.float32)
    clips = list(stream_windows((sound, 48000), 16000, 3.0, wide=44100))
    assert [len(c.wide.samples) for c in clips if c.wide] == [144000, 144000, 48000]
    whole = np.concatenate([c.wide.samples for c in clips if c.wide])
    np.testing.assert_allclose(whole, sound, atol=1e-6)
    plain = list(stream_windows((sound, 48000), 16000, 3.0))
    assert all(c.wide is None for c in plain)
    for one, other in zip(clips, plain, strict=True):
        np.testing.assert_array_equal(one.samples, other.samples)


def test_windows_of_a_low_rate_carry_nothing_beside() -> None:
    clips = stream_windows((np.zeros(32000 * 2, np.float32), 32000), 16000, 1.0, wide=44100)
    assert [c.wide for c in clips] == [None, None]


def test_windows_that_overlap_carry_their_own_stretch() -> None:
    sound = np.linspace(-0.9, 0.9, 44100 * 5).astype(np.float32)
    clips = list(stream_windows((sound, 44100), 16000, 2.0, hop_seconds=1.0, wide=44100))
    for clip in clips:
        first = round(clip.start * 44100)
        assert clip.wide is not None
        np.testing.assert_allclose(
            clip.wide.samples, sound[first : first + len(clip.wide.samples)], atol=1e-6
        )
