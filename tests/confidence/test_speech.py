"""Speech that nobody heard is not spoken of."""

from __future__ import annotations

import pytest

from earwitness.common.caption import Alternative
from earwitness.confidence.speech import claims_speech, without_talk, without_unheard_speech
from earwitness.methods.base import Written


def written(*texts: str) -> Written:
    return Written(tuple(Alternative(t, 0.9) for t in texts))


def texts(some: Written) -> list[str]:
    return [s.text for s in some.sentences]


@pytest.mark.parametrize(
    ("text", "yes"),
    [
        ("A person talks while pigeons coo", True),
        ("People are conversing", True),
        ("A loudspeaker hums", False),
        ("A talkative parrot squawks", False),
    ],
)
def test_what_claims_speech(text: str, yes: bool) -> None:
    assert claims_speech(text) is yes


def test_a_sentence_without_speech_comes_first_where_none_is_heard() -> None:
    some = written("A person talks while pigeons coo", "Pigeons coo")
    assert texts(without_unheard_speech(some, 0.2)) == ["Pigeons coo", "A person talks while pigeons coo"]
    assert without_unheard_speech(some, 0.8) is some


def test_the_claim_is_cut_out_where_every_sentence_has_it() -> None:
    some = written("A dog barks and a person speaks", "A person speaks as a dog barks", "A person speaks")
    assert texts(without_unheard_speech(some, 0.1)) == ["A dog barks"]


def test_a_sentence_that_says_nothing_else_stays() -> None:
    some = written("A person speaks")
    assert texts(without_unheard_speech(some, 0.1)) == ["A person speaks"]
    assert without_talk("A man talks and a woman speaks") == ""
