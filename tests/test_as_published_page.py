"""docs/as-published.md names tests that are there, every option, and every argument that error messages know."""

from __future__ import annotations

import re
from pathlib import Path

from earwitness.cli.published_arguments import PROGRAMS
from earwitness.common.options import describe
from earwitness.methods.presets import PRESETS
from earwitness.training.decoder import recipes

PROJECT = Path(__file__).resolve().parents[1]
PAGE = (PROJECT / "docs/as-published.md").read_text(encoding="utf-8")


def test_every_test_that_is_named_is_there() -> None:
    known = {path.name for path in (PROJECT / "tests").rglob("test_*.py")}
    for path in (PROJECT / "tests").rglob("test_*.py"):
        known.update(re.findall(r"def (test_\w+)", path.read_text(encoding="utf-8")))
    named = set(re.findall(r"test_\w+(?:\.py)?", PAGE))
    assert len(named) > 20
    assert named <= known, sorted(named - known)


def test_every_legacy_option_has_a_line() -> None:
    names = {o.name for p in PRESETS.values() for o in describe(p.options) if o.name.startswith("legacy_")}
    assert len(names) > 8
    assert [n for n in sorted(names) if f"`--{n.replace('_', '-')}`" not in PAGE] == []


def test_every_option_by_which_the_recipes_differ_has_a_line() -> None:
    ours, theirs = ({o.name: o.value for o in describe(r)} for r in (recipes.WSAC_BEST, recipes.WSAC))
    different = [name for name, value in ours.items() if theirs[name] != value]
    assert len(different) > 6
    assert [n for n in different if f"--{n.replace('_', '-')}" not in PAGE] == []


def test_every_argument_of_the_published_programs_has_a_row() -> None:
    for program, arguments in PROGRAMS.items():
        for theirs, ours in arguments.items():
            assert f"| {program} | `--{theirs}` | {ours} |" in PAGE
