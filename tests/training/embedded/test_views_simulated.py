"""Several vectors of a caption: its parts last for stretches of the clip, in the order it tells."""

from __future__ import annotations

import numpy as np
import pytest

from earwitness.encoders.tags.encoder import class_names
from earwitness.encoders.tags.views import VIEWS
from earwitness.training.embedded.phrases import parts, phases
from earwitness.training.embedded.simulation import SmearOptions, TagSimulator
from earwitness.training.embedded.sound_bank import SoundBank, logit

DOG, RAIN = class_names().index("Dog"), class_names().index("Rain")


@pytest.fixture(scope="module")
def simulator() -> TagSimulator:
    rng = np.random.default_rng(0)
    p = rng.beta(0.3, 8, (300, len(class_names()))).astype(np.float32)
    shares = np.full(300, 1 / 300, np.float32)
    bank = SoundBank(logit(p), shares, np.sqrt(p) / np.linalg.norm(np.sqrt(p), axis=1, keepdims=True), shares)
    return TagSimulator(bank, SmearOptions(mean=2.0, spread=0.1, jitter=0.1, ambience=0, silence=0, short=0))


def draw(simulator: TagSimulator, phase: tuple[int, int], n: int = 200) -> np.ndarray:
    classes, owner = np.tile([DOG, RAIN], n), np.repeat(np.arange(n), 2)
    rng, voices = np.random.default_rng(1), np.zeros((n, 2), np.float32)
    return simulator.views(classes, owner, np.zeros(2 * n, bool), np.tile(phase, n), voices, rng)


def test_they_are_unit_vectors(simulator: TagSimulator) -> None:
    rows = draw(simulator, (0, 0))
    assert rows.shape == (200, len(VIEWS), 523)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=2), 1, rtol=1e-5)


def test_what_follows_comes_after(simulator: TagSimulator) -> None:
    first, last = VIEWS.index("beginning"), VIEWS.index("end")
    rows = draw(simulator, (0, 1))
    assert (rows[:, first, DOG] > rows[:, first, RAIN]).mean() > 0.85
    assert (rows[:, last, RAIN] > rows[:, last, DOG]).mean() > 0.85
    turned = draw(simulator, (1, 0))
    assert (turned[:, first, RAIN] > turned[:, first, DOG]).mean() > 0.85
    together = draw(simulator, (0, 0))
    assert 0.3 < (together[:, first, DOG] > together[:, first, RAIN]).mean() < 0.7


def test_the_peak_knows_both(simulator: TagSimulator) -> None:
    peak = draw(simulator, (0, 1))[:, VIEWS.index("peak")]
    strongest = np.argsort(-peak, axis=1)[:, :4]
    assert np.mean([{DOG, RAIN} <= set(row) for row in strongest.tolist()]) > 0.9


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("a man speaks as birds chirp", [0, 0]),
        ("a door closes, and then a dog barks", [0, 1]),
        ("a dog barks after a door closes", [1, 0]),
        ("rain falls before thunder roars followed by wind", [0, 1]),
        ("people talk", [0]),
    ],
)
def test_order_is_read_from_words_that_say_it(caption: str, expected: list[int]) -> None:
    assert phases(caption, parts(caption)) == expected
