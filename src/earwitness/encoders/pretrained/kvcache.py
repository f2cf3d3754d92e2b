"""Between keys and values that never change and the cache objects of transformers, which do.

Used wherever a causal model reads on: the language models, and the text towers that share a prefix.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from earwitness.common.errors import OptionError

if TYPE_CHECKING:
    import torch

Past: TypeAlias = "tuple[tuple[torch.Tensor, torch.Tensor], ...]"
"""Keys and values of every layer, each (b, heads, n, head size)."""


def fresh_cache(past: Past, layers: Sequence[Any] = ()) -> Any:
    """A transformers cache that begins with these keys and values; it copies them as it grows.

    ``layers`` are what it is made of, plain ones unless given; with no past they stay empty.
    """
    from transformers import cache_utils

    kinds: Any = cache_utils
    layers = list(layers) or [kinds.DynamicLayer() for _ in past]
    for layer, (keys, values) in zip(layers, past, strict=False):
        layer.lazy_initialization(keys, values)
        layer.keys, layer.values = keys, values  # update() concatenates: it makes new tensors of these
    cache = kinds.DynamicCache()
    if layers:
        cache.layers = layers
    return cache


def past_of(cache: Any, name: str) -> Past:
    """The keys and values of every layer; OptionError for a model that keeps something else."""
    layers = list(getattr(cache, "layers", ()))
    if not layers or any(getattr(layer, "keys", None) is None for layer in layers):
        raise OptionError(
            f"the language model {name} keeps no keys and values for each layer, so it cannot be guided;"
            " take one built of attention layers alone, such as gpt2."
        )
    return tuple((layer.keys, layer.values) for layer in layers)


def repeat_rows(past: Past, times: int) -> Past:
    """Each row ``times`` times in sequence, without copying where there is one row."""
    if times == 1:
        return past
    return tuple((_repeat(keys, times), _repeat(values, times)) for keys, values in past)


def _repeat(tensor: Any, times: int) -> Any:
    if len(tensor) == 1:
        return tensor.expand(times, *tensor.shape[1:])
    return tensor.repeat_interleave(times, dim=0)
