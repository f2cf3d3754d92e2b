"""The order of several sentences about one sound."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from earwitness.encoders.tags.encoder import TagEncoder
from earwitness.methods.caption_prior import CaptionPrior
from earwitness.methods.drafts import DraftRanker, Weights, heard_alone, matched_alone


def test_a_sentence_with_a_slip_stands_behind_a_sound_one() -> None:
    encoder = TagEncoder()
    texts = ["A dog are barking", "A dog barks as a dog barks", "Dog", "A dog barking spiite", "A dog barks"]
    likelihood = [-0.1, -0.1, -2.0, -0.1, -1.0]
    vector = encoder.embed_text(["a dog barks"])[0]
    total = DraftRanker(encoder, None, None, Weights()).worth(vector, texts, likelihood)
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


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("A dog barks and a woman speaks", "A dog barks"),
        ("A dog barks, while a piano is played", "A dog barks"),
        ("A dog barks as rain falls", "A dog barks as rain falls"),
        ("A dog barks and howls", "A dog barks and howls"),  # a word alone is no part
        ("While a piano is played", "While a piano is played"),  # nothing would be left
        ("A woman speaks", "A woman speaks"),
    ],
)
def test_an_end_that_the_sound_does_not_bear_out_is_left_out(said: str, kept: str) -> None:
    encoder = TagEncoder()
    vector = encoder.embed_text(["a dog barks in the rain"])[0]
    assert matched_alone([said], vector, encoder, encoder.background(), 0.1) == [kept]
    among = ["A bell rings as a bell rings", said, "A dog barks and a man talks"]
    assert matched_alone(among, vector, encoder, encoder.background(), 0.1)[1] == kept
    assert matched_alone([said], vector, encoder, None, -1.0) == [said]


def test_each_weight_adds_its_own_term() -> None:
    encoder = TagEncoder()
    texts, likelihood = ["A dog barks", "Rain falls"], [-1.0, -2.0]
    vector = encoder.embed_text(["a dog barks in the rain"])[0]
    background, classifier = encoder.background(), Deaf("A dog barks")
    rows = encoder.embed_text(texts)
    terms = {
        "rerank": background.standardised(vector, rows),
        "cosine": rows @ vector,
        "audible": np.array([1.0, 0.0]),
        "prior": CaptionPrior().logprob(texts),
        "told": CaptionPrior().logprob_of(vector, texts),
    }
    for name, term in terms.items():
        ranker = DraftRanker(encoder, background, classifier, Weights(**{name: 3.0}))  # type: ignore[arg-type]
        assert ranker.worth(vector, texts, likelihood) == pytest.approx(np.array(likelihood) + 3 * term)
    other: Any = SimpleNamespace(name="other", dim=3)  # no decoder learned to read its sounds
    unread = DraftRanker(other, None, None, Weights(told=3.0)).worth(
        np.ones(3, np.float32), texts, likelihood
    )
    assert unread.tolist() == likelihood
    bare = DraftRanker(encoder, None, None, Weights(rerank=2.0, audible=5.0))
    assert bare.worth(vector, texts, likelihood) == pytest.approx(np.array(likelihood) + 2 * rows @ vector)


USUAL = ("A dog barks", "Rain falls and thunder roars", "A man speaks as birds chirp", "A bell rings")
ODD = (
    "A woman is bow-wows",
    "A laugh is a snicker",
    "A cricket is playing cricket",
    "Lightning strikes thunderous",
)


def test_what_people_say_of_sounds_is_more_usual_than_what_they_do_not() -> None:
    prior = CaptionPrior()
    assert prior.logprob(USUAL).min() > prior.logprob(ODD).max()
    assert prior.logprob([]).shape == (0,)
    assert prior.logprob(["word " * 200])[0] < 0  # longer than the decoder has room for


def test_how_usual_a_sentence_is_depends_on_no_other_one() -> None:
    together = CaptionPrior().logprob([*USUAL, *ODD])
    alone = [CaptionPrior().logprob([text])[0] for text in (*USUAL, *ODD)]
    assert together.tolist() == alone


def test_what_the_decoder_is_told_decides_what_is_likely() -> None:
    prior, encoder = CaptionPrior(), TagEncoder()
    said = ["A dog barks", "A dog growls", "Rain falls on a surface"]
    dog, rain = (prior.logprob_of(v, said) for v in encoder.embed_text(["a dog barks", "rain falls"]))
    assert dog.argmax() == 0 and rain.argmax() == 2
    # sentences that begin alike are read on from what they share, and say the same
    alone = [prior.logprob_of(encoder.embed_text(["a dog barks"])[0], [text])[0] for text in said]
    assert dog.tolist() == alone
    assert prior.logprob(said[:1])[0] == pytest.approx(
        prior.logprob_of(encoder.embed_text(said[:1])[0], said)[0]
    )


def test_how_usual_a_sentence_is_by_the_decoder_read_step_by_step() -> None:
    """Against the plain way: all tokens' log-probabilities from beginnings that are read anew."""
    from tokenizers import Tokenizer

    from earwitness.encoders.runtime import asset
    from earwitness.methods.wsac.decoder import OnnxDecoder

    decoder = OnnxDecoder(asset("decoder"))
    tokens = Tokenizer.from_file(str(asset("decoder") / "tokenizer.json")).encode("A dog barks").ids
    meaning, total = TagEncoder().embed_text(["A dog barks"]), 0.0
    for n, token in enumerate([*tokens, decoder.end]):
        logits, state = decoder.begin(meaning)
        for earlier in tokens[:n]:
            logits, state = decoder.advance(np.array([earlier]), state)
        total += float(np.log(np.exp(logits[0].astype(float)) / np.exp(logits[0].astype(float)).sum())[token])
    assert CaptionPrior().logprob(["A dog barks"])[0] == pytest.approx(total / (len(tokens) + 1), abs=1e-5)
