"""What is surely heard beside what a sentence says."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from earwitness.encoders.tags.encoder import class_names
from earwitness.methods.telling.also import MOST_WORDS, also_heard, completed, named_beside


def surest(**heard: float) -> np.ndarray:
    row = np.zeros(len(class_names()), np.float32)
    for name, probability in heard.items():
        row[class_names().index(name.replace("_", " "))] = probability
    return row


def first(phrases: Sequence[str]) -> str:
    return phrases[0]


def test_every_kind_names_classes_that_are_there_and_speaks_of_itself() -> None:
    for beside in named_beside():
        assert set(beside.classes) <= set(class_names())
        assert 0 < beside.least < 1
        for phrase in beside.phrases:
            assert beside.said.search(phrase), phrase


def test_what_is_said_is_not_said_again() -> None:
    heard = also_heard(surest(Bird=0.9, Wind=0.9), class_names())
    assert completed("Pigeons coo", heard, 2, first) == "Pigeons coo as wind blows"
    assert completed("A car passes", heard, 1, first) == "A car passes as birds chirp"
    assert completed("A car passes", heard, 0, first) == "A car passes"


@pytest.mark.parametrize("probability", [0.0, 0.05])
def test_what_is_hardly_heard_is_left_out(probability: float) -> None:
    assert not also_heard(surest(Bird=probability, Music=probability, Speech=probability), class_names())


def test_classes_that_are_half_heard_bear_each_other_out() -> None:
    assert not also_heard(surest(Wind=0.25), class_names())
    assert also_heard(surest(**{"Wind": 0.25, "Wind noise (microphone)": 0.1}), class_names())


def test_the_surest_beside_what_it_needs_comes_first() -> None:
    heard = also_heard(surest(Music=0.6, Bird=0.6), class_names())
    assert [b.phrases[0] for b in heard] == ["birds chirp", "music plays"]


def test_a_long_sentence_stays_as_it_is() -> None:
    heard = also_heard(surest(Bird=0.9), class_names())
    long = " ".join(["word"] * (MOST_WORDS - 2))
    assert completed(long, heard, 2, first) == long


def test_of_several_ways_the_fitting_one_is_said() -> None:
    heard = also_heard(surest(Speech=0.9), class_names())
    said = completed("A dog barks", heard, 2, lambda phrases: phrases[-1])
    assert said == "A dog barks as a woman speaks"
