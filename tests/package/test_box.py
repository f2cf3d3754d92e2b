"""The wheel is built, installed where nothing else is, and does what the README says first: tools/check_package.py."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from earwitness import __version__

PROJECT = Path(__file__).resolve().parents[2]
PROGRAM = PROJECT / "tools" / "check_package.py"


@pytest.fixture
def index(tmp_path: Path) -> None:
    """Skips where pip reaches no package index: a build fetches its backend, an empty environment everything."""
    fetch = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--retries", "0", "--timeout", "15"]
    done = subprocess.run(
        [*fetch, "-d", str(tmp_path), "hatchling"], capture_output=True, text=True, timeout=120
    )
    if done.returncode:
        pytest.skip("pip reaches no package index here")


def test_a_stranger_installs_the_wheel_and_gets_captions(index: None) -> None:
    for module in ("build", "twine"):
        pytest.importorskip(module, reason="packages are built and checked by the extra dev")
    done = subprocess.run([sys.executable, str(PROGRAM)], capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stdout + done.stderr
    size = re.search(rf"earwitness-{re.escape(__version__)}-py3-none-any\.whl  ([\d.]+) MB", done.stdout)
    assert size is not None and float(size[1]) < 95
    assert "recordings/bell.wav  0." in done.stdout


def test_every_page_says_the_version_that_the_code_says() -> None:
    code = f"import sys; sys.argv = ['x']; sys.path.insert(0, {str(PROGRAM.parent)!r}); import check_package as c; print(c.version())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == __version__, done.stderr


def lower_bounds() -> dict[str, str]:
    """The least version of every package that the core and the extras of the lowest test ask for."""
    tomllib = pytest.importorskip("tomllib" if sys.version_info >= (3, 11) else "tomli")
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    asked = [
        *project["dependencies"],
        *(line for name in ("av", "serve", "live", "archive") for line in extras[name]),
    ]
    found = (re.match(r"([\w.-]+)>=([\w.]+)", line) for line in asked)
    return {match[1].lower(): match[2] for match in found if match}


def test_the_lowest_versions_are_those_that_are_tested() -> None:
    """``make test-lowest`` installs what pyproject.toml admits at least, and not a version more."""
    lines = (PROJECT / "constraints-lowest.txt").read_text(encoding="utf-8").splitlines()
    pins = dict(line.partition(" ")[0].split("==") for line in lines if "==" in line)
    bounds = lower_bounds()
    assert len(bounds) > 12
    for name, least in bounds.items():
        assert _release(pins[name]) == _release(least), f"{name}: {pins[name]} is tested, {least} admitted"
    assert not [line for line in lines if "://" in line or line.startswith("-")]


def _release(version: str) -> tuple[int, ...]:
    numbers = [int(part) for part in version.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
