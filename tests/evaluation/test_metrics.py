"""BLEU, ROUGE-L and CIDEr-D: equal to pycocoevalcap, to the plain versions, and to paper and pencil."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness.datasets import read_references
from earwitness.evaluation.corpus import Corpus
from earwitness.evaluation.metrics.base import Measured, Unavailable, compute
from earwitness.evaluation.metrics.bleu import bleu_scores, bleu_statistics
from earwitness.evaluation.metrics.cider import cider_d
from earwitness.evaluation.metrics.rouge import common_subsequence, rouge_l
from earwitness.evaluation.words.ngrams import ngrams

CORE = ("bleu", "rouge_l", "cider_d")


def first_against_others(shared, name: str) -> Corpus:
    captions = read_references(shared / "data" / name / "test.csv").captions
    return Corpus(
        tuple(captions),
        tuple(texts[0] for texts in captions.values()),
        tuple(texts[1:] for texts in captions.values()),
    )


@pytest.mark.parametrize("name", ["audiocaps", "clotho"])
def test_scores_equal_pycocoevalcap_on_a_whole_test_set(name, shared, golden) -> None:
    corpus = first_against_others(shared, name)
    frozen = golden["scores"][name]
    assert list(corpus.ids) == frozen["ids"]
    found = compute(corpus, CORE)
    assert found.keys() == frozen["scores"].keys()
    for score, theirs in frozen["scores"].items():
        assert found[score].value == pytest.approx(theirs["value"], rel=0, abs=1e-9), score
        assert found[score].items == pytest.approx(theirs["items"], rel=0, abs=1e-9), score


def test_a_test_set_of_five_captions_a_clip_is_scored_in_three_seconds(shared) -> None:
    captions = read_references(shared / "data/audiocaps/test.csv").captions
    started = time.perf_counter()
    corpus = Corpus(tuple(captions), tuple(t[1] for t in captions.values()), tuple(captions.values()))
    found = compute(corpus, CORE)
    assert time.perf_counter() - started < 3.0
    assert len(corpus) == 975 and all(isinstance(score, Measured) for score in found.values())


@pytest.mark.java
def test_fresh_sentences_score_as_in_pycocoevalcap(stanford, rng) -> None:
    vocabulary = ["rain", "falls", "a", "dog", "barks", "loudly", "wind"]

    def sentence() -> str:
        return " ".join(rng.choice(vocabulary, size=rng.integers(0, 9)))

    predictions = {str(clip): sentence() for clip in range(40)}
    references = {clip: [(sentence() + " x").strip() for _ in range(3)] for clip in predictions}
    theirs = stanford.scores(predictions, references)
    corpus = Corpus(tuple(predictions), tuple(predictions.values()), tuple(map(tuple, references.values())))
    ours = compute(corpus, CORE)
    for score, (value, items) in theirs.items():
        assert ours[score].value == pytest.approx(value, rel=0, abs=1e-9)
        assert ours[score].items == pytest.approx(items, rel=0, abs=1e-9)


sentences = st.lists(st.sampled_from(["a", "b", "c", "d", "e"]), max_size=8).map(" ".join)
clips = st.lists(st.tuples(sentences, st.lists(sentences, min_size=1, max_size=3)), min_size=2, max_size=5)


@settings(deadline=None, max_examples=60)
@given(clips)
def test_scores_equal_the_plain_versions(plain, clips) -> None:
    predictions, references = [clip[0] for clip in clips], [clip[1] for clip in clips]
    said, heard = [ngrams(p) for p in predictions], [[ngrams(r) for r in clip] for clip in references]
    statistics = [bleu_statistics(*row) for row in zip(said, heard, strict=True)]
    summed = [sum(column) for column in zip(*statistics, strict=True)]
    for order in range(4):
        assert bleu_scores(summed)[order] == pytest.approx(
            plain.bleu(predictions, references, order + 1), abs=1e-9
        )
    for prediction, candidates in clips:
        assert rouge_l(prediction, candidates) == pytest.approx(
            plain.rouge_l(prediction, candidates), abs=1e-12
        )
    assert cider_d(said, heard) == pytest.approx(plain.cider_d(predictions, references), abs=1e-9)


@given(st.lists(st.sampled_from("abc"), max_size=30), st.lists(st.sampled_from("abc"), max_size=30))
def test_common_subsequences_are_as_long_as_the_table_says(plain, first, second) -> None:
    assert common_subsequence(first, second) == plain.longest_common_subsequence(first, second)


def test_bleu_of_five_words_by_hand() -> None:
    # 4 of 5 words and 1 of 4 pairs are in the reference; six words there, so the penalty is exp(1 - 6/5)
    statistics = bleu_statistics(
        ngrams("a dog barks very loudly"), [ngrams("a dog that barks loudly outside")]
    )
    assert statistics == [5, 6, 5, 4, 3, 2, 4, 1, 0, 0]
    one, two, three, _ = bleu_scores(statistics)
    assert one == pytest.approx(0.8 * 2.718281828459045**-0.2, abs=1e-8)
    assert two == pytest.approx((0.8 * 0.25) ** 0.5 * 2.718281828459045**-0.2, abs=1e-8)
    assert three < 1e-4


def test_the_shorter_of_two_equally_close_references_counts() -> None:
    assert bleu_statistics(ngrams("a b c d"), [ngrams("a b c"), ngrams("a b c d e")])[1] == 3


def test_cider_ignores_what_every_clip_says() -> None:
    # "a" is in both clips: its weight is log 2 - log 2
    assert cider_d([ngrams("a")] * 2, [[ngrams("a")], [ngrams("a")]]) == [0.0, 0.0]


def test_perfect_captions_score_full_marks() -> None:
    texts = ("rain falls on a tin roof", "a dog barks twice at night")
    found = compute(Corpus(("1", "2"), texts, tuple((text,) for text in texts)), CORE)
    assert [round(score.value, 6) for score in found.values()] == [1.0, 1.0, 1.0, 1.0, 1.0, 10.0]


def test_an_empty_caption_scores_nothing_and_fails_nothing() -> None:
    found = compute(Corpus(("1", "2"), ("", "rain falls"), (("a dog",), ("rain falls",))), CORE)
    assert {name: score.items[0] for name, score in found.items()} == dict.fromkeys(found, 0.0)


def test_cider_of_one_clip_is_missing_with_a_reason() -> None:
    found = compute(Corpus(("1",), ("rain",), (("rain",),)), CORE)
    assert found["cider_d"] == Unavailable(
        "CIDEr-D is undefined for one clip: no phrase is rarer than another"
    )
    assert found["rouge_l"].value == 1.0


def test_vocabulary_and_length_are_counted_in_words() -> None:
    corpus = Corpus(("1", "2"), ("A dog, a dog!", "Rain."), (("x",), ("y",)))
    found = compute(corpus, ["surface"])
    assert (found["vocabulary"].value, found["length"].value) == (3.0, 2.5)
    assert found["vocabulary"].resample is None
