"""Tables of names and of options, for people and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
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


def check_row_format(format: str) -> None:
    """OptionError where the format is none of those that ``write_rows`` writes."""
    if format not in ("text", "json", "jsonl"):
        raise OptionError(f"format is text, json or jsonl, not {format!r}.")


def write_rows(
    format: str, rows: Sequence[Mapping[str, Any]], line: Callable[[Mapping[str, Any]], str], **about: object
) -> None:
    """Rows on the screen: as text a line each, as jsonl an object each, as json one object of all.

    Parameters
    ----------
    format : str
    rows : sequence of mappings
    line : callable
        What is said of a row.
    **about
        Other entries of the one object; the rows themselves stand under the name that has them.
    """
    if format == "json":
        print(json.dumps(about, ensure_ascii=False, indent=1))
        return
    for row in rows:
        print(json.dumps(row, ensure_ascii=False) if format == "jsonl" else line(row))


def _shown(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return repr(value) if isinstance(value, str) and value != value.strip() else str(value)
