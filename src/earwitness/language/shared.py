"""Attention over a beginning that all rows share, whose keys and values are kept once.

Many drafts go on from one prompt. As rows of a plain cache each of them would hold a copy of all examples
in it, and every step would copy all of it once more; here the queries of all rows meet the one beginning in
one product, and only what follows is a row's own (as in Hydragen, Juravsky et al. 2024). transformers' own
attention is called wherever nothing is shared.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from earwitness.encoders.pretrained.kvcache import fresh_cache

if TYPE_CHECKING:
    import torch

    from earwitness.encoders.pretrained.kvcache import Past

NAME = "earwitness_shared"  # by which transformers knows the attention below
MORE = ("softcap", "s_aux", "position_bias")  # what some models do to the scores besides

_SHARED: ContextVar[Past] = ContextVar("shared", default=())


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
def shared_beginning(past: Past) -> Iterator[None]:
    """Keys and values, (1, heads, n, head size) each, that come before those of every row's own cache."""
    token = _SHARED.set(past)
    try:
        yield
    finally:
        _SHARED.reset(token)


def cache_after(shared: Past, own: Past) -> Any:
    """A transformers cache of the rows' own keys and values that counts the shared ones as read."""
    return fresh_cache(own, [_layer_kind()(keys.shape[-2]) for keys, _ in shared])


@lru_cache(maxsize=1)
def _layer_kind() -> Any:
    from transformers import cache_utils

    kinds: Any = cache_utils

    class LayerAfter(kinds.DynamicLayer):  # type: ignore[misc]
        """Keys and values of one layer after ``before`` others that are kept elsewhere."""

        def __init__(self, before: int) -> None:
            super().__init__()
            self.before = before

        def get_seq_length(self) -> int:
            """Tokens read, the shared ones too: what masks and positions go by."""
            return self.before + int(super().get_seq_length())

    return LayerAfter


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

    shared = _SHARED.get()
    if shared and all(options.get(name) is None for name in MORE):
        return attend(
            query, key, value, attention_mask, shared[module.layer_idx], options.get("scaling")
        ), None
    if shared:
        rows = [part.expand(len(key), -1, -1, -1) for part in shared[module.layer_idx]]
        key, value = (torch.cat(pair, 2) for pair in zip(rows, (key, value), strict=True))
    out, _ = sdpa_attention_forward(module, query, key, value, attention_mask, **options)
    return out, None


def attend(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    shared: tuple[torch.Tensor, torch.Tensor],
    scaling: float | None = None,
) -> torch.Tensor:
    """Softmax attention over a shared beginning and what is each row's own.

    Parameters
    ----------
    query : (b, heads, s, size)
    key, value : (b, groups, m, size)
        Of the rows' own tokens; ``heads`` is a multiple of ``groups``.
    mask : (b or 1, 1, s, n + m), optional
        What each query may see, bool, or what is added to the scores; without it all is seen.
    shared : keys and values, each (1, groups, n, size)
    scaling : float, optional
        Of the scores; 1 / sqrt(size) unless given.

    Returns
    -------
    (b, s, heads, size)

    Examples
    --------
    >>> import torch
    >>> own = torch.zeros(3, 1, 2, 8)
    >>> attend(torch.zeros(3, 4, 1, 8), own, own, None, (torch.ones(1, 1, 2, 8),) * 2)[:, 0, 0, 0]
    tensor([0.5000, 0.5000, 0.5000])
    """
    import torch

    rows, heads, steps, size = query.shape
    groups, n = key.shape[1], shared[0].shape[-2]
    scale = size**-0.5 if scaling is None else scaling
    # heads that read the same keys side by side: (b, groups, heads / groups * s, size)
    asked = query.reshape(rows, groups, -1, size)
    scores = torch.cat([_by_all(asked, shared[0].mT), asked @ key.mT], -1) * scale
    if mask is not None:
        several, seen = scores.reshape(rows, groups, heads // groups, steps, -1), mask[:, :, None]
        # some models hand on what may be seen, some what is added to the scores for it
        several = several.masked_fill(~seen, -torch.inf) if seen.dtype == torch.bool else several + seen
        scores = several.reshape(scores.shape)
    weights = scores.softmax(-1, dtype=torch.float32).to(value.dtype)
    out = _by_all(weights[..., :n], shared[1]) + weights[..., n:] @ value
    return out.reshape(rows, heads, steps, size).transpose(1, 2).contiguous()


def _by_all(rows: torch.Tensor, shared: torch.Tensor) -> torch.Tensor:
    """(b, groups, q, i) times (1, groups, i, j) as one product a group: (b, groups, q, j)."""
    count, groups, asked, _ = rows.shape
    flat = rows.transpose(0, 1).reshape(groups, count * asked, -1) @ shared[0]
    return flat.reshape(groups, count, asked, -1).transpose(0, 1)
