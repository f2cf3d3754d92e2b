"""The arithmetic of guidance: golden targets, gradients, the step's length, and single tokens."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from earwitness.language.moves import moves_of
from earwitness.methods.audibility import objective as guidance
from earwitness.methods.audibility.options import AudibilityOptions
from earwitness.methods.audibility.special_tokens import (
    SpecialTokens,
    end_token,
    forbidden_tokens,
    less_likely,
)

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
from tests.reference import audibility as plain
from tests.reference import audibility_tiny as tiny
from tests.reference import published_tokens
from tests.reference.language import read

COSINES, AUDIBLE = [0.30, 0.28, 0.25], [0.1, 0.9, 0.5]


@pytest.mark.parametrize(
    ("weight", "expected"),
    [
        (0.0, [0.875601, 0.118500, 0.005900]),
        (0.015, [0.684179, 0.307421, 0.008400]),
        (0.5, [0.0, 1.0, 0.0]),
    ],
)
def test_golden_targets(weight: float, expected: list[float]) -> None:
    found = guidance.target(COSINES, AUDIBLE, weight, 0.01)
    np.testing.assert_allclose(found, expected, atol=6e-7)
    np.testing.assert_allclose(found, plain.target(COSINES, AUDIBLE, weight, 0.01), atol=1e-12)


def test_without_weight_the_target_is_the_match_alone() -> None:
    other = guidance.target(COSINES, [0.9, 0.1, 0.3], 0.0, 0.01)
    np.testing.assert_array_equal(guidance.target(COSINES, AUDIBLE, 0.0, 0.01), other)


def predictions(seed: int = 0) -> tuple[Any, Any, Any, np.ndarray, np.ndarray]:
    """Two rows: logits that may move, those before, four candidates, their cosines and audibility."""
    g = torch.Generator().manual_seed(seed)
    logits = torch.randn(2, 9, generator=g, dtype=torch.float64).requires_grad_()
    before = torch.randn(2, 9, generator=g, dtype=torch.float64).log_softmax(1)
    ids = torch.tensor([[1, 3, 5, 7], [0, 2, 4, 8]])
    rng = np.random.default_rng(seed)
    return logits, before, ids, rng.uniform(0, 0.4, (2, 4)), rng.uniform(0, 1, (2, 4))


def test_fluency_is_zero_where_nothing_moved() -> None:
    logits, _, ids, cosines, audible = predictions()
    after = logits.log_softmax(1)
    terms = guidance.losses(AudibilityOptions(), after, after.detach(), ids, cosines, audible)
    assert terms["fluency"].tolist() == [0, 0]
    (gradient,) = torch.autograd.grad(terms["fluency"].sum(), logits)
    assert gradient.abs().max() < 1e-12


def test_gradient_of_the_target_is_prediction_less_target() -> None:
    logits, before, ids, cosines, audible = predictions()
    options = AudibilityOptions(lambda0=0.0)
    terms = guidance.losses(options, logits.log_softmax(1), before, ids, cosines, audible)
    (gradient,) = torch.autograd.grad(terms["match"].sum(), logits)
    wanted = torch.zeros(2, 9, dtype=torch.float64)
    wanted.scatter_(1, ids, torch.tensor(guidance.target(cosines, audible, 0.015, 0.01)))
    torch.testing.assert_close(gradient, logits.detach().softmax(1) - wanted)


def test_gradient_of_the_expectation_raises_what_is_better_than_the_mean() -> None:
    logits, before, ids, cosines, audible = predictions()
    options = AudibilityOptions(objective="expectation", lambda0=0.0, lambda2=0.3)
    terms = guidance.losses(options, logits.log_softmax(1), before, ids, cosines, audible)
    (gradient,) = torch.autograd.grad((terms["match"] + terms["audibility"]).sum(), logits)
    share = logits.detach().gather(1, ids).softmax(1)
    each = torch.tensor(-cosines - 0.3 * np.log(audible))
    expected = torch.zeros_like(gradient)
    expected.scatter_(1, ids, share * (each - (share * each).sum(1, keepdim=True)))
    torch.testing.assert_close(gradient, expected)


def test_what_is_surely_not_heard_costs_no_more_than_a_little_chance() -> None:
    logits, before, ids, cosines, audible = predictions()
    options = AudibilityOptions(objective="expectation", lambda2=1.0)
    terms = guidance.losses(options, logits.log_softmax(1), before, ids, cosines, 0 * audible)
    np.testing.assert_allclose(terms["audibility"].tolist(), -np.log(1e-6))


@pytest.mark.parametrize("kind", ["GPT2", "Llama"])
@pytest.mark.parametrize("objective", ["target", "expectation"])
def test_the_loss_falls_step_by_step(kind: str, objective: Any, tmp_path: Path) -> None:
    """On a toy model, with the candidates held fast."""
    torch.set_num_threads(1)
    model = tiny.language_model(kind, tmp_path)
    state = read(model, ["a dog barks", "rain falls on a tin"])
    before = state.logits.log_softmax(1)
    ids = before.topk(20, dim=1).indices
    rng = np.random.default_rng(1)
    cosines, audible = rng.uniform(0, 0.4, (2, 20)), rng.uniform(0, 1, (2, 20))
    options = AudibilityOptions(objective=objective, lambda0=0.0, lambda2=0.1)
    moves, values = moves_of(model, state), []
    for _ in range(5):
        after = moves.logits().log_softmax(1)
        terms = guidance.losses(options, after, before, ids, cosines, audible)
        each = torch.stack(list(terms.values())).sum(0)
        values.append(each.tolist())
        moves.step(each.sum(), 0.05, 0.9)
    for row in zip(*values, strict=True):
        assert all(b < a for a, b in pairwise(row))


def test_fusion_is_a_geometric_mean() -> None:
    logits, before, *_ = predictions()
    mixed, sums = guidance.fuse(logits.detach(), before, 0.7)
    product = logits.detach().softmax(1) ** 0.7 * before.exp() ** 0.3
    torch.testing.assert_close(mixed.exp(), product)
    torch.testing.assert_close(sums.exp(), product.sum(1))
    torch.testing.assert_close(guidance.fuse(logits.detach(), before, 1.0)[1], torch.zeros(2).double())


# ---- single tokens


class Vocabulary:
    """A tokenizer that spells as GPT-2's does."""

    def __init__(self, words: list[str]) -> None:
        self.words = {word: i for i, word in enumerate(words)}

    def get_vocab(self) -> dict[str, int]:
        return self.words


WORDS = ["Ġdog", ".", "(", ",", ")", "!", ":", "Ċ", "ĊĊ", "Ġ(", "Ġ,", ".,", ";", "Ġ2020", "1st", "½", "٣"]


def test_forbidden_tokens_by_rule() -> None:
    """994 numbers without a leading space, as in GPT-2's vocabulary, and the six marks; nothing else."""
    numbers = [*map(str, range(984)), "00", "01", "007", "0000", "1984", "2000", "000000"]
    numbers += ["20439", "66666666", "9999"]
    assert len(set(numbers)) == 994
    words = [*WORDS, *numbers, *(f"Ġ{n}" for n in numbers)]
    found = forbidden_tokens(Vocabulary(words), len(words))
    assert [words[i] for i in found] == ["(", ",", ")", "!", ":", "Ċ", *numbers]
    assert len(found) == 1000
    assert forbidden_tokens(Vocabulary(words), 5) == [2, 3, 4]  # a model narrower than its tokenizer


def test_the_published_list_is_the_numbers_that_a_person_writes_below_a_hundred_thousand() -> None:
    listed, allowed = published_tokens.forbidden(), list(published_tokens.ALLOWED)
    assert (len(listed), len(allowed)) == (911, 83)
    words = [*WORDS, *listed, *allowed, *(f"Ġ{n}" for n in listed)]
    found = forbidden_tokens(Vocabulary(words), len(words), legacy=True)
    assert [words[i] for i in found] == [*published_tokens.MARKS, *listed]  # 917 in all
    ours = forbidden_tokens(Vocabulary(words), len(words))
    assert [words[i] for i in ours if i not in found] == allowed
    plain = AudibilityOptions(forbidden_factor=20.0)
    for options, change in ((plain, 0.05), (replace(plain, legacy_forbidden=True), 1.0)):
        tokens = SpecialTokens(Vocabulary(words), len(words), options)
        logits = tokens.apply(torch.ones(1, len(words)), 3, [[0]])
        assert logits[0, words.index("007")].item() == pytest.approx(change)


def special(**options: float) -> SpecialTokens:
    return SpecialTokens(Vocabulary(WORDS), len(WORDS), AudibilityOptions(**options))  # type: ignore[arg-type]


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_period_first_and_later(sign: float) -> None:
    logits = torch.full((2, len(WORDS)), 2.0 * sign)
    change = special()
    first, later = (change.apply(logits, step, [[0], [0]]) for step in (0, 1))
    assert first[:, 1].tolist() == pytest.approx([2 / 1.6 if sign > 0 else -2 * 1.6] * 2)
    assert later[:, 1].tolist() == pytest.approx([2 * 1.01 if sign > 0 else -2 / 1.01] * 2)
    torch.testing.assert_close(change.apply(logits, 5, [[0], [0]]), later)  # it does not grow
    for row in (first, later):
        assert row[0, 0] == row[0, 8] == 2 * sign and row[0, 3] == pytest.approx(0.1 if sign > 0 else -40)
    assert (logits == 2 * sign).all()  # a copy was changed


def test_repetition_looks_back_on_four_tokens() -> None:
    logits = torch.tensor([[2.0, -2.0] + [1.0] * (len(WORDS) - 2)]).repeat(2, 1)
    context = [[13, 0, 1, 14, 14], [0, 1, 14, 15, 16, 8]]
    found = special(repetition_penalty=2.0, end_factor=1.0).apply(logits, 1, context)
    assert found[0, [0, 1, 13, 14]].tolist() == [1.0, -4.0, 1.0, 0.5]
    assert found[1, [0, 1, 14]].tolist() == [2.0, -2.0, 0.5]


def test_less_likely_whatever_the_sign() -> None:
    assert less_likely(torch.tensor([4.0, -4.0, 0.0]), 2.0).tolist() == [2.0, -8.0, 0.0]


def test_a_tokenizer_of_another_make(tmp_path: Path) -> None:
    tokenizer = tiny.language_model("GPT2", tmp_path).tokenizer
    known = tokenizer.get_vocab()
    found = forbidden_tokens(tokenizer, len(known))
    assert sorted(tokenizer.decode([i]) for i in found) == sorted([*"0123456789", *"(),!:", "\n"])
    assert end_token(tokenizer) == known["."]
    assert replace(AudibilityOptions(), forbidden_factor=1.0).forbidden_factor == 1.0
