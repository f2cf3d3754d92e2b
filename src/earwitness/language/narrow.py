"""A language model that chooses among fewer tokens: the rest of its last layer is not computed.

Of a small model with many words most of a step is its last layer: 168 of Gemma 3 270M's 268 million weights.
Whoever lets only some words be written pays for those alone.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any


def narrowed_head(model: Any, tokens: Sequence[int]) -> Any:
    """A transformers causal model whose logits are those of some tokens, in the order given.

    All weights but the last layer's are shared, and the model given stays as it is.
    """
    import torch

    from earwitness.encoders.pretrained.nets.packed import packed

    head = model.get_output_embeddings()
    index = torch.as_tensor(list(tokens), device=head.weight.device)
    bias = getattr(head, "bias", None)
    small = torch.nn.Linear(
        head.weight.shape[1],
        len(index),
        bias=bias is not None,
        device=head.weight.device,
        dtype=head.weight.dtype,
    )
    with torch.no_grad():
        small.weight.copy_(head.weight[index])
        if bias is not None:
            small.bias.copy_(bias[index])
    narrow = copy.copy(model)
    narrow._modules = dict(model._modules)  # a copy of a module shares the table of its parts
    narrow.set_output_embeddings(packed(small))
    return narrow
