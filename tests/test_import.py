"""Importing the package costs next to nothing, and a missing extra is one sentence."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "transformers", "onnxruntime", "tokenizers", "soundfile", "soxr", "av", "numpy", "rich")


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_importing_the_package_loads_nothing_heavy() -> None:
    loaded = run("import sys, earwitness; print(*sys.modules)").split()
    assert not set(HEAVY) & set(loaded)


@pytest.mark.parametrize(
    "module",
    [
        "audio",
        "captioning.captioner",
        "encoders.tags.encoder",
        "methods.wsac.method",
        "writers",
        "cli.__main__",
    ],
)
def test_the_core_needs_no_torch(module: str) -> None:
    loaded = run(f"import sys, earwitness.{module}; print(*sys.modules)").split()
    assert not {"torch", "transformers", "onnxruntime"} & set(loaded)


def test_captioning_needs_no_torch() -> None:
    code = (
        "import sys, numpy as np, earwitness;"
        "earwitness.caption((np.random.default_rng(0).normal(0, .1, 16000), 16000)); print(*sys.modules)"
    )
    assert not {"torch", "transformers"} & set(run(code).split())
