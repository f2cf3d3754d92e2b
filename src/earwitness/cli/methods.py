"""``earwitness methods``: the methods and presets, and the options of each."""

from __future__ import annotations

import json
from typing import Annotated

import typer


def methods(
    name: Annotated[
        str | None, typer.Argument(metavar="[NAME]", help="A method or preset, to see its options.")
    ] = None,
    format: Annotated[str, typer.Option("--format", "-f", help="text or json.")] = "text",
) -> None:
    """List the ways of captioning and their presets; with a name, its options and their values.

    Each option is a flag of 'earwitness caption', such as --beams 4, and a keyword of earwitness.load().
    """
    from earwitness.errors import OptionError
    from earwitness.methods.options import describe
    from earwitness.methods.presets import PRESETS, find_preset

    if format not in ("text", "json"):
        raise OptionError(f"format is text or json, not {format!r}.")
    heading: tuple[str, ...]
    rows: list[dict[str, object]]
    if name is None:
        rows = [
            {"name": n, "method": p.method, "encoder": p.encoder, "lm": p.language_model, "about": p.about}
            for n, p in PRESETS.items()
        ]
        heading = ("name", "method", "encoder", "lm", "about")
    else:
        rows = [
            {"option": "--" + o.name.replace("_", "-"), "value": o.value, "about": o.help}
            for o in describe(find_preset(name).options)
        ]
        heading = ("option", "value", "about")
    if format == "json":
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    _table(rows, heading)


def _table(rows: list[dict[str, object]], heading: tuple[str, ...]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in heading:
        table.add_column(column, no_wrap=column in ("name", "method", "option"))
    for row in rows:
        table.add_row(*(Text(_shown(row[column])) for column in heading))
    Console().print(table)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return repr(value) if isinstance(value, str) and value != value.strip() else str(value)
