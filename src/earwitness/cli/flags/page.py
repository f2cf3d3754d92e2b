"""Help pages."""

from __future__ import annotations

import inspect
import shutil
from collections.abc import Iterable, Mapping
from textwrap import wrap

from earwitness.cli.flags import Argument, Command, Option
from earwitness.cli.flags.parameters import REQUIRED, Parameter, parameters_of

WIDEST, LEFT = 80, 30  # characters a line, and of them at most to the explanations
HELP_ROW = ("-h, --help", "Show this message and exit.")


def usage(command: Command) -> str:
    """The line on how a command is called."""
    words = ["Usage:", "earwitness", command.name, "[OPTIONS]"]
    for p in parameters_of(command.function):
        if isinstance(p.stated, Argument):
            word = p.shown + ("" if not p.several or p.shown.endswith("...") else "...")
            words.append(word if p.default is REQUIRED else f"[{word}]")
    return " ".join(words)


def help_page(command: Command) -> str:
    """All that there is to say of a command."""
    lines = [usage(command), ""]
    for paragraph in (inspect.getdoc(command.function) or "").split("\n\n"):
        lines += [
            *wrap(" ".join(paragraph.split()), _width() - 2, initial_indent="  ", subsequent_indent="  "),
            "",
        ]
    parameters = parameters_of(command.function)
    arguments = [p for p in parameters if isinstance(p.stated, Argument)]
    options = [p for p in parameters if isinstance(p.stated, Option)]
    if arguments:
        lines += ["Arguments:", *table((p.shown, _explained(p)) for p in arguments), ""]
    lines += ["Options:", *table([*((_named(p), _explained(p)) for p in options), HELP_ROW])]
    return "\n".join(lines)


def root_page(about: str, commands: Mapping[str, str]) -> str:
    """The page that lists all commands, each with a sentence."""
    options = [("--version", "Say the version and leave."), HELP_ROW]
    lines = [
        "Usage: earwitness [OPTIONS] COMMAND [ARGS]...",
        "",
        f"  {about}",
        "",
        "Options:",
        *table(options),
    ]
    return "\n".join([*lines, "", "Commands:", *table(commands.items())])


def table(rows: Iterable[tuple[str, str]]) -> list[str]:
    """Two columns; a name that is too wide for the first has a line of its own.

    >>> table([("-v", "Say more."), ("-q", "Say less.")])
    ['  -v  Say more.', '  -q  Say less.']
    """
    rows = list(rows)
    left = min(LEFT, max((len(name) for name, _ in rows), default=0)) + 4
    lines = []
    for name, text in rows:
        texts = wrap(text, max(20, _width() - left)) or [""]
        if len(name) + 4 > left:
            lines.append(f"  {name}")
        else:
            lines.append(f"  {name}".ljust(left) + texts.pop(0))
        lines += [" " * left + more for more in texts]
    return [line.rstrip() for line in lines]


def _named(p: Parameter) -> str:
    names = sorted(p.on, key=lambda name: name.startswith("--"))
    text = ", ".join(names) + (f" / {', '.join(p.off)}" if p.off else "")
    return text if p.is_switch else f"{text} {p.shown}"


def _explained(p: Parameter) -> str:
    notes = []
    value = getattr(p.default, "value", p.default)
    if p.default is REQUIRED:
        notes.append("required")
    elif value not in (None, "", False) and not isinstance(value, tuple | list) and not p.off:
        notes.append(f"default: {value}")
    elif p.off:
        notes.append(f"default: {(p.on if p.default else p.off)[0].lstrip('-')}")
    notes += [p.bounds] if p.bounds else []
    return f"{p.stated.help}  [{'; '.join(notes)}]" if notes else p.stated.help


def _width() -> int:
    return min(WIDEST, shutil.get_terminal_size().columns)
