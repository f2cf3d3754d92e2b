"""A general sentence is said where the specific one is hardly believed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import earwitness
from earwitness.captioning.options import CaptionOptions
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
    silence: General | None = None

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

    def quiet(self, heard: Heard) -> General | None:
        return self.silence


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


def test_of_a_faint_sound_in_which_nothing_is_heard_that_is_said() -> None:
    quiet = General("Hardly anything is heard", 0.9, 521)
    heard, written = said(Estimator(0.01, [], silence=quiet), least=0.5)
    assert [s.text for s in written.sentences][:2] == ["Hardly anything is heard", "A lion purrs"]
    assert written.sentences[0].confidence == 0.9 and not heard.notes
    # what is believed, and what is asked for as it was written, stays
    assert said(Estimator(0.6, [], silence=quiet), least=0.5)[1].sentences[0].text == "A lion purrs"
    assert said(Estimator(0.01, [], silence=quiet), specific=True)[1].sentences[0].text == "A lion purrs"


@pytest.mark.parametrize(
    ("level", "text"), [(3e-4, "Hardly anything is heard"), (0.2, None)], ids=["faint", "loud"]
)
def test_noise_of_a_recorder_is_no_engine(level: float, text: str | None) -> None:
    noise = np.random.default_rng(0).normal(0, level, 16000 * 11).clip(-1, 1).astype(np.float32)
    captions = earwitness.load().caption_segments((noise, 16000), CaptionOptions(segments=5.5))
    assert (captions[0].text == "Hardly anything is heard") == (text is not None)
    if text:
        # segments that say the same are one: a quiet night is one line
        assert len(captions) == 1 and captions[0].notes == () and captions[0].confidence > 0.9
        specific = earwitness.load().caption((noise, 16000), CaptionOptions(specific=True))
        assert specific.text != text and "unsure" in specific.notes
