"""Run commands of ``earwitness`` one after the other, without paying for the imports each time.

A process that has imported the package reads requests, lines of JSON, and forks for each: the child is a fresh
``earwitness`` with its own streams, folder and environment. Run as a program: ``python -m tests.pages.zygote``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

# what the commands of the pages import; nothing of it starts a thread before the fork
IMPORTS = """
import onnxruntime, soundfile, soxr, tokenizers, rich.progress
import earwitness.cli.__main__ as cli
import earwitness.captioning.loading, earwitness.encoders.tags.encoder, earwitness.methods.wsac.method
"""


def serve() -> None:
    """Answer requests until standard input ends."""
    exec(IMPORTS, {})  # the names are of no use here
    answers = os.fdopen(os.dup(1), "w")
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            _become(request)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), file=answers, flush=True)


def _become(request: dict[str, Any]) -> None:
    os.chdir(request["folder"])
    os.environ.update(request["environment"])
    for number, name in ((0, os.devnull), (1, request["out"]), (2, request["errors"])):
        opened = os.open(name, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(opened, number)
    sys.stdin = open(0, closefd=False)  # noqa: SIM115 - it lives as long as the process
    code = 1
    try:
        from earwitness.cli.__main__ import main

        sys.argv = ["earwitness", *request["arguments"]]
        main()
        code = 0
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else int(left.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter does at its end
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


class Zygote:
    """The process, from the outside."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.pages.zygote"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
        )  # fmt: skip

    def run(self, arguments: list[str], folder: Path, environment: dict[str, str]) -> tuple[int, str, str]:
        """The exit code, standard output and standard error of a command in a folder."""
        out, errors = folder / ".stdout", folder / ".stderr"
        request = {"arguments": arguments, "folder": str(folder), "environment": environment}
        assert self._process.stdin is not None and self._process.stdout is not None
        print(
            json.dumps({**request, "out": str(out), "errors": str(errors)}),
            file=self._process.stdin,
            flush=True,
        )
        code = int(self._process.stdout.readline())
        said = (out.read_text(encoding="utf-8"), errors.read_text(encoding="utf-8"))
        out.unlink()
        errors.unlink()
        return code, *said

    def stop(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(10)


if __name__ == "__main__":
    serve()
