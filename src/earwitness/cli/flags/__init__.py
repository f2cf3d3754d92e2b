"""What a command's flags are: stated beside its parameters, read by ``reading``, shown by ``page``.

A command is a function whose parameters are ``Annotated[type, Option(...)]`` or ``Annotated[type,
Argument(...)]``. It costs a millisecond to read one: a caption should not wait for its command line.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, init=False)
class Option:
    """A flag: its names, ``--name`` of the parameter unless given, what is put in its place, bounds, help.

    >>> Option("--output", "-o", help="The file.").names
    ('--output', '-o')
    """

    names: tuple[str, ...]
    metavar: str | None
    help: str
    min: float | None
    max: float | None

    def __init__(
        self,
        *names: str,
        metavar: str | None = None,
        help: str = "",
        min: float | None = None,
        max: float | None = None,
    ) -> None:
        for name, value in {"names": names, "metavar": metavar, "help": help, "min": min, "max": max}.items():
            object.__setattr__(self, name, value)


@dataclass(frozen=True)
class Argument:
    """What stands without a flag."""

    metavar: str | None = None
    help: str = ""
    min: float | None = None
    max: float | None = None


@dataclass(frozen=True)
class Command:
    """A command: its function, whether flags that it does not know are left among its paths, a line on it."""

    name: str
    function: Callable[..., Any]
    context: Mapping[str, bool]


class Exit(Exception):  # noqa: N818
    """The run ends here, with this code."""

    def __init__(self, code: int = 0) -> None:
        super().__init__(code)
        self.code = code


class UsageError(Exception):
    """What was typed cannot be read; the message says why."""


def echo(text: str = "", *, nl: bool = True, err: bool = False) -> None:
    """Write a line to the screen, or to stderr."""
    print(text, end="\n" if nl else "", file=sys.stderr if err else sys.stdout, flush=True)


def confirm(question: str) -> bool:
    """Ask on stderr; no answer is a no."""
    echo(f"{question} [y/N]: ", nl=False, err=True)
    answer = sys.stdin.readline() if sys.stdin is not None else ""
    if not answer:
        echo(err=True)
    return answer.strip().lower() in ("y", "yes")
