"""``earwitness methods``: the methods and presets, and the options of each."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
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
    from earwitness.common.errors import OptionError
    from earwitness.common.options import describe
    from earwitness.language.offline import OFFLINE
    from earwitness.methods.presets import PRESETS, find_preset

    if format not in ("text", "json"):
        raise OptionError(f"format is text or json, not {format!r}.")
    if name is None:
        presets = [
            {"name": n, "method": p.method, "encoder": p.encoder, "lm": p.language_model, "about": p.about}
            for n, p in PRESETS.items()
        ]
        _write(format, presets, ("name", "about"), "")
        return
    preset = find_preset(name)
    options = [
        {"option": "--" + o.name.replace("_", "-"), "value": o.value, "about": o.help}
        for o in describe(preset.options)
    ]
    lm = preset.language_model.replace("offline", f"{' or else '.join(OFFLINE)} (earwitness models get NAME)")
    models = f"encoder {preset.encoder}" + f", language model {lm}" * bool(lm)
    _write(format, options, ("option", "value", "about"), f"{name}: {preset.about}\nWith {models}.\n")


def _write(format: str, rows: Sequence[Mapping[str, object]], columns: tuple[str, ...], above: str) -> None:
    if format == "json":
        print(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    for column in columns:
        table.add_column(no_wrap=column in ("name", "option"))
    for row in rows:
        table.add_row(*(Text(_shown(row[column])) for column in columns))
    if above:
        print(above)
    Console().print(table)


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return repr(value) if isinstance(value, str) and value != value.strip() else str(value)
