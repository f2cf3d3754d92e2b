"""Rooms know the rooms to their left, never those to their right; no files in a circle; no room a hall."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[1] / "src" / "earwitness"

# From left to right; docs/architecture.md draws it. A name stands for a file or a folder.
ORDER = (
    "common",
    "audio",
    "datasets",
    "encoders",
    "language",
    "classifier",
    "methods",
    "confidence",
    "timeline",
    "captioning",
    "__init__",
    "writers",
    "evaluation",
    "study",
    "show",
    "training",
    "reproduce",
    "archive",
    "server",
    "batch",
    "cli",
    "__main__",
)
# Rooms within rooms that may know each other in one direction only.
WITHIN = {
    "encoders": ("tags", "pretrained"),
    "methods": ("prompting", "telling", "wsac", "zeraucap", "audibility"),
    "evaluation": ("words", "metrics", "report"),
    "training": ("decoder", "classifier", "embedded"),
}
# Methods stand side by side: a newcomer who reads one of them need not open another.
APART = {"methods": ("wsac", "zeraucap", "audibility"), "encoders": ("tags", "pretrained")}
FILES_A_ROOM = 15


def files() -> list[Path]:
    return sorted(SOURCE.rglob("*.py"))


def module_of(path: Path) -> str:
    parts = path.relative_to(SOURCE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_of(path): path for path in files()}


@cache
def imports(path: Path) -> tuple[str, ...]:
    """The modules of the package that a file imports, at its top or anywhere within."""
    return tuple(dict.fromkeys(_imports(path)))


def _imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "earwitness":
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in MODULES else str(node.module)
        elif isinstance(node, ast.Import):
            yield from (a.name for a in node.names if a.name.split(".")[0] == "earwitness")


def room_of(module: str) -> str:
    inside = module.split(".")[1:]
    return inside[0] if inside else "__init__"


def test_every_room_has_its_place() -> None:
    rooms = {p.stem for p in SOURCE.iterdir() if p.suffix == ".py" or (p / "__init__.py").is_file()}
    assert rooms <= set(ORDER)


@pytest.mark.parametrize("room", ORDER)
def test_a_room_knows_only_those_to_its_left(room: str) -> None:
    known = {*ORDER[: ORDER.index(room)], room}
    own = [m for m in MODULES if room_of(m) == room]
    # what is stated in one place and offered by the package itself stands there by name only
    wrong = [(m, other) for m in own for other in imports(MODULES[m]) if room_of(other) not in known]
    assert not wrong


@pytest.mark.parametrize("room", WITHIN)
def test_inner_rooms_know_only_those_to_their_left(room: str) -> None:
    order = WITHIN[room]
    wrong = []
    for module, path in MODULES.items():
        inside = module.split(".")[1:]
        if len(inside) < 2 or inside[0] != room or inside[1] not in order:
            continue
        for other in imports(path):
            there = other.split(".")[1:]
            if there[:1] == [room] and len(there) > 1 and there[1] in order and there[1] != inside[1]:
                apart = room in APART and inside[1] in APART[room] and there[1] in APART[room]
                if apart or order.index(there[1]) > order.index(inside[1]):
                    wrong.append((module, other))
    assert not wrong


def test_no_files_import_each_other_in_a_circle() -> None:
    """Depth-first search; a file that is met again while it is open closes a circle."""
    open_, done = [], set()
    circles = []

    def visit(module: str) -> None:
        if module in open_:
            circles.append([*open_[open_.index(module) :], module])
            return
        if module in done or module not in MODULES:
            return
        open_.append(module)
        for other in imports(MODULES[module]):
            if other != module:
                visit(other)
        open_.pop()
        done.add(module)

    for module in MODULES:
        visit(module)
    assert not circles, "\n".join(" -> ".join(c) for c in circles)


def test_no_room_is_a_hall() -> None:
    counts = Counter(p.parent for p in files() if p.name != "__init__.py")
    wide = {str(f.relative_to(SOURCE)): n for f, n in counts.items() if n > FILES_A_ROOM and f.name != "cli"}
    assert not wide


@pytest.mark.parametrize("path", files(), ids=lambda p: str(p.relative_to(SOURCE)))
def test_a_file_says_what_it_is_for(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert not tree.body or ast.get_docstring(tree), "the first line of a file says what is in it"
