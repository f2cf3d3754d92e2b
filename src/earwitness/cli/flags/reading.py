"""From what was typed to a command's parameters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from earwitness.cli.flags import Command, Option, UsageError
from earwitness.cli.flags.parameters import REQUIRED, Parameter, parameters_of

HELP = ("-h", "--help")


def read(command: Command, typed: Sequence[str]) -> dict[str, Any] | None:
    """The values of a command's parameters; None where its help was asked for.

    Parameters
    ----------
    command : Command
    typed : sequence of str
        What stands behind the command's name. Flags and arguments may be mixed; behind ``--`` all are
        arguments.

    Raises
    ------
    UsageError
        A flag is unknown or lacks its value, a value cannot be read, or an argument is missing or too many.
    """
    parameters = parameters_of(command.function)
    flags = {name: p for p in parameters if isinstance(p.stated, Option) for name in (*p.on, *p.off)}
    given: dict[str, Any] = {}
    free: list[str] = []
    rest = list(typed)
    while rest:
        word = rest.pop(0)
        if word == "--":
            free += rest
            break
        if word in HELP:
            return None
        name, joined, value = _split(word, flags)
        if name in flags:
            _take(flags[name], name, value if joined else None, rest, given)
        elif word.startswith("-") and word != "-" and not command.context.get("ignore_unknown_options"):
            raise UsageError(f"No such option: {name}{_meant(name, flags)}")
        else:
            free.append(word)
    _arguments([p for p in parameters if not isinstance(p.stated, Option)], free, given)
    missing = [p for p in parameters if p.name not in given and p.default is REQUIRED]
    if missing:
        raise UsageError(_lacking(missing[0]))
    return {p.name: given.get(p.name, p.default) for p in parameters}


def _split(word: str, flags: dict[str, Parameter]) -> tuple[str, bool, str]:
    """A flag, whether its value is joined to it, and the value: ``--top=3``, ``-fjson``."""
    if word.startswith("--"):
        name, equals, value = word.partition("=")
        return name, bool(equals), value
    if len(word) > 2 and word[:2] in flags:
        return word[:2], True, word[2:].removeprefix("=")
    return word, False, ""


def _take(parameter: Parameter, name: str, value: str | None, rest: list[str], given: dict[str, Any]) -> None:
    if parameter.is_switch:
        if value is not None:
            raise UsageError(f"Option '{name}' does not take a value.")
        given[parameter.name] = name not in parameter.off
        return
    if value is None:
        if not rest:
            raise UsageError(f"Option '{name}' requires an argument.")
        value = rest.pop(0)
    read_value = parameter.read(value)
    if parameter.several:
        given.setdefault(parameter.name, []).append(read_value)
    else:
        given[parameter.name] = read_value


def _arguments(parameters: Sequence[Parameter], free: list[str], given: dict[str, Any]) -> None:
    """Hand the words without a flag to the arguments, in order; one that takes several takes all it can."""
    for place, parameter in enumerate(parameters):
        behind = sum(p.default is REQUIRED for p in parameters[place + 1 :])
        if parameter.several:
            taken = free[: max(len(free) - behind, 0)]
            if taken:
                given[parameter.name] = [parameter.read(word) for word in taken]
            del free[: len(taken)]
        elif free:
            given[parameter.name] = parameter.read(free.pop(0))
    if free:
        words = " ".join(free)
        raise UsageError(f"Got unexpected extra argument{'s' if len(free) > 1 else ''} ({words})")


def _lacking(parameter: Parameter) -> str:
    if isinstance(parameter.stated, Option):
        return f"Missing option {' / '.join(map(repr, parameter.on))}."
    return f"Missing argument {parameter.shown!r}."


def _meant(name: str, flags: dict[str, Parameter]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, flags, 3)
    return f" (Possible options: {', '.join(near)})" if near else ""
