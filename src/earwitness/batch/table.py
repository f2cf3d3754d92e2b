"""A table with a column of sounds becomes one with captions: for other people's pipelines.

Nothing of pandas, polars, pyarrow or ``datasets`` is imported here: a table is asked what it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from earwitness.batch.places import allow, is_address
from earwitness.batch.reading import NamedBytes, Trouble, fetch_one
from earwitness.captioning.options import CaptionOptions, Outcome
from earwitness.common.errors import InvalidSamplesError, OptionError

if TYPE_CHECKING:
    from earwitness.captioning.captioner import Captioner

COLUMNS = ("caption", "confidence", "fit", "keywords", "notes", "error")
"""What is added to a table."""


def caption_table(
    table: Any,
    audio: str = "audio",
    *,
    prefix: str = "",
    captioner: Captioner | None = None,
    options: CaptionOptions | None = None,
    remote: bool = False,
    on_error: Literal["column", "raise"] = "column",
) -> Any:
    """Add captions to a table of sounds.

    Parameters
    ----------
    table : pandas or polars DataFrame, pyarrow Table or RecordBatch, ``datasets`` Dataset, list of dict
    audio : str
        The column of sounds: paths, bytes, (array, rate), or what ``datasets`` has in such a column, decoded
        or not.
    prefix : str
        Before the names of the new columns: ``caption``, ``confidence``, ``fit``, ``keywords`` (names of
        sounds), ``notes`` and ``error``.
    captioner : Captioner, optional
        Of ``earwitness.load``; the embedded model unless given, loaded once.
    options : CaptionOptions, optional
        For one caption a sound.
    remote : bool
        Fetch paths that are addresses; else they are errors.
    on_error : {"column", "raise"}
        A sound that fails has no caption and a sentence in ``error``, or ends all.

    Returns
    -------
    table
        Of the same kind, with the rows in their order.

    Raises
    ------
    OptionError
        There is no such column, a new column is there already, or the table is of no kind that is known.
    AudioError
        With ``on_error="raise"``: of the first sound that fails.

    Examples
    --------
    >>> import numpy as np
    >>> rows = caption_table([{"audio": (np.zeros(16000), 16000)}, {"audio": "nowhere.wav"}])
    >>> [(row["caption"], row["notes"], row["error"]) for row in rows]
    [('', ['silent'], None), (None, None, 'nowhere.wav: there is no such file.')]
    """
    names = {name: f"{prefix}{name}" for name in COLUMNS}
    there = _columns(table)
    if audio not in there and (there or len(table)):
        raise OptionError(f"the table has no column {audio!r}; it has {', '.join(there)}.")
    if taken := [name for name in names.values() if name in there]:
        raise OptionError(f"the table has a column {taken[0]!r} already; give the new ones a prefix.")
    cells = list(_cells(table, audio))
    if on_error == "raise":
        allow([cell for cell in cells if isinstance(cell, str)], remote)
    options = options or CaptionOptions()
    if options.segments is not None or options.events is not None:
        raise OptionError("a row has one caption of its whole sound: no segments, no events.")
    sources = (_source(cell, f"row {n}", remote) for n, cell in enumerate(cells))
    rows = []
    for outcome in (captioner or _embedded()).caption_many(sources, options):
        if outcome.error is not None and on_error == "raise":
            raise outcome.error
        rows.append(_row(outcome))
    return _with(table, {names[name]: [row[name] for row in rows] for name in COLUMNS})


@lru_cache(maxsize=1)
def _embedded() -> Captioner:
    from earwitness.captioning.loading import load

    return load()


def _row(outcome: Outcome) -> dict[str, Any]:
    if outcome.error is not None:
        return {**dict.fromkeys(COLUMNS), "error": str(outcome.error)}
    caption = outcome.captions[0]
    return {
        "caption": caption.text,
        "confidence": caption.confidence,
        "fit": caption.fit,
        "keywords": [k.text for k in caption.keywords],
        "notes": list(caption.notes),
        "error": None,
    }


def _source(cell: Any, name: str, remote: bool) -> Any:
    """What a captioner reads, from what a cell holds; what it cannot be read from says so."""
    if isinstance(cell, dict) and cell.get("array") is not None:
        return _samples(cell["array"]), int(cell["sampling_rate"])
    if isinstance(cell, dict):
        content, path = cell.get("bytes"), cell.get("path")
        name, cell = path or name, path if content is None else content
    if isinstance(cell, bytes | bytearray | memoryview):
        return NamedBytes(bytes(cell), name)
    if isinstance(cell, str) and is_address(cell):
        return fetch_one(cell, {}, {}) if remote else Trouble(cell, "it is fetched with remote=True only")
    if hasattr(cell, "get_all_samples"):  # what datasets decodes with
        heard = cell.get_all_samples()
        return _samples(heard.data), int(heard.sample_rate)
    if cell is None or isinstance(cell, float):  # pandas says none by a number that is none
        return Trouble(name, "the row holds no sound")
    return cell


def _samples(array: Any) -> Any:
    """Samples as (frames,) or (frames, channels): torch's way is channels first."""
    import numpy as np

    samples = np.asarray(array)
    if samples.ndim == 2 and samples.shape[0] < samples.shape[1]:
        return samples.T
    if samples.ndim > 2:
        raise InvalidSamplesError(f"samples are (frames,) or (frames, channels), not {samples.shape}.")
    return samples


def _kind(table: Any) -> str:
    kind = type(table)
    name = f"{kind.__module__.partition('.')[0]}.{kind.__name__}"
    known = {
        "pandas.DataFrame", "polars.DataFrame", "pyarrow.Table", "pyarrow.RecordBatch", "datasets.Dataset",
    }  # fmt: skip
    if name in known:
        return name
    if isinstance(table, Sequence) and all(isinstance(row, dict) for row in table):
        return "rows"
    raise OptionError(
        f"a table is of pandas, polars, pyarrow or datasets, or a list of dicts, not {name}; "
        "for a lazy or streamed one call this with each of its batches."
    )


def _columns(table: Any) -> list[str]:
    kind = _kind(table)
    if kind == "rows":
        return list(dict.fromkeys(key for row in table for key in row))
    if kind.startswith("pyarrow."):
        return [str(name) for name in table.schema.names]
    return [str(name) for name in (table.column_names if kind.startswith("datasets.") else table.columns)]


def _cells(table: Any, audio: str) -> Iterator[Any]:
    kind = _kind(table)
    if kind == "rows":
        yield from (row.get(audio) for row in table)
    elif kind.startswith("pyarrow."):
        yield from (cell.as_py() for cell in table.column(audio))
    elif kind.startswith("datasets."):
        from datasets import Audio

        # what is encoded is decoded here, whatever decoder datasets would ask for
        encoded = isinstance(table.features[audio], Audio)
        yield from (table.cast_column(audio, Audio(decode=False)) if encoded else table)[audio]
    else:
        yield from table[audio]


def _with(table: Any, new: dict[str, list[Any]]) -> Any:
    """The table with columns behind its own; ``new`` has them in the order of ``COLUMNS``."""
    kind = _kind(table)
    if kind == "rows":
        return [{**row, **{k: v[n] for k, v in new.items()}} for n, row in enumerate(table)]
    if kind == "pandas.DataFrame":
        return _with_series(table, new)
    if kind == "polars.DataFrame":
        return _with_polars(table, new)
    import pyarrow as pa

    text, number = pa.string(), pa.float64()
    kinds = (text, number, number, pa.list_(text), pa.list_(text), text)
    for (name, values), of in zip(new.items(), kinds, strict=True):
        if kind.startswith("pyarrow."):
            table = _appended(table, name, pa.array(values, of))
        else:
            from datasets import Features

            feature = Features.from_arrow_schema(pa.schema([(name, of)]))[name]
            table = table.add_column(name, values, feature=feature)
    return table


def _appended(table: Any, name: str, column: Any) -> Any:
    if hasattr(table, "append_column"):
        return table.append_column(name, column)
    names = [*table.schema.names, name]
    return type(table).from_arrays([*table.columns, column], names=names)


def _with_series(table: Any, new: dict[str, list[Any]]) -> Any:
    from pandas import Series

    numbers = ("float64" if n in (1, 2) else "object" for n in range(len(new)))
    columns = zip(new.items(), numbers, strict=True)
    return table.assign(**{k: Series(v, index=table.index, dtype=kind) for (k, v), kind in columns})


def _with_polars(table: Any, new: dict[str, list[Any]]) -> Any:
    import polars as pl

    kinds: Any = (pl.String, pl.Float64, pl.Float64, pl.List(pl.String), pl.List(pl.String), pl.String)
    columns = zip(new.items(), kinds, strict=True)
    return table.with_columns([pl.Series(k, v, dtype=kind, strict=False) for (k, v), kind in columns])
