"""What every test may use: the shared data where it is there, tones with known answers, a seeded generator."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

os.environ["HF_HUB_OFFLINE"] = "1"

PROJECT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def shared() -> Path:
    """The data folder beside the project; a test that asks for it is skipped where it is absent."""
    folder = Path(os.environ.get("EARWITNESS_SHARED", PROJECT.parent / "shared"))
    if not (folder / "DESIGN.md").is_file():
        pytest.skip(f"no shared data folder beside the project (looked for {folder.name}/DESIGN.md)")
    return folder


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(4182)
