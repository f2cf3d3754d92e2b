"""Several vectors of one sound, however long it is."""

from __future__ import annotations

import numpy as np
import pytest

from earwitness.audio import Clip, Wide
from earwitness.encoders.base import HasViews
from earwitness.encoders.tags import effects, listening
from earwitness.encoders.tags.encoder import DIM, TagEncoder, class_names
from earwitness.encoders.tags.views import VIEWS, views


def test_the_encoder_gives_them() -> None:
    encoder = TagEncoder()
    assert isinstance(encoder, HasViews)
    assert encoder.view_names == VIEWS


def test_a_sound_heard_once_is_in_the_peak_and_in_its_third() -> None:
    patches = np.full((20, 521), 1e-4, np.float32)
    patches[:, 0] = 0.8
    patches[17, 7] = 0.9
    rows = views(patches)
    share = rows[:, 7] / rows[:, 0]
    assert rows.shape == (5, 521)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)
    assert share[1] > 1.5 * share[0]
    assert share[4] > share[0] > share[2]


def test_a_short_sound_has_no_beginning_and_end() -> None:
    rows = views(np.array([[0.5, 0.1], [0.1, 0.5]], np.float32))
    np.testing.assert_array_equal(rows[2:], rows[[0, 0, 0]])


def loud(rate: int, seconds: float = 3) -> np.ndarray:
    noise = np.random.default_rng(3).normal(0, 0.1, int(rate * seconds))
    return noise.clip(-1, 1).astype(np.float32)


def heard_as(name: str, probability: float) -> effects.Effects:
    rest = (1 - probability) / (len(effects.categories()) - 1)
    p = np.full(len(effects.categories()), rest, np.float32)
    p[effects.categories().index(name)] = probability
    return effects.Effects(p, 0.5, -20.0)


def test_a_sure_second_ear_takes_the_place_of_what_was_guessed() -> None:
    tags = np.full(521, 0.01, np.float32)
    tags[class_names().index("Typing")] = 0.4
    kept, told = listening.word_of(heard_as("fire", 0.9), tags)
    changed = tags * kept + told
    assert class_names()[changed.argmax()] == "Fire"
    assert changed[class_names().index("Typing")] == pytest.approx(0.04)
    assert told.sum() == pytest.approx(0.9)


def test_a_trace_decides_within_a_category() -> None:
    tags = np.full(521, 0.001, np.float32)
    tags[class_names().index("Chainsaw")] = 0.3
    _, told = listening.word_of(heard_as("tools", 0.8), tags)
    assert class_names()[told.argmax()] == "Chainsaw"


def test_of_voices_its_word_is_not_taken() -> None:
    kept, told = listening.word_of(heard_as("voices", 0.95), np.full(521, 0.1, np.float32))
    assert (kept == 1).all() and not told.any()


def test_an_unsure_word_is_multiplied_with_what_the_first_ear_says() -> None:
    """As the plain way has it: class by class, by the likeliest category that speaks of it."""
    p = np.random.default_rng(5).dirichlet(np.full(len(effects.categories()), 0.3)).astype(np.float32)
    p = np.minimum(p, 0.5) / np.minimum(p, 0.5).sum()
    assert p.max() < listening.BELIEVED
    kept, told = listening.word_of(effects.Effects(p, 2.0, -20.0), np.full(521, 0.1, np.float32))
    assert not told.any()
    chance = 1 / len(p)
    for i, name in enumerate(class_names()):
        speak = [q for q, classes in zip(p, effects.classes(), strict=True) if name in classes]
        times = (max(speak) + listening.DOUBTED) / (chance + listening.DOUBTED) if speak else 1
        assert kept[i] == pytest.approx(times**listening.COUNTS, rel=1e-5)


def test_two_unsure_ears_agree_on_what_neither_is_sure_of(monkeypatch: pytest.MonkeyPatch) -> None:
    tags = np.full(521, 0.01, np.float32)
    tags[[class_names().index(name) for name in ("Keys jangling", "Fire")]] = 0.3, 0.2
    kept, told = listening.word_of(heard_as("fire", 0.5), tags)
    assert class_names()[(tags * kept + told).argmax()] == "Fire"
    # no probability is above one
    encoder, wide = TagEncoder(), Wide(loud(44100), 44100)
    monkeypatch.setattr(effects, "listen_at", lambda samples, rate: heard_as("water", 0.59))
    _, patches, _ = encoder.hear(Clip(loud(16000), 16000, wide=wide))
    assert patches[:, class_names().index("Waterfall")].max() == 1 == patches.max()


def test_the_second_ear_needs_the_recording_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def listen_at(samples: np.ndarray, rate: int) -> effects.Effects:
        asked.append((len(samples), rate))
        return heard_as("fire", 0.9)

    monkeypatch.setattr(effects, "listen_at", listen_at)
    encoder, samples = TagEncoder(), loud(16000)
    first, _, nothing = encoder.hear(Clip(samples, 16000))
    assert not asked and not len(nothing)
    np.testing.assert_array_equal(first, encoder.window_tags(Clip(samples, 16000)))
    second, patches, said = encoder.hear(Clip(samples, 16000, wide=Wide(loud(48000), 48000)))
    assert asked == [(3 * 48000, 48000)]
    assert first.shape == second.shape == (1, DIM)
    fire = class_names().index("Fire")
    assert second[0, fire] > 0.5 > first[0, fire]
    assert encoder.embed_views(patches)[0, fire] > 0.7
    assert effects.Effects.unpacked(said).high_band == pytest.approx(-20)


def test_a_long_sound_asks_the_second_ear_now_and_then(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(effects, "listen_at", lambda samples, rate: heard_as("fire", 0.9))
    encoder, samples = TagEncoder(), loud(16000, 1)
    wide = Wide(loud(44100, 1), 44100)
    clips = [Clip(samples, 16000, start=10.0 * i, wide=wide) for i in range(24)]
    asked = [len(encoder.hear(clip)[2]) > 0 for clip in clips]
    assert all(asked[:6]) and sum(asked[6:]) == 2
