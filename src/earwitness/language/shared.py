"""Attention over beginnings that rows share, whose keys and values are kept once.

Many drafts go on from few prompts. As rows of a plain cache each of them would hold a copy of all examples
in its prompt, and every step would copy all of it once more; here the queries of all rows that begin alike
meet their beginning in one product, and only what follows is a row's own (as in Hydragen, Juravsky et al.
2024). transformers' own attention is called wherever nothing is shared and nothing is moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from earwitness.encoders.pretrained.kvcache import fresh_cache

if TYPE_CHECKING:
    import torch

    from earwitness.encoders.pretrained.kvcache import Past
    from earwitness.language.layer_move import LayerMove
    from earwitness.language.state import Beginnings

NAME = "earwitness_shared"  # by which transformers knows the attention below
MORE = ("softcap", "s_aux", "position_bias")  # what some models do to the scores besides

_SHARED: ContextVar[Beginnings | None] = ContextVar("shared", default=None)
_MOVES: ContextVar[Mapping[int, LayerMove] | None] = ContextVar("moves", default=None)


def prepare(model: Any) -> bool:
    """Let a transformers model attend to shared beginnings; whether it can.

    It can where it leaves attention to torch's ``scaled_dot_product_attention`` and nothing is done to the
    scores: in other models every row holds a copy.
    """
    config = model.config.get_text_config(decoder=True)
    by = getattr(config, "_attn_implementation", None)
    if by == NAME:
        return True
    able = by == "sdpa" and getattr(model, "_supports_attention_backend", False)
    if not able or getattr(config, "attn_logit_softcapping", None):
        return False
    _register()
    model.set_attn_implementation(NAME)
    return True


@contextmanager
def attending(shared: Beginnings | None, moves: Mapping[int, LayerMove] | None = None) -> Iterator[None]:
    """Rows go on from beginnings that are kept once, and each layer's keys and values count as moved."""
    tokens = _SHARED.set(shared), _MOVES.set(moves)
    try:
        yield
    finally:
        _SHARED.reset(tokens[0])
        _MOVES.reset(tokens[1])


def cache_after(shared: Beginnings | None, own: Past, rows: torch.Tensor | None = None) -> Any:
    """A transformers cache that counts shared keys and values as read, and goes on from the rows' own.

    With ``rows`` the rows read are not those of ``own`` but the given ones of them, any number of times.
    """
    kind, before = _layer_kind(), 0 if shared is None else shared.length
    count = len(own) if shared is None else len(shared.states[0].past)
    return fresh_cache(own, [kind(before, rows) for _ in range(count)])


@lru_cache(maxsize=1)
def _layer_kind() -> Any:
    from transformers import cache_utils

    kinds: Any = cache_utils

    class LayerAfter(kinds.DynamicLayer):  # type: ignore[misc]
        """Keys and values of one layer after ``before`` others that are kept elsewhere."""

        keys: torch.Tensor | None
        values: torch.Tensor | None

        def __init__(self, before: int, rows: torch.Tensor | None) -> None:
            super().__init__()
            self.before, self.rows = before, rows

        def get_seq_length(self) -> int:
            """Tokens read, the shared ones too: what masks and positions go by."""
            return self.before + int(super().get_seq_length())

        def update(
            self, key_states: torch.Tensor, value_states: torch.Tensor, *rest: Any, **more: Any
        ) -> tuple[torch.Tensor, torch.Tensor]:
            """Add those of the tokens that are read; those before are taken from their rows."""
            if self.rows is None or self.keys is None or self.values is None:
                found: tuple[torch.Tensor, torch.Tensor] = super().update(
                    key_states, value_states, *rest, **more
                )
                return found
            self.keys = joined(self.keys, key_states, self.rows)
            self.values = joined(self.values, value_states, self.rows)
            return self.keys, self.values

    return LayerAfter


def joined(past: torch.Tensor, new: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
    """Some rows of (r, heads, n, size) followed by as many of (b, heads, m, size), copied once.

    >>> import torch
    >>> past, new = torch.tensor([[[[1.0]]], [[[2.0]]]]), torch.zeros(3, 1, 1, 1)
    >>> joined(past, new, torch.tensor([1, 0, 1])).flatten()
    tensor([2., 0., 1., 0., 2., 0.])
    """
    import torch

    b, heads, m, size = new.shape
    n = past.shape[2]
    out = new.new_empty(b, heads, n + m, size)
    torch.index_select(past, 0, rows, out=out[:, :, :n])
    out[:, :, n:] = new
    return out


@lru_cache(maxsize=1)
def _register() -> None:
    from transformers import AttentionInterface, AttentionMaskInterface
    from transformers.masking_utils import sdpa_mask

    AttentionInterface.register(NAME, _attention)
    AttentionMaskInterface.register(NAME, sdpa_mask)


def _attention(
    module: Any,
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attention_mask: torch.Tensor | None,
    **options: Any,
) -> tuple[torch.Tensor, None]:
    import torch
    from transformers.integrations.sdpa_attention import sdpa_attention_forward

    shared, moves = _SHARED.get(), _MOVES.get()
    if shared is None and moves is None:
        out, _ = sdpa_attention_forward(module, query, key, value, attention_mask, **options)
        return out, None
    layer = module.layer_idx
    if all(options.get(name) is None for name in MORE):
        move = None if moves is None else moves[layer]
        return attend(query, key, value, attention_mask, shared, layer, options.get("scaling"), move), None
    if shared:
        begun = [shared.spread([state.past[layer][which] for state in shared.states]) for which in (0, 1)]
        key, value = (torch.cat(pair, 2) for pair in zip(begun, (key, value), strict=True))
    out, _ = sdpa_attention_forward(module, query, key, value, attention_mask, **options)
    return out, None


def attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None = None,
    shared: Beginnings | None = None,
    layer: int = 0,
    scaling: float | None = None,
    move: LayerMove | None = None,
) -> torch.Tensor:
    """Softmax attention over beginnings and what is each row's own.

    Parameters
    ----------
    query : (b, heads, s, size)
    key, value : (b, groups, m, size)
        Of the rows' own tokens; ``heads`` is a multiple of ``groups``.
    mask : (b or 1, 1, s, n + m), optional
        What each query may see, bool, or what is added to the scores; without it all is seen.
    shared : Beginnings, optional
        What rows begin with, of length n; ``layer`` says which of their keys and values.
    scaling : float, optional
        Of the scores; 1 / sqrt(size) unless given.
    move : LayerMove, optional
        What is added to all keys and values but the last.

    Returns
    -------
    (b, s, heads, size)

    Examples
    --------
    >>> import torch
    >>> own = torch.zeros(3, 1, 2, 8)
    >>> attend(torch.zeros(3, 4, 1, 8), own, torch.ones(3, 1, 2, 8))[:, 0, 0, 0]
    tensor([1., 1., 1.])
    """
    import torch

    rows, heads, steps, size = query.shape
    groups = key.shape[1]
    scale = size**-0.5 if scaling is None else scaling
    # heads that read the same keys side by side: (b, groups, heads / groups * s, size)
    asked = query.reshape(rows, groups, -1, size)
    scores = asked @ key.mT
    if shared is not None:
        scores = torch.cat([_scores_of_beginnings(asked, shared, layer), scores], -1)
    scores = scores * scale
    if move is not None:
        scores = move.scored(asked, scores, scale)
    if mask is not None:
        several, seen = scores.reshape(rows, groups, heads // groups, steps, -1), mask[:, :, None]
        # some models hand on what may be seen, some what is added to the scores for it
        several = several.masked_fill(~seen, -torch.inf) if seen.dtype == torch.bool else several + seen
        scores = several.reshape(scores.shape)
    weights = scores.softmax(-1, dtype=torch.float32).to(value.dtype)
    out = weights[..., -key.shape[2] :] @ value
    if shared is not None:
        out = out + _values_of_beginnings(weights[..., : shared.length], shared, layer)
    if move is not None:
        out = move.read(weights, out)
    return out.reshape(rows, heads, steps, size).transpose(1, 2).contiguous()


def _scores_of_beginnings(asked: torch.Tensor, shared: Beginnings, layer: int) -> torch.Tensor:
    """(b, groups, q, size) times what each row begins with: (b, groups, q, n), zero in padding."""
    import torch

    found = []
    for rows, place in shared.parts:
        keys = shared.states[place].past[layer][0]
        scores = _by_all(asked[rows], keys.mT)
        found.append(torch.nn.functional.pad(scores, (shared.length - keys.shape[-2], 0)))
    return _put_back(found, shared)


def _values_of_beginnings(weights: torch.Tensor, shared: Beginnings, layer: int) -> torch.Tensor:
    """(b, groups, q, n) times what each row begins with: (b, groups, q, size)."""
    found = []
    for rows, place in shared.parts:
        values = shared.states[place].past[layer][1]
        found.append(_by_all(weights[rows][..., shared.length - values.shape[-2] :], values))
    return _put_back(found, shared)


def _put_back(parts: Sequence[torch.Tensor], shared: Beginnings) -> torch.Tensor:
    import torch

    joined = parts[0] if len(parts) == 1 else torch.cat(list(parts))
    return joined if shared.back is None else joined[shared.back]


def _by_all(rows: torch.Tensor, shared: torch.Tensor) -> torch.Tensor:
    """(b, groups, q, i) times (1, groups, i, j) as one product a group: (b, groups, q, j)."""
    count, groups, asked, _ = rows.shape
    flat = rows.transpose(0, 1).reshape(groups, count * asked, -1) @ shared[0]
    return flat.reshape(groups, count, asked, -1).transpose(0, 1)
