"""Linear layers whose weights lie as oneDNN wants them: the same float32 products, about twice as fast.

torch multiplies float32 matrices with MKL, which leaves half the speed of some makers' processors unused.
oneDNN, which torch brings along, does not, once weights are laid out for it. It is as exact; it takes sums in
another order, so that last digits differ, as they do between any two processors.
"""

from __future__ import annotations

import platform
from typing import Any

import torch


class PackedLinear(torch.nn.Module):
    """A linear layer of constant float32 weights on a processor.

    Parameters
    ----------
    linear : torch.nn.Linear

    >>> linear = torch.nn.Linear(3, 2)
    >>> rows = torch.ones(4, 3)
    >>> torch.allclose(PackedLinear(linear)(rows), linear(rows))
    True
    """

    def __init__(self, linear: torch.nn.Linear) -> None:
        super().__init__()
        self.in_features, self.out_features = linear.in_features, linear.out_features
        # no parameters: nothing is to be trained, moved or saved in this layout
        self._weight = linear.weight.detach().to_mkldnn()
        self._bias = None if linear.bias is None else linear.bias.detach().to_mkldnn()

    @property
    def weight(self) -> torch.Tensor:
        """(out features, in features): a copy, for models that do more with it than multiply."""
        dense: torch.Tensor = self._weight.to_dense()
        return dense

    @property
    def bias(self) -> torch.Tensor | None:
        """(out features,), a copy; or None."""
        return None if self._bias is None else self._bias.to_dense()

    def forward(self, input: torch.Tensor) -> torch.Tensor:
        """(..., in features) -> (..., out features)."""
        if torch.is_grad_enabled() and input.requires_grad:
            out: torch.Tensor = _Product.apply(input, self._weight, self._bias)  # type: ignore[no-untyped-call]
            return out
        return _product(input, self._weight, self._bias)


class _Product(torch.autograd.Function):
    """The product where its input's gradient is asked for, which oneDNN's layout is not read for."""

    @staticmethod
    def forward(
        ctx: Any, input: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None
    ) -> torch.Tensor:
        ctx.weight = weight
        return _product(input, weight, bias)

    @staticmethod
    def backward(ctx: Any, gradient: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        return gradient @ ctx.weight.to_dense(), None, None


def _product(input: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor | None) -> torch.Tensor:
    laid_out = torch.ops.aten.mkldnn_linear(input.contiguous().to_mkldnn(), weight, bias)
    out: torch.Tensor = laid_out.to_dense()
    return out


def packed(linear: Any) -> Any:
    """A layer packed where that is faster, float32 on an x86 processor with oneDNN; else as it is."""
    packs = (
        type(linear) is torch.nn.Linear
        and linear.weight.dtype == torch.float32
        and linear.weight.device.type == "cpu"
        and platform.machine().lower() in ("x86_64", "amd64")
        and torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
        and hasattr(torch.ops.aten, "mkldnn_linear")
    )
    return PackedLinear(linear) if packs else linear


def pack(model: Any) -> Any:
    """Pack a transformers causal model's linear layers in place, but the last; the model.

    The last shares its weights with the first most often, and a part of it is what is used (``narrow.py``).
    """
    last = model.get_output_embeddings()
    layers = {n: m for n, m in model.named_modules() if m is not last and isinstance(m, torch.nn.Linear)}
    for name, layer in layers.items():
        model.set_submodule(name, packed(layer))
    return model
