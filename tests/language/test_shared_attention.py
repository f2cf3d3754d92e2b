"""Attention over beginnings that are kept once is attention over all keys."""

from __future__ import annotations

import inspect

import pytest

from earwitness.language.shared import attend
from earwitness.language.state import Beginnings, LanguageState

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")


def beginning(length: int) -> LanguageState:
    """So many tokens read by one layer of two heads of size 8."""
    past = ((torch.randn(1, 2, length, 8), torch.randn(1, 2, length, 8)),)
    tokens = torch.ones(1, length, dtype=torch.long)
    return LanguageState(tokens, tokens.bool(), torch.zeros(1, 5), torch.zeros(1, length, 6), past)


def test_shared_attention_is_softmax_over_all_keys_with_either_kind_of_mask() -> None:
    torch.manual_seed(0)
    # of one length and of two, rows that begin alike together and apart
    for lengths, of in (((3,), [0] * 5), ((3, 2), [0, 0, 1, 1, 1]), ((3, 2, 1), [1, 0, 1, 2, 0])):
        begun = Beginnings(tuple(beginning(n) for n in lengths), tuple(of))
        query, key, value = torch.randn(5, 4, 2, 8), torch.randn(5, 2, 4, 8), torch.randn(5, 2, 4, 8)
        keys, values = (
            torch.cat([begun.spread([s.past[0][which] for s in begun.states]), own], 2).repeat_interleave(
                2, 1
            )
            for which, own in enumerate((key, value))
        )
        seen = torch.rand(5, 1, 2, 7) < 0.6
        seen[..., -1] = True
        for row, place in enumerate(of):
            seen[row, ..., : 3 - lengths[place]] = False  # padding
        masks = (seen, torch.where(seen, 0.0, -torch.inf))
        for mask in masks if len(lengths) > 1 else (None, *masks):
            expected = torch.nn.functional.scaled_dot_product_attention(query, keys, values, mask, scale=0.3)
            got = attend(query, key, value, mask, begun, 0, 0.3)
            torch.testing.assert_close(got, expected.transpose(1, 2))


def test_a_bias_of_positions_is_kept_where_a_beginning_is_shared() -> None:
    from types import SimpleNamespace

    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    from earwitness.language import shared

    if "position_bias" not in inspect.signature(sdpa_attention_forward).parameters:
        pytest.skip("this transformers adds no bias to torch's attention")
    torch.manual_seed(1)
    begun = Beginnings((beginning(3),), (0, 0))
    past = begun.states[0].past
    query, key, value = torch.randn(2, 2, 1, 8), torch.randn(2, 2, 4, 8), torch.randn(2, 2, 4, 8)
    bias, seen = torch.randn(1, 2, 1, 7), torch.ones(2, 1, 1, 7, dtype=torch.bool)
    whole = [
        torch.cat([s.expand(2, -1, -1, -1), own], 2) for s, own in zip(past[0], (key, value), strict=True)
    ]
    expected = torch.nn.functional.scaled_dot_product_attention(query, *whole, bias)
    with shared.attending(begun):
        got, _ = shared._attention(
            SimpleNamespace(layer_idx=0), query, key, value, seen, scaling=None, position_bias=bias
        )
    torch.testing.assert_close(got, expected.transpose(1, 2))
