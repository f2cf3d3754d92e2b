"""The search finds what a plain one finds: greedy, by beams, exhaustively; alone and in company."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from earwitness.common.errors import OptionError
from earwitness.methods.wsac.search import SearchOptions, _step, log_softmax, search
from earwitness.training.decoder.torch_decoder import TorchDecoder
from tests.reference import wsac as plain
from tests.reference import wsac_tiny as tiny


def small(seed: int, **sizes: int) -> TorchDecoder:
    words = SimpleNamespace(
        end=1, banned=(0, 2), text=lambda tokens, special=False: " ".join(map(str, tokens))
    )
    return TorchDecoder(tiny.decoder(seed, **sizes), words)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(6))
def test_greedy_with_a_cache_is_greedy_without(seed: int) -> None:
    decoder, vectors = small(seed), tiny.vectors(5, seed=seed)
    found = search(decoder, vectors, SearchOptions(max_tokens=9))
    for hypotheses, vector in zip(found, vectors, strict=True):
        assert list(hypotheses[0].tokens) == plain.greedy(decoder.model, decoder.words, vector, 9)


@pytest.mark.parametrize("power", [0.0, 1.0])
@pytest.mark.parametrize("beams", [1, 2, 4])
def test_beams_are_those_of_the_plain_search(beams: int, power: float) -> None:
    for seed in range(4):
        decoder, vectors = small(seed), tiny.vectors(3, seed=seed)
        found = search(decoder, vectors, SearchOptions(beams=beams, max_tokens=7, length_power=power))
        for hypotheses, vector in zip(found, vectors, strict=True):
            expected = plain.beam(decoder.model, decoder.words, vector, beams, 7, power)
            assert [list(h.tokens) for h in hypotheses] == [tokens for tokens, _ in expected]
            np.testing.assert_allclose([h.score for h in hypotheses], [s for _, s in expected], atol=1e-5)


@pytest.mark.parametrize("power", [0.0, 0.7, 1.0])
def test_with_beams_enough_nothing_better_exists(power: float) -> None:
    decoder = small(3, vocab=7)
    for vector in tiny.vectors(3, seed=9):
        tokens, score = plain.exhaustive(decoder.model, decoder.words, vector, 4, power)
        options = SearchOptions(beams=400, max_tokens=4, length_power=power)
        best = search(decoder, vector[None], options)[0][0]
        assert best.tokens == tokens
        assert best.score == pytest.approx(score, abs=1e-5)


@pytest.mark.parametrize("strength", [0.0, 0.7, 3.0])
@pytest.mark.parametrize("sizes", [(1, 3), (4, 1), (3, 2)])
def test_groups_are_those_of_the_plain_diverse_search(sizes: tuple[int, int], strength: float) -> None:
    beams = sizes[0] * sizes[1]
    options = SearchOptions(beams=beams, group=sizes[1], diversity=strength, max_tokens=7, length_power=0.8)
    for seed in range(3):
        decoder, vectors = small(seed), tiny.vectors(3, seed=seed)
        for found, vector in zip(search(decoder, vectors, options), vectors, strict=True):
            every = plain.diverse(decoder.model, decoder.words, vector, sizes, strength, 7, 0.8)
            expected = sorted(every.items(), key=lambda e: -e[1])[:beams]
            assert [h.tokens for h in found] == [tokens for tokens, _ in expected]
            np.testing.assert_allclose([h.score for h in found], [s for _, s in expected], atol=1e-5)


@pytest.mark.parametrize("extra", [{}, {"no_repeat": 2}, {"min_tokens": 3}, {"length_power": 0.0}])
@pytest.mark.parametrize(("beams", "diversity"), [(1, 1.0), (4, 0.7), (5, 0.0)])
def test_groups_of_one_are_searched_as_any_groups(
    beams: int, diversity: float, extra: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Choices that are made for all beams at once are those that each beam makes for itself."""
    options = SearchOptions(beams=beams, group=1, diversity=diversity, max_tokens=9, **extra)  # type: ignore[arg-type]
    for seed in range(4):
        fast = search(small(seed), tiny.vectors(5, seed=seed), options)
        with monkeypatch.context() as patched:
            one_by_one = lambda live, logits, *rest: _step(live, log_softmax(logits), *rest)  # noqa: E731
            patched.setattr("earwitness.methods.wsac.search._step_of_ones", one_by_one)
            slow = search(small(seed), tiny.vectors(5, seed=seed), options)
        assert fast == slow


def test_groups_write_sentences_that_differ() -> None:
    decoder, vectors = small(2), tiny.vectors(6)
    alike = search(
        decoder, vectors, SearchOptions(beams=4, group=1, diversity=0.0, min_tokens=2, max_tokens=9)
    )
    apart = search(
        decoder, vectors, SearchOptions(beams=4, group=1, diversity=5.0, min_tokens=2, max_tokens=9)
    )
    assert all(len(clip) == 1 for clip in alike)
    assert all(len({h.tokens[:1] for h in clip}) > 1 for clip in apart)


@pytest.mark.parametrize(("beams", "group"), [(1, 0), (3, 0), (3, 1), (4, 2)])
def test_a_clip_alone_is_the_clip_in_company(beams: int, group: int) -> None:
    decoder, vectors = small(1), tiny.vectors(7)
    options = SearchOptions(beams=beams, group=group, max_tokens=10)
    together = search(decoder, vectors, options)
    alone = [search(decoder, v[None], options)[0] for v in vectors]
    assert [[h.tokens for h in c] for c in together] == [[h.tokens for h in c] for c in alone]
    turned = search(decoder, np.ascontiguousarray(vectors[::-1]), options)
    assert [h.tokens for h in turned[-1]] == [h.tokens for h in together[0]]


def test_no_run_of_tokens_comes_twice() -> None:
    for seed in range(5):
        for clip in search(small(seed), tiny.vectors(4), SearchOptions(beams=3, max_tokens=25, no_repeat=2)):
            for hypothesis in clip:
                pairs = list(zip(hypothesis.tokens, hypothesis.tokens[1:], strict=False))
                assert len(pairs) == len(set(pairs))


def test_no_sentence_ends_too_early_or_too_late() -> None:
    found = search(small(2), tiny.vectors(6), SearchOptions(beams=3, min_tokens=4, max_tokens=6))
    assert all(4 <= len(h.tokens) <= 6 for clip in found for h in clip)


def test_banned_tokens_are_never_written() -> None:
    found = search(small(4), tiny.vectors(6), SearchOptions(beams=4, max_tokens=12))
    assert not {0, 1, 2} & {t for clip in found for h in clip for t in h.tokens}


def test_banned_tokens_are_written_as_published() -> None:
    options = SearchOptions(max_tokens=12, legacy_tokens=True)
    found = search(small(4), tiny.vectors(20), options)
    assert {0, 2} & {t for clip in found for h in clip for t in h.tokens}


def test_a_sentence_knows_whether_it_ended() -> None:
    found = [h for clip in search(small(2), tiny.vectors(9), SearchOptions(max_tokens=6)) for h in clip]
    assert {h.ended for h in found} == {True, False}
    assert all(h.ended or len(h.tokens) == 6 for h in found)


def test_no_clip_no_sentence() -> None:
    assert search(small(0), np.zeros((0, 6), np.float32), SearchOptions()) == []


@pytest.mark.parametrize("wrong", [{"beams": 0}, {"max_tokens": 0}])
def test_options_that_cannot_be(wrong: dict[str, int]) -> None:
    with pytest.raises(OptionError, match="at least 1"):
        SearchOptions(**wrong)


def test_groups_are_of_one_size() -> None:
    with pytest.raises(OptionError, match="8 beams cannot be split into groups of 3"):
        SearchOptions(beams=8, group=3)
    with pytest.raises(OptionError, match="diversity is at least 0"):
        SearchOptions(diversity=-1)
