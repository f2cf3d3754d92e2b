"""Read an exported decoder back into torch: what further training begins with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import numpy_helper

LINEAR = ("attention.qkv", "attention.out", "up", "down")  # in the order in which a block uses them


def exported_weights(folder: Path) -> dict[str, torch.Tensor]:
    """The state of the ``CaptionDecoder`` that was exported, rounded to float16 as it was stored."""
    found = {**_tensors(folder / "prefix.onnx"), **_tensors(folder / "step.onnx")}
    state = {k.removeprefix("model."): v for k, v in found.items() if k.startswith("model.")}
    # the exporter stores a linear layer's weight under a number of its own, transposed
    blocks = 1 + max(int(k.split(".")[1]) for k in state if k.startswith("blocks."))
    matrices = [found[k] for k in found if k.startswith("val_") and found[k].ndim == 2]
    names = [f"blocks.{b}.{layer}.weight" for b in range(blocks) for layer in LINEAR]
    state.update({n: m.T for n, m in zip(names, matrices, strict=True)})
    return {k: torch.from_numpy(np.ascontiguousarray(v)) for k, v in state.items()}


def with_views(state: dict[str, torch.Tensor], prefix: int, views: int) -> dict[str, torch.Tensor]:
    """One-view weights for a decoder of several: every view begins with the first one's map and places."""
    places = state["positions.weight"]
    others = {
        f"others.{i}.{k}": state[f"project.{k}"].clone() for i in range(views - 1) for k in ("weight", "bias")
    }
    return {**state, **others, "positions.weight": torch.cat([places[:prefix]] * views + [places[prefix:]])}


def _tensors(path: Path) -> dict[str, Any]:
    graph = onnx.load(path).graph
    arrays = {t.name.removesuffix(".half"): numpy_helper.to_array(t) for t in graph.initializer}
    return {k: v.astype(np.float32) for k, v in arrays.items() if v.dtype in (np.float16, np.float32)}
