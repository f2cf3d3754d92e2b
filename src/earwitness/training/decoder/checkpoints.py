"""What is kept of a run after every epoch, so that it can go on from there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch

from earwitness.common.errors import AssetError, OptionError
from earwitness.common.files import whole_file
from earwitness.training.decoder.model import CaptionDecoder, DecoderConfig
from earwitness.training.decoder.options import TrainOptions

NAME = "checkpoint.pt"
FIGURES = "epochs.jsonl"
LOSSES = "steps.jsonl"


def save_checkpoint(
    folder: Path,
    model: CaptionDecoder,
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LambdaLR,
    options: TrainOptions,
    epoch: int,
    figures: dict[str, float],
) -> None:
    """Replace ``checkpoint.pt`` at once, and add a line to ``epochs.jsonl``."""
    state = {
        "model": model.state_dict(),
        "optimiser": optimiser.state_dict(),
        "schedule": schedule.state_dict(),
        "options": asdict(options),
        "config": model.config.to_dict(),
        "epoch": epoch,
    }
    with whole_file(folder / NAME) as file:
        torch.save(state, file)
    with (folder / FIGURES).open("a", encoding="utf-8") as file:
        file.write(json.dumps({k: round(v, 4) for k, v in figures.items()}) + "\n")


def save_losses(folder: Path, epoch: int, losses: Sequence[float]) -> None:
    """Add the loss of each step of an epoch to ``steps.jsonl``, in place of what was noted of it before."""
    path = folder / LOSSES
    before = path.read_text(encoding="utf-8").splitlines() if epoch and path.is_file() else []
    kept = [line for line in before if json.loads(line)["epoch"] < epoch]
    new = [json.dumps({"epoch": epoch, "step": i, "loss": loss}) for i, loss in enumerate(losses)]
    with whole_file(path) as file:
        file.write("".join(f"{line}\n" for line in (*kept, *new)).encode())


def resume(
    folder: Path,
    model: CaptionDecoder,
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LambdaLR,
    options: TrainOptions,
) -> int:
    """Load ``checkpoint.pt`` if it is of this very run; returns the epoch to begin with."""
    path = folder / NAME
    if not path.is_file():
        return 0
    state = torch.load(path, map_location="cpu", weights_only=True)
    # An option that the checkpoint does not know had its default: it was added later.
    known = {**asdict(type(options)()), **state["options"]}
    shape = {**DecoderConfig(dim=0).to_dict(), **state["config"]}
    if known != asdict(options) or shape != model.config.to_dict():
        raise OptionError(f"{path} is of a run with other options; choose another folder or remove it.")
    model.load_state_dict(state["model"])
    optimiser.load_state_dict(state["optimiser"])
    schedule.load_state_dict(state["schedule"])
    return int(state["epoch"]) + 1


def load_trained(folder: Path) -> CaptionDecoder:
    """The model of a run's newest checkpoint.

    Raises
    ------
    AssetError
        There is none, or it is damaged.
    """
    path = folder / NAME
    if not path.is_file():
        raise AssetError(f"{folder} holds no training run: {NAME} is missing; earwitness train writes it.")
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
        model = CaptionDecoder(DecoderConfig(**state["config"]))
        model.load_state_dict(state["model"])
    except Exception as error:
        raise AssetError(f"{path} cannot be read ({error}); train again.") from error
    return model.eval()
