"""Rooms know the rooms to their left, never those to their right (README, "Rooms")."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "earwitness"

# From left to right; a name stands for a file or a folder.
ORDER = (
    "errors",
    "caption",
    "files",
    "audio",
    "datasets",
    "encoders",
    "language",
    "methods",
    "listening",
    "captioner",
    "matching",
    "loading",
    "__init__",
    "journal",
    "writers",
    "evaluation",
    "training",
    "cli",
    "__main__",
)


def imports(path: Path) -> Iterator[str]:
    """The rooms that a file imports, at its top or anywhere within."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            package, *inside = node.module.split(".")
            if package == "earwitness":
                # ``from earwitness import x`` is a room, or something of the package itself
                yield from inside[:1] or (a.name if a.name in ORDER else "__init__" for a in node.names)
        elif isinstance(node, ast.Import):
            for alias in node.names:
                package, *inside = alias.name.split(".")
                if package == "earwitness":
                    yield inside[0] if inside else "__init__"


def test_every_room_has_its_place() -> None:
    rooms = {p.stem for p in SOURCE.iterdir() if p.suffix == ".py" or (p / "__init__.py").is_file()}
    assert rooms == set(ORDER)


@pytest.mark.parametrize("room", ORDER)
def test_a_room_knows_only_those_to_its_left(room: str) -> None:
    files = [SOURCE / f"{room}.py"] if (SOURCE / f"{room}.py").is_file() else (SOURCE / room).rglob("*.py")
    known = {*ORDER[: ORDER.index(room)], room}
    wrong = [(path.name, other) for path in files for other in imports(path) if other not in known]
    assert not wrong
