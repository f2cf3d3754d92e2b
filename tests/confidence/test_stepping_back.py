"""A general sentence is said where the specific one is hardly believed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from earwitness.common.caption import Alternative
from earwitness.common.errors import OptionError
from earwitness.confidence.estimator import General
from earwitness.confidence.stepping_back import UNSURE, SteppingBack, believed, more_general
from earwitness.methods.base import Evidence, Heard, Written

HEARD = Heard(
    "a.wav",
    0,
    1,
    np.ones(3, np.float32),
    evidence=Evidence(np.ones(3, np.float32), np.ones(3, np.float32), 1.0),
)
WRITTEN = Written((Alternative("A lion purrs", 0.97), Alternative("A car revs", 0.95)))
DOG, ANIMAL = General("A dog makes a sound", 0.75, 8), General("An animal calls", 0.85, 60)


@dataclass
class Estimator:
    """Believes what it is told to."""

    best: float
    could: list[General] = field(default_factory=lambda: [DOG, ANIMAL])
    features: Any = None

    def __post_init__(self) -> None:
        self.features = self

    def loudest(self, evidence: Evidence, node: str) -> float:
        return 0.0

    def judge(self, heard: Heard, written: Written) -> Written:
        first, *rest = written.sentences
        return Written((Alternative(first.text, first.fit, confidence=self.best), *rest))

    def general(self, heard: Heard, written: Written) -> list[General]:
        return self.could

    def said(self, general: General, heard: Heard) -> Alternative:
        return Alternative(general.text, 0.8, confidence=general.confidence)


def said(estimator: Estimator, **options: Any) -> tuple[Heard, Written]:
    return believed(HEARD, WRITTEN, estimator, SteppingBack(**options))  # type: ignore[arg-type]


def test_a_believed_sentence_stays() -> None:
    heard, written = said(Estimator(0.6), least=0.5)
    assert written.sentences[0].text == "A lion purrs" and written.instead_of is None and not heard.notes


def test_the_most_specific_sentence_that_is_believed_is_said_instead() -> None:
    for least, text in ((0.4, DOG.text), (0.8, ANIMAL.text)):
        heard, written = said(Estimator(0.2), least=least)
        assert written.sentences[0].text == text and not heard.notes
        assert written.instead_of == Alternative("A lion purrs", 0.97, confidence=0.2)
        assert [s.text for s in written.sentences[1:]] == ["A lion purrs", "A car revs"]


def test_below_the_floor_the_likeliest_is_said_and_noted_as_unsure() -> None:
    heard, written = said(Estimator(0.2), least=0.9)
    assert written.sentences[0].text == ANIMAL.text and heard.notes == (UNSURE,)


def test_a_general_sentence_that_gains_nothing_is_not_said() -> None:
    heard, written = said(Estimator(0.8), least=0.9)
    assert written.sentences[0].text == "A lion purrs" and heard.notes == (UNSURE,)
    assert more_general([], 0.0, 0.5) is None


def test_specific_never_steps_back() -> None:
    heard, written = said(Estimator(0.2), least=0.9, specific=True)
    assert written.sentences[0].text == "A lion purrs" and heard.notes == (UNSURE,)


def test_no_evidence_changes_nothing() -> None:
    heard = Heard("a.wav", 0, 1, np.ones(3, np.float32))
    assert believed(heard, WRITTEN, Estimator(0.1), SteppingBack()) == (heard, WRITTEN)  # type: ignore[arg-type]


@pytest.mark.parametrize("least", [-0.1, 1.1])
def test_the_least_is_a_probability(least: float) -> None:
    with pytest.raises(OptionError, match="between 0 and 1"):
        SteppingBack(least)
