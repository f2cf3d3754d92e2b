"""Audibility guidance's step the plain way: one row, its cache copied whole, every delta a tensor of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch


def moved(
    model: Any, tokens: list[int], loss: Callable[[Any], Any], steps: int, size: float, power: float
) -> list[torch.Tensor]:
    """The logits (vocabulary,) before each of some steps down a loss of theirs, and after the last."""
    from transformers import DynamicCache

    def read(deltas: list[torch.Tensor]) -> torch.Tensor:
        cache = DynamicCache()
        for i in range(0, len(past), 2):
            cache.update(past[i] + deltas[i], past[i + 1] + deltas[i + 1], i // 2)
        last = torch.tensor([tokens[-1:]])
        return model(input_ids=last, past_key_values=cache, use_cache=True).logits[0, -1]

    with torch.no_grad():
        # a cache of one's own keeps what lies outside of a window, too
        begun = DynamicCache()
        model(input_ids=torch.tensor([tokens[:-1]]), past_key_values=begun, use_cache=True)
    past = [t for layer in begun.layers for t in (layer.keys, layer.values)]
    deltas, seen = [torch.zeros_like(t) for t in past], []
    for _ in range(steps):
        deltas = [d.detach().requires_grad_() for d in deltas]
        seen.append(read(deltas))
        loss(seen[-1]).backward()
        deltas = [d - size * d.grad / (d.grad.norm() + 1e-15) ** power for d in deltas]
    return [logits.detach() for logits in (*seen, read(deltas))]
