"""A language model the plain way: the whole text again for every step, no cache."""

from __future__ import annotations

from typing import Any

import torch


def read(model: Any, tokens: list[int]) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits after the last token (vocabulary,) and last-layer hidden states (n, width)."""
    with torch.no_grad():
        out = model(input_ids=torch.tensor([tokens]), use_cache=False, output_hidden_states=True)
    return out.logits[0, -1], out.hidden_states[-1][0]
