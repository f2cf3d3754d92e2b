"""Confidences out of the shipped fit: probabilities, the same alone and together, higher for what is there."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import earwitness
from earwitness.captioning.captioner import Captioner
from earwitness.captioning.loading import load
from earwitness.captioning.options import CaptionOptions
from earwitness.common.caption import Alternative
from earwitness.confidence.features import SENTENCE
from earwitness.confidence.model import ConfidenceModel, Logistic, calibrate
from earwitness.methods.base import Written

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module")
def captioner() -> Captioner:
    return earwitness.load()


def test_what_is_there_is_believed_more_than_what_is_not(captioner: Captioner) -> None:
    assert captioner.confidence is not None
    heard = captioner.heard(EXAMPLES / "rooster.wav")[0]
    written = Written((Alternative("A rooster crows", 0.0), Alternative("A motorcycle idles", 0.0)))
    right, wrong = captioner.confidence.judge(heard, written).sentences
    assert right.confidence is not None and wrong.confidence is not None
    assert 0 < wrong.confidence < 0.3 < right.confidence < 1


def test_confidences_do_not_depend_on_the_sounds_beside(captioner: Captioner) -> None:
    sounds = [str(EXAMPLES / name) for name in ("rooster.wav", "bell.wav", "kitten.wav")]
    options = CaptionOptions(top=3)
    alone = [captioner.caption(s, options) for s in sounds]
    together = [o.captions[0] for o in captioner.caption_many(sounds[::-1], options)][::-1]
    for one, other in zip(alone, together, strict=True):
        assert [a.text for a in one.alternatives] == [a.text for a in other.alternatives]
        np.testing.assert_allclose(
            [a.confidence for a in one.alternatives], [a.confidence for a in other.alternatives], atol=1e-5
        )


def test_the_general_sentences_of_a_rooster_are_of_birds(captioner: Captioner) -> None:
    assert captioner.confidence is not None
    heard = captioner.heard(EXAMPLES / "rooster.wav")[0]
    likeliest = max(
        captioner.confidence.general(heard, captioner.written([heard])[0]), key=lambda g: g.confidence
    )
    assert likeliest.text in ("An animal calls", "A bird is heard", "A farm animal calls", "A bird calls")


def test_a_demanding_user_gets_a_general_sentence_or_a_note(captioner: Captioner) -> None:
    caption = captioner.caption(EXAMPLES / "car.wav", CaptionOptions(min_confidence=1.0))
    assert "unsure" in caption.notes and caption.text
    specific = captioner.caption(EXAMPLES / "car.wav", CaptionOptions(min_confidence=1.0, specific=True))
    assert specific.instead_of is None and specific.text
    if caption.instead_of is not None:
        assert caption.instead_of.text == specific.text
        assert caption.to_dict()["instead_of"]["confidence"] < caption.confidence  # type: ignore[operator]


def test_nothing_is_said_where_nothing_was_fitted() -> None:
    caption = load(preset="wsac").caption(EXAMPLES / "bell.wav")
    assert caption.confidence is None and caption.to_dict()["confidence"] is None and 0 < caption.fit <= 1


def test_a_model_is_read_as_it_was_written(captioner: Captioner, tmp_path: Path) -> None:
    assert captioner.confidence is not None
    model = captioner.confidence.model
    model.write(tmp_path / "confidence.json")
    again = ConfidenceModel.read(tmp_path / "confidence.json")
    table = np.random.default_rng(1).normal(size=(5, len(SENTENCE)))
    np.testing.assert_allclose(
        again.sentence.probability(table, SENTENCE), model.sentence.probability(table, SENTENCE), atol=1e-5
    )
    assert again.card == model.card


def test_calibration_keeps_order_beyond_its_ends() -> None:
    curve = np.array([[-1.0, 1.0], [-0.5, 2.0]])
    out = calibrate(np.array([-3.0, -1.0, 0.0, 1.0, 4.0]), curve)
    assert out.tolist() == [-2.5, -0.5, 0.75, 2.0, 5.0]
    one = np.ones(1)
    far = Logistic(("a",), 0 * one, one, 1000 * one, 0.0, curve).probability(np.array([[9.0], [-9.0]]), ["a"])
    assert far.tolist() == [1.0, 0.0]
