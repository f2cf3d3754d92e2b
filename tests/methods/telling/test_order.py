"""What came first is said as the sound has it, not from habit."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

import earwitness
from earwitness.audio import read_clip
from earwitness.encoders.background import Background
from earwitness.methods.telling.order import cut, in_order, in_turn

EXAMPLES = Path(__file__).parents[3] / "examples"
WORDS = ("clock", "rain", "dog")
CLOCK, RAIN, DOG = np.eye(3, dtype=np.float32)
NOWHERE = Background(np.zeros((4, 3), np.float32), np.array([0, 1], np.float32))


def embed(texts: Sequence[str]) -> np.ndarray:
    return np.stack([np.sum([v for w, v in zip(WORDS, np.eye(3), strict=True) if w in t], 0) for t in texts])


def told(sentence: str, *thirds: np.ndarray) -> str:
    return in_order([sentence], np.stack(thirds).astype(np.float32), NOWHERE, embed)[0]


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Rain falls as a clock ticks", "A clock ticks, then rain falls"),
        ("A clock ticking as rain falling", "A clock ticking followed by rain falling"),
        ("Rain falls, and a clock ticks", "A clock ticks, then rain falls"),
        ("A clock ticks and then rain falls", "A clock ticks, then rain falls"),
        ("Rain falls", "Rain falls"),
    ],
)
def test_what_is_heard_first_is_said_first(sentence: str, expected: str) -> None:
    assert told(sentence, CLOCK, CLOCK + RAIN, RAIN) == expected


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("A clock ticks followed by rain falling", "A clock ticks with rain falling"),
        ("A clock ticks, then rain falls", "A clock ticks and rain falls"),
        ("A clock ticks as rain falls", "A clock ticks as rain falls"),
        ("A clock ticks, and rain falls", "A clock ticks, and rain falls"),
    ],
)
def test_what_sounds_together_has_no_order(sentence: str, expected: str) -> None:
    both = CLOCK + RAIN
    assert told(sentence, both, both, 1.1 * both) == expected


def test_a_third_sound_stays_beside_the_first() -> None:
    assert (
        told("Rain falls as a clock ticks and a dog barks", CLOCK + DOG, DOG, RAIN + DOG)
        == "A clock ticks and a dog barks, then rain falls"
    )


def test_a_sound_too_short_to_have_a_beginning_keeps_its_sentence() -> None:
    assert told("Rain falls then a clock ticks", CLOCK, CLOCK, CLOCK) == "Rain falls then a clock ticks"


def test_one_verb_is_one_part() -> None:
    assert cut("A storm is followed by thunder") == [("", "A storm is followed by thunder")]


def test_both_ends_are_told_only_where_each_is_heard_at_its_end_alone() -> None:
    thirds = np.stack([CLOCK, CLOCK, RAIN])
    assert in_turn("A clock ticks", "Rain falls", thirds, NOWHERE, embed) == "A clock ticks, then rain falls"
    assert in_turn("A clock ticks", "A dog barks", thirds, NOWHERE, embed) is None
    assert in_turn("A clock ticks", "A clock ticks", thirds, NOWHERE, embed) is None
    throughout = np.stack([CLOCK + RAIN, RAIN, RAIN])
    assert in_turn("A clock ticks", "Rain falls", throughout, NOWHERE, embed) is None


def test_two_sounds_that_follow_each_other_are_told_in_turn() -> None:
    bell, rooster = (
        np.resize(read_clip(EXAMPLES / name, 16000).samples, 80000) for name in ("bell.wav", "rooster.wav")
    )
    captioner = earwitness.load()
    for first, then, words in ((bell, rooster, "bell rooster"), (rooster, bell, "rooster bell")):
        text = captioner.caption((np.concatenate([first, then]), 16000)).text.lower()
        places = [text.find(word) for word in (*words.split()[:1], "then", *words.split()[1:])]
        assert -1 not in places and places == sorted(places), text
