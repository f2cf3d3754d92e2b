"""A command as somebody types it, in this process."""

from __future__ import annotations

import contextlib
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from unittest import mock


@dataclass(frozen=True)
class Result:
    """What came of it: an error that the command line would have turned into a sentence is kept as it is."""

    exit_code: int
    stdout: str
    stderr: str
    exception: BaseException | None

    @property
    def output(self) -> str:
        """All that was said."""
        return self.stdout + self.stderr


def invoke(*arguments: object, env: Mapping[str, str] | None = None) -> Result:
    """Run ``earwitness`` with arguments."""
    from earwitness.cli.__main__ import run

    out, err = io.StringIO(), io.StringIO()
    code, error = 1, None
    with (
        mock.patch.dict(os.environ, env or {}),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            code = run([str(a) for a in arguments])
        except SystemExit as end:
            code = int(end.code or 0)
        except Exception as raised:  # noqa: BLE001 - handed on, whatever it is
            error = raised
    return Result(code, out.getvalue(), err.getvalue(), error)
