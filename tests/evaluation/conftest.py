"""Small corpora, the plain versions of the metrics, and the frozen output of the programs they must equal."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from earwitness.evaluation.metrics.base import _METRICS

HERE = Path(__file__).resolve().parent


def _load(name: str) -> ModuleType:
    return import_module(f"tests.reference.evaluation_{name}")


@pytest.fixture(scope="session")
def plain() -> ModuleType:
    return _load("plain")


@pytest.fixture(scope="session")
def stanford() -> ModuleType:
    """Stanford's tokenizer and pycocoevalcap's scorers, where they can run."""
    module = _load("stanford")
    reason = module.why_not()
    if reason is not None:
        pytest.skip(reason)
    return module


@pytest.fixture(scope="session")
def tricky() -> ModuleType:
    return _load("tricky")


@pytest.fixture(scope="session")
def golden() -> dict[str, Any]:
    return {
        name: json.loads((HERE / "golden" / f"{name}.json").read_bytes()) for name in ("tokens", "scores")
    }


@pytest.fixture
def registry():
    """The metrics as they were are put back after the test."""
    before = dict(_METRICS)
    yield _METRICS
    _METRICS.clear()
    _METRICS.update(before)


@pytest.fixture
def no_java(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda name: None)
