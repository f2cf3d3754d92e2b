"""Audibility of captions: reported, and by weight part of their order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from earwitness.captioning.captioner import Captioner
from earwitness.captioning.options import CaptionOptions
from earwitness.common.caption import Alternative
from earwitness.common.errors import OptionError
from earwitness.methods.base import Written
from earwitness.methods.judging import judged


class ByLength:
    """The longer a text, the more audible."""

    name = "by length"

    def __init__(self) -> None:
        self.asked: list[list[str]] = []

    def audibility(self, texts: Sequence[str]) -> np.ndarray:
        self.asked.append(list(texts))
        return np.array([min(1.0, len(t) / 10) for t in texts])


WRITTEN = [
    Written((Alternative("rain", 0.9), Alternative("rain falls", 0.8))),
    Written(()),
    Written((Alternative("rain", 0.5),)),
]


def test_every_sentence_is_judged_once_and_none_moves_without_weight() -> None:
    classifier = ByLength()
    out = judged(WRITTEN, classifier)
    assert [[(s.text, s.audibility) for s in w.sentences] for w in out] == [
        [("rain", 0.4), ("rain falls", 1.0)], [], [("rain", 0.4)],
    ]  # fmt: skip
    assert classifier.asked == [["rain", "rain falls"]]
    assert judged([Written(())], classifier) == [Written(())] and len(classifier.asked) == 1


@pytest.mark.parametrize(
    ("weight", "first"), [(0.0, "rain"), (0.1, "rain"), (0.3, "rain falls"), (1.0, "rain falls")]
)
def test_weight_puts_audible_sentences_first(weight: float, first: str) -> None:
    # 0.9(1 - w) + 0.4w = 0.8(1 - w) + 1.0w where w = 1/7
    assert judged(WRITTEN, ByLength(), weight)[0].sentences[0].text == first


class Echo:
    """Hears nothing in particular and always says the same."""

    name, rate, window_seconds, dim = "echo", 16000, 10.0, 4

    def embed_audio(self, clips: Sequence[object]) -> np.ndarray:
        return np.tile(np.array([[1, 0, 0, 0]], np.float32), (len(clips), 1))

    def embed_text(self, texts: Sequence[str]) -> np.ndarray:
        return np.tile(np.array([[1, 0, 0, 0]], np.float32), (len(texts), 1))

    def write(self, vectors: np.ndarray, keywords: object = ()) -> list[Written]:
        return [WRITTEN[0] for _ in vectors]


def test_a_captioner_with_a_classifier_reports_audibility() -> None:
    echo, sound = Echo(), (np.sin(np.arange(16000, dtype=np.float32)) * 0.1, 16000)
    captioner = Captioner(echo, echo, classifier=ByLength())
    caption = captioner.caption(sound, CaptionOptions(top=2))
    assert (caption.text, caption.audibility) == ("rain", 0.4)
    second = {"text": "rain falls", "confidence": None, "fit": 0.8, "score": None, "audibility": 1.0}
    assert caption.to_dict()["alternatives"][1] == second
    assert captioner.caption(sound, CaptionOptions(audible_weight=0.5)).text == "rain falls"
    assert "audibility" not in Captioner(echo, echo).caption(sound).to_dict()
    with pytest.raises(OptionError, match="needs a classifier"):
        Captioner(echo, echo).caption(sound, CaptionOptions(audible_weight=0.5))
    with pytest.raises(OptionError, match="between 0 and 1"):
        CaptionOptions(audible_weight=1.5)
