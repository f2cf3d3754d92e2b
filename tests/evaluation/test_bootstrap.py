"""Intervals and comparisons: seeded, honest about what they cover, fair to both sides."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.common.errors import OptionError
from earwitness.evaluation import bootstrap
from earwitness.evaluation.bootstrap import BootstrapOptions, differences, draws, intervals, resample
from earwitness.evaluation.corpus import Corpus
from earwitness.evaluation.metrics.base import Measured, compute, of_items


def counts_of(clips: int, drawn: list[int]) -> np.ndarray:
    return np.bincount(drawn, minlength=clips).astype(float)[None]


@given(st.lists(st.integers(0, 4), min_size=5, max_size=5))
def test_a_resampled_corpus_scores_what_that_corpus_scores(drawn) -> None:
    predictions = ("rain falls on a roof", "a dog barks", "", "wind blows hard", "a dog barks at rain")
    references = (
        ("rain on a roof", "it rains"),
        ("a dog barks twice",),
        ("a car",),
        ("wind blows",),
        ("a dog",),
    )
    ids = tuple("abcde")
    whole = compute(Corpus(ids, predictions, references), ["bleu", "rouge_l", "surface"])
    pick = Corpus(
        tuple(f"{place}" for place, _ in enumerate(drawn)),
        tuple(predictions[clip] for clip in drawn),
        tuple(references[clip] for clip in drawn),
    )
    again = compute(pick, ["bleu", "rouge_l", "surface"])
    for name, score in whole.items():
        if score.resample is not None:
            assert score.resample(counts_of(5, drawn))[0] == pytest.approx(again[name].value, abs=1e-12), name


def test_resampling_every_clip_once_gives_the_score_itself() -> None:
    corpus = Corpus(("1", "2"), ("rain falls", "a dog"), (("rain falls hard",), ("a dog barks",)))
    for name, score in compute(corpus, ["bleu", "rouge_l", "cider_d"]).items():
        assert score.resample(np.ones((1, 2)))[0] == pytest.approx(score.value, abs=1e-12), name


def test_the_same_seed_gives_the_same_interval_and_another_seed_another(rng) -> None:
    score = {"a": of_items(rng.normal(size=50).tolist())}
    same = [intervals(score, 50, BootstrapOptions(seed=7))["a"] for _ in range(2)]
    assert same[0] == same[1] != intervals(score, 50, BootstrapOptions(seed=8))["a"]


def test_no_global_generator_is_touched() -> None:
    np.random.seed(3)
    before = np.random.get_state()[1].tolist()
    intervals({"a": of_items([0.0, 1.0, 2.0])}, 3, BootstrapOptions(resamples=10))
    assert np.random.get_state()[1].tolist() == before


def test_an_interval_of_a_mean_has_the_width_theory_gives_it(rng) -> None:
    values = rng.normal(size=400)
    low, high = intervals({"a": of_items(values.tolist())}, 400, BootstrapOptions(resamples=4000))["a"]
    expected = 2 * 1.96 * values.std() / 20
    assert high - low == pytest.approx(expected, rel=0.06)
    assert low < values.mean() < high


def test_intervals_cover_the_truth_about_as_often_as_they_say(rng) -> None:
    covered = 0
    for trial in range(200):
        score = {"a": of_items(rng.normal(size=60).tolist())}
        low, high = intervals(score, 60, BootstrapOptions(resamples=200, seed=trial, level=0.9))["a"]
        covered += low <= 0.0 <= high
    assert 165 <= covered <= 194


def test_draws_come_in_blocks_that_make_no_difference(monkeypatch) -> None:
    options = BootstrapOptions(resamples=25)
    score = {"a": of_items([0.0, 1.0, 5.0, 2.0])}
    one = resample(score, 4, options)["a"]
    monkeypatch.setattr(bootstrap, "BLOCK", 4 * 25)
    assert len(list(draws(4, options))) == 1
    monkeypatch.setattr(bootstrap, "BLOCK", 4 * 10)
    assert [len(block) for block in draws(4, options)] == [10, 10, 5]
    assert resample(score, 4, options)["a"].shape == one.shape == (25,)


def test_nothing_is_said_of_one_clip() -> None:
    score = {"a": of_items([0.5])}
    assert intervals(score, 1, BootstrapOptions()) == {}
    gap = differences(score, {"a": of_items([0.1])}, 1, BootstrapOptions())["a"]
    assert (gap.value, gap.low, gap.high, gap.p_value, gap.won) == (0.4, None, None, None, 1)


def test_a_system_against_itself_is_even_everywhere() -> None:
    score = {"a": of_items([0.1, 0.7, 0.3])}
    gap = differences(score, score, 3, BootstrapOptions())["a"]
    assert (gap.value, gap.p_value, gap.tied, gap.share_won) == (0.0, 1.0, 3, 0.5)


def test_a_difference_is_the_negative_seen_from_the_other_side(rng) -> None:
    first, second = ({"a": of_items(rng.random(30).tolist())} for _ in range(2))
    there, back = (
        differences(x, y, 30, BootstrapOptions())["a"] for x, y in ((first, second), (second, first))
    )
    assert there.value == -back.value and there.won == back.lost
    assert (there.low, there.high) == pytest.approx((-back.high, -back.low))
    assert there.p_value == back.p_value


def test_pairing_sees_a_small_steady_lead_that_single_intervals_hide(rng) -> None:
    hard = rng.random(100)
    first, second = {"a": of_items((hard + 0.02).tolist())}, {"a": of_items(hard.tolist())}
    options = BootstrapOptions()
    assert intervals(first, 100, options)["a"][0] < intervals(second, 100, options)["a"][1]
    gap = differences(first, second, 100, options)["a"]
    assert gap.low > 0 and gap.p_value < 0.01 and gap.share_won == 1.0


def test_a_score_that_cannot_be_resampled_is_compared_without_interval() -> None:
    score = {"v": Measured(3.0, (1.0, 2.0), None)}
    gap = differences(score, {"v": Measured(2.0, (1.0, 1.0), None)}, 2, BootstrapOptions())["v"]
    assert (gap.value, gap.low, gap.p_value, gap.won, gap.tied) == (1.0, None, None, 1, 1)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"resamples": 3}, "at least 10 resamples, not 3"),
        ({"level": 1.0}, "lies between 0 and 1, not at 1.0"),
    ],
)
def test_impossible_options_are_refused(options, message) -> None:
    with pytest.raises(OptionError, match=message):
        BootstrapOptions(**options)
