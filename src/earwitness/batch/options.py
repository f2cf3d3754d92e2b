"""What is asked of a batch run, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from earwitness.captioning.options import CaptionOptions
from earwitness.common.errors import OptionError

FORMATS = ("parquet", "jsonl", "csv")
MOST_ROWS = 1000  # sounds a file: a minute or two of one core
FEWEST_ROWS = 16  # what is written about at once


@dataclass(frozen=True)
class Captioning:
    """A captioner that every actor makes for itself: what ``earwitness.load`` and each sound are given."""

    # of earwitness.load
    named: Mapping[str, Any] = field(default_factory=dict)
    # of each sound
    options: CaptionOptions = field(default_factory=CaptionOptions)


@dataclass(frozen=True)
class BatchOptions:
    """What is read and written, and by how many.

    >>> BatchOptions(actors=2).format
    'parquet'
    """

    # parquet, jsonl or csv
    format: str = "parquet"
    # sounds a file of the output; None: a thousand, fewer where there are few sounds
    rows: int | None = None
    # actors, each with the model; None: as many as there are cores for
    actors: int | None = None
    # cores and graphics cards an actor; parts of one are possible for cards
    cpus: int = 1
    gpus: float = 0.0
    # a Ray cluster; None: this machine, for as long as the run lasts
    address: str | None = None
    # the column of a parquet input that holds sounds, as bytes or names, and one that names its rows
    column: str = "audio"
    id: str | None = None
    # whether addresses may be fetched that stand in a list or a table
    remote: bool = False
    # arguments of the store's client
    storage: Mapping[str, str] = field(default_factory=dict)
    # caption files of the output again that hold sounds which failed
    retry_errors: bool = False

    def __post_init__(self) -> None:
        if self.format not in FORMATS:
            raise OptionError(f"{self.format!r} is no format of a batch; these are: {', '.join(FORMATS)}.")
        for name in ("rows", "actors", "cpus"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise OptionError(f"{name} is 1 or more, not {value}.")
        if self.gpus < 0:
            raise OptionError(f"gpus is 0 or more, not {self.gpus}.")


def rows_a_part(total: int, options: BatchOptions, actors: int) -> int:
    """Sounds a file of the output: a thousand, or so few that every actor has several files to write.

    >>> rows_a_part(10**6, BatchOptions(), 16), rows_a_part(500, BatchOptions(), 2)
    (1000, 63)
    """
    return options.rows or min(MOST_ROWS, max(FEWEST_ROWS, -(-total // (4 * actors))))


@dataclass(frozen=True)
class Report:
    """What a run did, and what its output holds now."""

    # files of the output, and how many of them were there before the run
    parts: int
    before: int
    # captioned by this run, and rows written
    sounds: int
    rows: int
    # sounds in the whole output that failed
    errors: int
    # files that have another size than when they were planned
    changed: int
