"""Rows of a table for spreadsheets, which must not take a caption for a formula."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from earwitness.common.caption import Keyword

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
QUOTED = frozenset(',"\r\n')


def inert(cell: Any) -> Any:
    """A cell that no spreadsheet takes for a formula."""
    # the apostrophe is what spreadsheets themselves put before text that looks like a formula
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def csv_row(cells: Iterable[Any]) -> str:
    r"""A line of a csv file, each cell inert.

    >>> csv_row(["=1+1", "one\rtwo", 0.5])
    '\'=1+1,"one\rtwo",0.5\n'
    """
    return ",".join(_quoted(inert(cell)) for cell in cells) + "\n"


def _quoted(cell: Any) -> str:
    # not by the csv module, which writes no zero byte before Python 3.11
    text = "" if cell is None else str(cell)
    return '"' + text.replace('"', '""') + '"' if QUOTED.intersection(text) else text


def path_cell(path: str) -> str:
    """A path that is inert and still a path: "./=1.wav" is the same file as "=1.wav"."""
    return f"./{path}" if path.startswith(FORMULA) else path


def keyword_cell(keywords: Iterable[Keyword]) -> str:
    """Keywords as ``speech=0.91; dog=0.40``."""
    return "; ".join(f"{k.text}={k.score:.2f}" for k in keywords)
