"""What the blocks of the book are run by: ``bash`` in a shell, ``python`` in a process, ``text`` held against what was said.

A page is run from its beginning to its end in one folder (``shelf``). A block ``text`` after a block ``bash`` is what
that prints; in a block ``python`` a comment after an expression is its value. ``<!-- skip: next "why" -->`` above a block
that cannot be run here says why. ``pip install`` is passed over: it is this tree that is tested here, and
``tests/package/`` installs it as a stranger would.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from sybil import Example

from tests.pages.comparing import differences
from tests.pages.console import Console
from tests.pages.shelf import PROJECT, fill
from tests.pages.zygote import Zygote

SHELL = re.compile(r"[|&;<>$*?`]")  # what needs a shell to be understood
MINUTES = 300


def setup(namespace: dict[str, Any]) -> None:
    """Before a page: a folder with all that it names, and what its conditions may ask."""
    folder = Path(tempfile.mkdtemp(prefix="earwitness-page-")).resolve()
    fill(folder)
    env = environment(folder)
    namespace.update(folder=folder, said="", missing=missing, environment=env, console=Console(folder, env))


def teardown(namespace: dict[str, Any]) -> None:
    """After a page."""
    namespace["console"].stop()
    shutil.rmtree(namespace["folder"])


def missing(*names: str) -> bool:
    """Whether one of these modules, or programs, is not here; for ``skip: next if(missing(…), reason=…)``."""
    from importlib.util import find_spec

    return any(find_spec(name) is None and shutil.which(name) is None for name in names)


def environment(folder: Path) -> dict[str, str]:
    """Of every command: this tree's package, a cache of the page's own, no network, one thread."""
    programs = folder / ".bin"
    programs.mkdir()
    program = programs / "earwitness"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m earwitness "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    (programs / "python").symlink_to(sys.executable)
    return {
        "PATH": f"{programs}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONPATH": f"{PROJECT / 'src'}{os.pathsep}{PROJECT}",
        "EARWITNESS_CACHE": str(folder / ".cache"),
        "HF_HUB_OFFLINE": "1",
        "OMP_NUM_THREADS": "1",
        "COLUMNS": "120",
    }


@cache
def zygote() -> Zygote:
    """One for all pages of this process."""
    return Zygote({**os.environ, "PYTHONPATH": f"{PROJECT / 'src'}{os.pathsep}{PROJECT}"})


def bash(example: Example) -> None:
    """Run a block's commands, and keep what they print for the block after it."""
    folder, env = example.namespace["folder"], example.namespace["environment"]
    said = []
    for command in commands(example.parsed):
        words = shlex.split(command, comments=True)
        if words[:2] == ["pip", "install"]:
            continue
        if words and words[0] == "earwitness" and not SHELL.search(command.split(" #")[0]):
            code, out, errors = zygote().run(words[1:], folder, env)
        else:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", command], cwd=folder, env={**os.environ, **env},
                capture_output=True, text=True, timeout=MINUTES, stdin=subprocess.DEVNULL,
            )  # fmt: skip
            code, out, errors = done.returncode, done.stdout, done.stderr
        assert code == 0, f"{command}\nleft with {code}\n{out[-2000:]}{errors[-2000:]}"
        said.append(out)
    example.namespace["said"] = "".join(said)


def commands(block: str) -> list[str]:
    """The commands of a block, comments and continued lines put away; one in braces is one command.

    >>> commands("# first\\na \\\\\\n  b   # why\\nc")
    ['a   b   # why', 'c']
    """
    if block.startswith("{"):
        return [block]
    lines = block.replace("\\\n", " ").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.strip().startswith("#")]


def text(example: Example) -> None:
    """Hold what a page shows against what the block before it printed."""
    said = example.namespace["said"]
    wrong = differences(example.parsed, said)
    assert not wrong, "the page shows\n  " + "\n  ".join(wrong) + f"\nwhere this was said:\n{said}"


def python(example: Example) -> None:
    """Run a block in the page's own process, and keep what it prints for the block after it."""
    said, wrong = example.namespace["console"].run(example.parsed)
    assert not wrong, wrong
    example.namespace["said"] = said
