"""The tables that can be run, by name."""

from __future__ import annotations

from earwitness.common.errors import OptionError
from earwitness.reproduce.row import Table
from earwitness.reproduce.tables.audibility import AUDIBILITY
from earwitness.reproduce.tables.wsac import WSAC
from earwitness.reproduce.tables.zeraucap import ZERAUCAP

TABLES = {table.name: table for table in (ZERAUCAP, AUDIBILITY, WSAC)}


def find_table(name: str) -> Table:
    """A table by name; OptionError where there is none.

    >>> len(find_table("audibility").rows)
    14
    """
    if name not in TABLES:
        raise OptionError(f"there is no table {name!r}; there are {', '.join(TABLES)}.")
    return TABLES[name]
