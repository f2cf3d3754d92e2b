"""Tiny seeded models, saved and loaded through the real paths, for the tests of this folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(scope="module", params=["GPT2", "OPT", "Llama"])
def language(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    import torch

    from earwitness.language import load_language_model
    from tests.reference import zeraucap_tiny as tiny

    torch.set_num_threads(1)
    return load_language_model(tiny.language_folder(tmp_path_factory.mktemp(request.param), request.param))


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Any:
    from earwitness.encoders.registry import load_encoder
    from tests.reference import zeraucap_tiny as tiny

    return load_encoder(f"clap:{tiny.clap_folder(tmp_path_factory.mktemp('clap'))}")


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARWITNESS_CACHE", str(tmp_path))
