"""Importing the package costs next to nothing, a missing extra is one sentence, and no test asks for what is gone."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

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


ROOT = Path(__file__).resolve().parents[1]


def file_of(module: str) -> Path | None:
    base = ROOT.joinpath("src" if module.split(".")[0] == "earwitness" else "", *module.split("."))
    found = [f for f in (base.with_suffix(".py"), base / "__init__.py") if f.is_file()]
    return found[0] if found else None


def names_in(path: Path) -> set[str]:
    """What a file has names for, at its top or anywhere within."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found.update(alias.asname or alias.name for alias in node.names)
    return found


def missing_in(path: Path) -> list[str]:
    """What a file imports from the package or from the tests, and nobody has."""
    missing = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        module = node.module if isinstance(node, ast.ImportFrom) and not node.level else None
        if module is None or module.split(".")[0] not in ("earwitness", "tests"):
            continue
        home = file_of(module)
        known = names_in(home) if home else set()
        later = "__getattr__" in known  # the package itself: what it offers is in ``__all__``
        missing += [
            f"{module}.{alias.name}"
            for alias in node.names
            if alias.name not in known and not later and file_of(f"{module}.{alias.name}") is None
        ]
    return missing


def test_no_test_asks_for_what_is_gone() -> None:
    """Where a file of tests cannot be imported, pytest passes over it in silence, for an extra may be missing."""
    files = sorted((ROOT / "tests").rglob("*.py"))
    assert len(files) > 150
    found = {str(f.relative_to(ROOT)): missing for f in files if (missing := missing_in(f))}
    assert not found
