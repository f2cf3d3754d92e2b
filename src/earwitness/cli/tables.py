"""Tables of names and of options, for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from earwitness.common.errors import OptionError


def write_options(format: str, options: Any, above: str) -> None:
    """Every option of a dataclass of options as a flag with its value, below a few words about them."""
    from earwitness.common.options import describe

    rows = [
        {"option": "--" + o.name.replace("_", "-"), "value": o.value, "about": o.help}
        for o in describe(options)
    ]
    write_table(format, rows, ("option", "value", "about"), above)


def write_table(
    format: str, rows: Sequence[Mapping[str, object]], columns: tuple[str, ...], above: str = ""
) -> None:
    """Rows on the screen: as text the named columns, as json all of them.

    Raises
    ------
    OptionError
        The format is another one.
    """
    if format not in ("text", "json"):
        raise OptionError(f"format is text or json, not {format!r}.")
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
