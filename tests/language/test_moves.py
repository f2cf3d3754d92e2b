"""A cache moved in factors is the cache moved by copies: for each kind of model, with and without sharing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from earwitness.language import LanguageModel, LanguageState, load_language_model
from earwitness.language.families import read_families
from earwitness.language.moves import CacheMoves, CopiedMoves, moves_of, stepped

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
from tests.reference import cache_moves as plain
from tests.reference import encoders_tiny as tiny
from tests.reference.language import read

from .test_model import KINDS, SMALL

STEPS, SIZE, POWER = 3, 0.3, 0.9


@pytest.fixture(scope="module", params=list(KINDS))
def model(request: Any, tmp_path_factory: pytest.TempPathFactory) -> LanguageModel:
    import transformers

    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp(request.param)
    config = getattr(transformers, f"{request.param}Config")(**KINDS[request.param])
    # what stands first has to be a token: some kinds' own mark lies outside so small a vocabulary
    config.bos_token_id = config.eos_token_id = 0
    tiny.fill(transformers.AutoModelForCausalLM.from_config(config)).save_pretrained(folder)
    tiny.bpe_tokenizer(folder)
    return load_language_model(str(folder))


def wanted(rows: int, vocabulary: int) -> Any:
    return torch.randn(rows, vocabulary, generator=torch.Generator().manual_seed(0))


def check(model: LanguageModel, state: LanguageState, rows: list[list[int]], moves: Any) -> None:
    """Logits of all rows, before each step and after the last, against each row moved the plain way."""
    weights = wanted(len(rows), model.vocabulary)
    found = []
    for _ in range(STEPS):
        logits = moves.logits()
        found.append(logits.detach())
        moves.step((logits.log_softmax(1) * weights).sum(), SIZE, POWER)
    found.append(moves.logits(gradient=False))
    assert not found[-1].requires_grad
    torch.testing.assert_close(found[0], state.logits, atol=1e-5, rtol=1e-4)
    assert float((found[-1] - found[0]).abs().max()) > 0.1  # a step that moves nothing would equal anything
    for i, row in enumerate(rows):
        each = plain.moved(
            model._model,
            row,
            lambda logits, i=i: (logits.log_softmax(0) * weights[i]).sum(),
            STEPS,
            SIZE,
            POWER,
        )
        for got, expected in zip(found, each, strict=True):
            torch.testing.assert_close(got[i], expected, atol=2e-4, rtol=1e-3)


def test_rows_that_share_nothing(model: LanguageModel) -> None:
    rows = [model.encode("a dog barks and rain"), model.encode("rain falls")]
    state = model.prompt_tokens(rows)
    moves = moves_of(model, state)
    assert isinstance(moves, CacheMoves)
    check(model, state, rows, moves)
    check(model, state, rows, CopiedMoves(model, state))


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 1, 0, 2, 1]])
def test_rows_that_go_on_from_several_beginnings(model: LanguageModel, order: list[int]) -> None:
    commons = [[3, 4, 5, 6, 7], [9, 8, 7]]
    rows = [[*commons[0], 20, 21, 22, 30], [*commons[0], 20, 21, 22, 31], [*commons[1], 40, 41], [9, 8, 7, 1]]
    if model.window < 10:
        rows = [[*commons[0], *end] for end in ([30, 31], [32, 33], [34, 35], [36, 37])]
    state = read_families(model, rows, [0, 0, 1, 2], commons)
    assert state.shared is not None
    state = state.select(order)
    moves = moves_of(model, state)
    assert isinstance(moves, CacheMoves)
    check(model, state, [rows[i] for i in order], moves)
    check(model, state, [rows[i] for i in order], CopiedMoves(model, state.flat()))


def test_a_row_that_has_only_its_last_token_to_itself(model: LanguageModel) -> None:
    rows = [[3, 4, 5, 6], [3, 4, 5, 7]]
    state = model.prompt_tokens(rows, [[3, 4, 5]])
    assert state.shared is not None and state.past[0][0].shape[2] == 1
    check(model, state, rows, moves_of(model, state))


def test_a_row_is_moved_alone_as_in_company(model: LanguageModel) -> None:
    rows = [[3, 4, 5, 6, 9], [3, 4, 5, 7], [3, 4, 5, 8, 2]]
    rows = [row[:4] for row in rows] if model.window < 10 else rows
    weights = wanted(3, model.vocabulary)

    def through(some: list[int]) -> Any:
        moves = moves_of(model, model.prompt_tokens([rows[i] for i in some], [[3, 4, 5]]))
        moves.step((moves.logits().log_softmax(1) * weights[some]).sum(), SIZE, POWER)
        return moves.logits(gradient=False)

    together = through([0, 1, 2])
    for i in range(3):
        torch.testing.assert_close(through([i])[0], together[i], atol=1e-5, rtol=1e-4)


def test_gradients_equal_finite_differences(model: LanguageModel) -> None:
    state = read(model, "a dog barks and rain")
    weights = wanted(1, model.vocabulary)
    moves = CopiedMoves(model, state)

    def loss() -> Any:
        return (moves.logits().log_softmax(-1) * weights).sum()

    gradients = torch.autograd.grad(loss(), moves.deltas)
    generator, size = torch.Generator().manual_seed(0), 1e-2
    zeros = moves.deltas
    for i, gradient in enumerate(gradients):
        direction = torch.randn(gradient.shape, generator=generator)
        direction /= direction.norm()
        values = []
        for sign in (1, -1):
            moves.deltas = [
                d.detach() + (sign * size * direction if j == i else 0) for j, d in enumerate(zeros)
            ]
            values.append(float(loss()))
        numeric = (values[0] - values[1]) / (2 * size)
        assert float((gradient * direction).sum()) == pytest.approx(numeric, abs=5e-3, rel=2e-2)


def test_a_model_that_does_more_to_its_scores_is_moved_by_copies(tmp_path: Path) -> None:
    import transformers

    config = transformers.Gemma2Config(
        **SMALL, num_key_value_heads=1, intermediate_size=48, head_dim=8, sliding_window=64
    )
    tiny.fill(transformers.AutoModelForCausalLM.from_config(config)).save_pretrained(tmp_path)
    tiny.bpe_tokenizer(tmp_path)
    model = load_language_model(str(tmp_path))
    rows = [[5, 6, 7, 3], [5, 6, 8, 9]]
    state = model.prompt_tokens(rows, [[5, 6]])
    moves = moves_of(model, state)
    assert isinstance(moves, CopiedMoves)
    check(model, state, rows, moves)


def test_attention_that_is_not_met_is_moved_by_copies(
    model: LanguageModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where a model adds something to its scores that only its own attention knows."""
    from earwitness.language import shared

    monkeypatch.setattr(shared, "MORE", ("scaling",))  # which every model hands on
    rows = [[3, 4, 5, 6], [3, 4, 5, 7]]
    state = model.prompt_tokens(rows, [[3, 4, 5]])
    moves = moves_of(model, state)
    assert isinstance(moves, CopiedMoves)
    check(model, state, rows, moves)


@pytest.mark.parametrize("size", [1e-6, 0.02, 1.0, 50.0])
def test_length_of_the_step(size: float) -> None:
    g = torch.Generator().manual_seed(0)
    delta = torch.randn(3, 2, 4, 5, generator=g)
    gradient = torch.randn(3, 2, 4, 5, generator=g)
    gradient *= size / gradient.flatten(1).norm(dim=1).view(-1, 1, 1, 1)
    moved = stepped(delta, gradient, 0.3, 0.9)
    lengths = (moved.detach() - delta).flatten(1).norm(dim=1)
    np.testing.assert_allclose(lengths.numpy(), 0.3 * size**0.1, rtol=1e-4)
    down = ((moved.detach() - delta) * gradient).flatten(1).sum(1)
    assert (down < 0).all() and moved.is_leaf and moved.requires_grad


def test_a_step_without_gradient_stays(model: LanguageModel) -> None:
    delta = torch.ones(1, 2, 3, 4)
    torch.testing.assert_close(stepped(delta, torch.zeros_like(delta), 0.3, 0.9).detach(), delta)
    state = read(model, "a dog barks")
    moves = moves_of(model, state)
    moves.step(moves.logits().sum() * 0, 0.3, 0.9)
    torch.testing.assert_close(moves.logits(gradient=False), state.logits, atol=1e-5, rtol=1e-4)
