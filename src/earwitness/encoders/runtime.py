"""onnxruntime sessions and the embedded model's files."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from earwitness.common.errors import AssetError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

ASSETS = Path(__file__).resolve().parents[1] / "assets"


def asset(name: str) -> Path:
    """Path of a shipped file; AssetError where it is missing."""
    path = ASSETS / name
    if not path.exists():
        raise AssetError(
            f"the model file {name} is missing from this installation; install earwitness again, "
            "or, in a checkout, run 'make assets'."
        )
    return path


@lru_cache(maxsize=32)
def session(path: Path, threads: int = 1) -> InferenceSession:
    """A graph ready to run, on ``threads`` cores.

    One thread a graph is the default: whole clips are worked on side by side, which keeps every core busy
    without the cost of cutting small layers in pieces, and sums are always added in the same order.
    """
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # memory goes back when a run ends: an arena would keep what the longest sound so far has needed
    options.enable_cpu_mem_arena = False
    try:
        # by its path: the graph is then read as it is parsed, and never a second time in memory
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise AssetError(
            f"the model file {path.name} cannot be loaded ({error}); install earwitness again."
        ) from error
