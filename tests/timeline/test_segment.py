"""Events: a background that goes on, what happens over it, silence, and the same result however it is read."""

from __future__ import annotations

import numpy as np
import pytest

from earwitness.audio import Clip, stream_windows
from earwitness.common.errors import OptionError
from earwitness.timeline.event import Event
from earwitness.timeline.options import EventOptions
from earwitness.timeline.patches import HOP_SECONDS, PATCH_SECONDS
from earwitness.timeline.segment import Segmenter, find_events, stepped

RATE = 16000
SILENCE, RAIN, DOG, ENGINE = range(4)
HOP = 20 * HOP_SECONDS


def embed(tags: np.ndarray) -> np.ndarray:
    mean = np.sqrt(tags).mean(0)
    return (mean / max(np.linalg.norm(mean), 1e-9)).astype(np.float32)


class Toy:
    """A tagger that knows where it put its sounds; a bark is heard in a patch that it fills a part of."""

    def __init__(self, seconds: float, seed: int = 0) -> None:
        self.rng = np.random.default_rng(seed)
        self.samples = self.rng.normal(0, 1e-4, round(seconds * RATE)).astype(np.float32)
        self.kinds = np.full(len(self.samples), SILENCE)

    def add(self, kind: int, start: float, end: float, level: float) -> Toy:
        a, z = round(start * RATE), round(end * RATE)
        n = z - a
        if kind == RAIN:
            sound = self.rng.normal(0, 1, n)
        else:
            pitch = {DOG: 700.0, ENGINE: 150.0}[kind]
            sound = sum(np.sin(2 * np.pi * pitch * k * np.arange(n) / RATE) for k in range(1, 6))
        self.samples[a:z] += (level * sound).astype(np.float32)
        self.kinds[a:z] = kind
        return self

    def tags(self, clip: Clip) -> np.ndarray:
        count = -(-max(len(clip.samples) - round(PATCH_SECONDS * RATE), 0) // round(HOP_SECONDS * RATE)) + 1
        rows = []
        for i in range(count):
            a = round((clip.start + i * HOP_SECONDS) * RATE)
            kinds = self.kinds[a : a + round(PATCH_SECONDS * RATE)]
            share = np.bincount(kinds, minlength=4)[:4] * np.array([0.2, 1, 9, 1])
            rows.append(0.01 + 0.9 * share / max(share.sum(), 1))
        return np.array(rows, np.float32)

    def events(self, options: EventOptions | None = None, block: float | None = None) -> list[Event]:
        size = HOP + PATCH_SECONDS - HOP_SECONDS
        source = Clip(np.clip(self.samples, -1, 1), RATE)
        windows = stream_windows(source, RATE, size, hop_seconds=HOP)
        return find_events(windows, HOP, Segmenter(RATE, embed, 4, SILENCE, options), self.tags)


def kinds(events: list[Event]) -> list[int]:
    return [int(e.tags.argmax()) for e in events]


def test_two_barks_over_two_minutes_of_rain_are_three_events() -> None:
    toy = Toy(120).add(RAIN, 0, 120, 0.02).add(DOG, 40.0, 40.6, 0.1).add(DOG, 80.0, 80.6, 0.1)
    rain, first, second = toy.events()
    assert kinds([rain, first, second]) == [RAIN, DOG, DOG]
    assert (rain.background, first.background, second.background) == (True, False, False)
    assert (rain.start, rain.end) == (0.0, 120.0)
    assert first.start == pytest.approx(40.0, abs=0.1) and first.end == pytest.approx(40.6, abs=0.2)
    assert second.start == pytest.approx(80.0, abs=0.1)


def test_silence_is_no_event_and_parts_what_lies_on_both_sides() -> None:
    events = Toy(60).add(ENGINE, 5, 20, 0.05).add(ENGINE, 40, 55, 0.05).events()
    assert kinds(events) == [ENGINE, ENGINE]
    assert [round(e.start) for e in events] == [5, 40]
    assert [e.end for e in events] == pytest.approx([20, 55], abs=0.6)


def test_one_background_after_another() -> None:
    events = Toy(60).add(RAIN, 0, 30, 0.05).add(ENGINE, 30, 60, 0.05).events()
    assert kinds(events) == [RAIN, ENGINE]
    assert events[1].start == pytest.approx(30, abs=0.5) and events[0].end == pytest.approx(30, abs=0.5)


def test_a_louder_wave_of_the_same_sound_is_no_event() -> None:
    toy = Toy(40).add(RAIN, 0, 40, 0.02).add(RAIN, 20, 21, 0.05)
    assert kinds(toy.events()) == [RAIN]


def test_silence_alone_has_no_events() -> None:
    assert Toy(30).events() == []


@pytest.mark.parametrize("seconds", [0.3, 0.99, 9.6, 9.65, 10.1, 19.2, 19.25])
def test_any_length_is_covered(seconds: float) -> None:
    (event,) = Toy(seconds).add(ENGINE, 0, seconds, 0.05).events()
    assert (event.start, event.end) == (0.0, pytest.approx(seconds, abs=1e-3))


def test_lengths_are_kept() -> None:
    toy = Toy(120).add(RAIN, 0, 120, 0.02).add(DOG, 40.0, 40.3, 0.1)
    events = toy.events(EventOptions(min_seconds=1.0, max_seconds=50.0))
    assert all(1.0 - 1e-9 <= e.seconds <= 50.0 for e in events)
    rain = [e for e in events if e.background]
    assert [(e.start, e.end) for e in rain] == [(0.0, 40.0), (40.0, 80.0), (80.0, 120.0)]


def test_options_that_cannot_be() -> None:
    for wrong in ({"min_seconds": 0.0}, {"min_seconds": 3.0, "max_seconds": 2.0}, {"change": 1.0}):
        with pytest.raises(OptionError):
            EventOptions(**wrong)


def test_events_lie_inside_the_sound_in_order_and_do_not_depend_on_what_comes_much_later() -> None:
    rng = np.random.default_rng(5)
    toy = Toy(150).add(RAIN, 0, 100, 0.02)
    place = 3.0
    while place < 95:
        toy.add(int(rng.choice([DOG, ENGINE])), place, place + rng.uniform(0.3, 3), rng.uniform(0.05, 0.2))
        place += rng.uniform(3.5, 12)
    events = toy.events()
    assert len(events) > 5
    assert all(0 <= e.start < e.end <= 150 for e in events)
    assert [e.start for e in events] == sorted(e.start for e in events)
    longer = Toy(200)
    longer.samples[: len(toy.samples)], longer.kinds[: len(toy.kinds)] = toy.samples, toy.kinds
    early = [(e.start, e.end) for e in events if e.end < 90]
    assert early == [(e.start, e.end) for e in longer.events() if e.end < 90]


def test_memory_is_flat() -> None:
    toy = Toy(1).add(ENGINE, 0, 1, 0.05)
    segmenter = Segmenter(RATE, embed, 4, SILENCE)
    tags = np.tile(toy.tags(Clip(toy.samples, RATE)), (10, 1))[:20]
    block = np.tile(toy.samples, 10)[: round(HOP * RATE)]
    sizes = []
    for _ in range(200):  # half an hour
        assert list(segmenter.push(block, tags)) == []
        finder, backgrounds = segmenter._finder, segmenter._backgrounds
        held = (finder.patches, finder._frames, finder._usual._usual, finder._usual._frames)
        sizes.append(sum(r.end - r.start for r in held) + len(backgrounds._free))
    assert max(sizes[100:]) <= max(sizes[10:100])


def test_windows_bring_each_sample_once() -> None:
    samples = np.arange(RATE * 25, dtype=np.float32) / np.float32(RATE * 25)
    windows = stream_windows(Clip(samples, RATE), RATE, HOP + 0.495, hop_seconds=HOP)
    assert np.array_equal(np.concatenate([new for _, new in stepped(windows, HOP)]), samples)
