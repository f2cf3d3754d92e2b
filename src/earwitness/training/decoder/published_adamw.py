"""AdamW as the transformers of the time had it, with which WSAC, DeCap and CapDec were trained.

It differs from torch's in two places. torch corrects the second moment's bias before it adds epsilon;
transformers added epsilon to the uncorrected root, so that at the first step 1e-6 acts like 3e-5. And torch
shrinks a weight before the step, transformers did after it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor


class PublishedAdamW(torch.optim.Optimizer):
    """p <- p - s m / (sqrt(v) + eps), s = rate sqrt(1 - b2^t) / (1 - b1^t); then p <- p - rate decay p.

    Parameters
    ----------
    parameters : iterable of Tensor
    lr, weight_decay : float
    betas : (float, float)
    eps : float
        Added to the root of the uncorrected second moment.

    >>> weight = torch.nn.Parameter(torch.ones(1))
    >>> optimiser = PublishedAdamW([weight], lr=0.1, eps=1e-6)
    >>> weight.grad = torch.full((1,), 1e-4)
    >>> _ = optimiser.step()
    >>> round(weight.item(), 3)  # torch's with the same epsilon: 0.901
    0.924
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-6,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Take a step; weights without a gradient stay as they are."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._move(weight, group)
        return loss

    def _move(self, weight: Tensor, group: dict[str, Any]) -> None:
        state = self.state[weight]
        if not state:
            state["step"] = 0
            state["mean"], state["square"] = torch.zeros_like(weight), torch.zeros_like(weight)
        state["step"] += 1
        (first, second), t = group["betas"], state["step"]
        state["mean"].mul_(first).add_(weight.grad, alpha=1.0 - first)
        state["square"].mul_(second).addcmul_(weight.grad, weight.grad, value=1.0 - second)
        size = group["lr"] * math.sqrt(1.0 - second**t) / (1.0 - first**t)
        weight.addcdiv_(state["mean"], state["square"].sqrt().add_(group["eps"]), value=-size)
        if group["weight_decay"] > 0:
            weight.add_(weight, alpha=-group["lr"] * group["weight_decay"])
