"""Where training runs: one device, or as many as ``accelerate launch`` started processes for."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Literal, cast

import torch
from torch import Tensor, nn

from earwitness.common.errors import MissingExtraError, OptionError

Precision = Literal["float32", "bfloat16"]


class Machine:
    """One device.

    Parameters
    ----------
    device : str
        By torch's name.
    precision : {"float32", "bfloat16"}
        What matrix products are computed in; weights, their gradients and the loss stay float32.
    """

    def __init__(self, device: str = "cpu", precision: Precision = "float32") -> None:
        from earwitness.common.extras import check_device

        if precision not in ("float32", "bfloat16"):
            raise OptionError(f"precision is 'float32' or 'bfloat16', not {precision!r}.")
        self.device = torch.device(check_device(device))
        self.precision = precision
        self.index, self.main, self.processes = 0, True, 1

    def place(self, model: nn.Module) -> nn.Module:
        """The model on its device, as the optimiser should see it."""
        return model.to(self.device)

    def prepare(self, model: nn.Module, optimiser: torch.optim.Optimizer) -> tuple[nn.Module, Any]:
        """What the loop calls in the model's and the optimiser's place."""
        return model, optimiser

    def share(self, rows: Sequence[int]) -> list[int]:
        """This process's part of a batch; nothing where there are fewer rows than processes."""
        return list(rows)

    def total(self, value: float) -> float:
        """The sum of what every process has."""
        return value

    def backward(self, loss: Tensor) -> None:
        """Gradients of a loss."""
        loss.backward()  # type: ignore[no-untyped-call]

    @contextmanager
    def computing(self) -> Iterator[None]:
        """Around the forward pass."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == "bfloat16"):
            yield

    def wait(self) -> None:
        """Until every process is here."""


class Accelerated(Machine):
    """Several devices, a process each, by ``accelerate``; every batch is split between them.

    Every process draws the whole batch and its noise and takes its part, and every token weighs the same
    whoever has it, so what is learned does not depend on how many there are; only dropout does.
    """

    def __init__(self, precision: Precision = "float32") -> None:
        try:
            from accelerate import Accelerator  # type: ignore[import-untyped,import-not-found,unused-ignore]
        except ImportError as error:
            raise MissingExtraError(
                "training on several devices needs accelerate, which is not installed; "
                "run: pip install accelerate"
            ) from error
        self.accelerator = Accelerator()
        super().__init__(str(self.accelerator.device), precision)
        self.index, self.main = self.accelerator.process_index, self.accelerator.is_main_process
        self.processes = self.accelerator.num_processes

    def prepare(self, model: nn.Module, optimiser: torch.optim.Optimizer) -> tuple[nn.Module, Any]:
        """See ``Machine.prepare``."""
        return cast("tuple[nn.Module, Any]", self.accelerator.prepare(model, optimiser))

    def share(self, rows: Sequence[int]) -> list[int]:
        """See ``Machine.share``."""
        return list(rows)[self.index :: self.processes]

    def total(self, value: float) -> float:
        """See ``Machine.total``."""
        mine = torch.tensor(value, device=self.device)
        return float(self.accelerator.reduce(mine, reduction="sum").item())

    def backward(self, loss: Tensor) -> None:
        """See ``Machine.backward``."""
        self.accelerator.backward(loss)

    def wait(self) -> None:
        """See ``Machine.wait``."""
        self.accelerator.wait_for_everyone()


def find_machine(device: str = "auto", precision: Precision = "float32") -> Machine:
    """The machine this process is to use.

    Parameters
    ----------
    device : str
        ``auto``: what ``accelerate launch`` assigned, else the first GPU, else the processor.
    precision : {"float32", "bfloat16"}
    """
    if device == "auto" and int(os.environ.get("WORLD_SIZE", "1")) > 1:
        return Accelerated(precision)
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    return Machine(device, precision)
