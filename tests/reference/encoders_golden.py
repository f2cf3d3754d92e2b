"""Write the golden outputs under tests/data/encoders, by the plain ways; arguments: their names."""

from __future__ import annotations

import runpy
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from safetensors.numpy import save_file

TESTS = Path(__file__).resolve().parents[1]


def load(path: str) -> SimpleNamespace:
    return SimpleNamespace(**runpy.run_path(str(TESTS / path)))


tiny = load("reference/encoders_tiny.py")


def clap() -> dict[str, np.ndarray]:
    """Both kinds, two seconds of sound and five texts."""
    test, plain, out = load("encoders/test_clap.py"), load("reference/encoders_clap.py"), {}
    for kind in ("unfused", "fused"):
        folder = test.make(Path(tempfile.mkdtemp()), kind == "fused")
        out[f"{kind}.audio"] = plain.embed_audio(folder, tiny.noise(48000, 2.0), 48000)[None]
        out[f"{kind}.text"] = np.stack([plain.embed_text(folder, text, 60) for text in tiny.TEXTS])
    return out


if __name__ == "__main__":
    for name in sys.argv[1:]:
        make: Callable[[], dict[str, np.ndarray]] = globals()[name]
        save_file(make(), TESTS / "data/encoders" / f"{name}.safetensors")
