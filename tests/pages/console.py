"""One page's Python, in a process of its own: what a page registers or changes stays its own affair.

The process reads requests, lines of JSON with the source of a block, and answers what the block printed and what is
wrong with it. Run as a program: ``python -m tests.pages.console``.
"""

from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
import traceback
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

from tests.pages.comparing import alike


def run(source: str, namespace: dict[str, Any]) -> tuple[str, str]:
    """Run a block's statements; a comment after an expression is its value, or what it prints.

    >>> run("a = 1\\na + 1  # 2\\na  # 3\\nprint(a)  # once more", {})
    ('', 'a is 1, the page shows 3')
    """
    lines, printed = source.splitlines(), StringIO()
    with redirect_stdout(printed):
        for node in ast.parse(source).body:
            if not isinstance(node, ast.Expr):
                exec(compile(ast.Module([node], []), "page", "exec"), namespace)
                continue
            before, shown = printed.tell(), comment(lines, node)
            value = eval(compile(ast.Expression(node.value), "page", "eval"), namespace)  # noqa: S307 - the page's
            found = printed.getvalue()[before:].strip() or repr(value)
            if shown and not alike(shown, found):
                return printed.getvalue(), f"{ast.unparse(node)} is {found}, the page shows {shown}"
    return printed.getvalue(), ""


def comment(lines: list[str], node: ast.stmt) -> str:
    """What stands behind a statement: ``f(x)  # 3`` -> ``3``; prose begins with a small letter and is none."""
    rest = lines[(node.end_lineno or 1) - 1].encode()[node.end_col_offset or 0 :].decode().strip()
    shown = rest.removeprefix("#").strip() if rest.startswith("#") else ""
    return "" if re.match(r"[a-z][a-z' ,]*(?: |$)", shown) else shown


def serve() -> None:
    """Answer requests until standard input ends."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what native code prints is no answer
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for line in sys.stdin:
        try:
            said, wrong = run(json.loads(line), namespace)
        except Exception:  # noqa: BLE001 - whatever a page raises is told to its reader
            said, wrong = "", traceback.format_exc()
        print(json.dumps([said, wrong]), file=answers, flush=True)


class Console:
    """The process, from the outside: begins with the first block, in the page's folder."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder, self._environment = folder, environment
        self._process: subprocess.Popen[str] | None = None

    def run(self, source: str) -> tuple[str, str]:
        """What a block prints, and what is wrong with it, if anything."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.pages.console"], cwd=self._folder, text=True,
                env={**os.environ, **self._environment}, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            )  # fmt: skip
        assert self._process.stdin is not None and self._process.stdout is not None
        print(json.dumps(source), file=self._process.stdin, flush=True)
        answer = self._process.stdout.readline()
        assert answer, "the page's Python ended its own process"
        said, wrong = json.loads(answer)
        return said, wrong

    def stop(self) -> None:
        """End it, if it has begun."""
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.close()
            self._process.wait(30)


if __name__ == "__main__":
    serve()
