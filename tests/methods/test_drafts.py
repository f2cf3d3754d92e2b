"""The order of several sentences about one sound."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from earwitness.encoders.tags.encoder import TagEncoder
from earwitness.methods.drafts import heard_alone, worth


def test_a_sentence_with_a_slip_stands_behind_a_sound_one() -> None:
    encoder = TagEncoder()
    texts = ["A dog are barking", "A dog barks as a dog barks", "Dog", "A dog barking spiite", "A dog barks"]
    likelihood = [-0.1, -0.1, -2.0, -0.1, -1.0]
    vector = encoder.embed_text(["a dog barks"])[0]
    total = worth(vector, texts, likelihood, encoder, None, None, rerank=0.0, audible=0.0)
    assert [texts[i] for i in np.argsort(-total)[:2]] == ["A dog barks", "Dog"]
    assert total[4] == pytest.approx(-1.0)


class Deaf:
    """A classifier that can hear some sentences alone, and says what it was asked for."""

    def __init__(self, *audible: str) -> None:
        self.known, self.asked = audible, []  # type: ignore[var-annotated]

    def audibility(self, texts: Any) -> Any:
        self.asked += list(texts)
        return np.array([float(text in self.known) for text in texts])


@pytest.mark.parametrize(
    ("said", "kept", "asked"),
    [
        ("A dog barks", "A dog barks", []),
        ("A dog barks in the distance", "A dog barks in the distance", []),
        ("Dogs bark and howl", "Dogs bark and howl", []),  # a word alone is no part
        ("As a car passes", "As a car passes", []),  # nothing would be left
        ("A dog barks over the city", "A dog barks", ["the city"]),
        ("A dog barks, as a car waits", "A dog barks", ["a car waits"]),
        ("A dog barks as a bell rings", "A dog barks as a bell rings", ["a bell rings"]),
    ],
)
def test_an_end_that_could_not_be_heard_is_left_out(said: str, kept: str, asked: list[str]) -> None:
    classifier: Any = Deaf("a bell rings")
    assert heard_alone([said], classifier, 0.5) == [kept]
    assert classifier.asked == asked
