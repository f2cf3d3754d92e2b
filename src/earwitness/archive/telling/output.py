"""Search results for people, programs, spreadsheets and players."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from earwitness.archive.results import Hit
from earwitness.common.errors import OptionError
from earwitness.common.files import whole_file
from earwitness.writers.cells import csv_row, keyword_cell, path_cell
from earwitness.writers.text import SILENCE, one_line, visible


def written(hits: Sequence[Hit], format: str, *, why: bool = True) -> bytes:
    """Results as text, json, jsonl, csv or m3u.

    Parameters
    ----------
    hits : sequence of Hit
    format : str
        One of ``FORMATS``.
    why : bool
        Whether people are told what spoke for each.

    Raises
    ------
    OptionError
        There is no such format.
    """
    check_format(format)
    text = _text(hits, why) if format == "text" else FORMATS[format](hits)
    # a playlist has to name files by their own bytes; elsewhere those that are no UTF-8 show as escapes
    return text.encode("utf-8", "surrogateescape" if format == "m3u" else "backslashreplace")


def check_format(format: str) -> None:
    """Raise OptionError where results cannot be written so."""
    if format not in FORMATS:
        raise OptionError(f"format is {', '.join(FORMATS)}, not {format!r}.")


def deliver(hits: Sequence[Hit], format: str, output: Path | None) -> None:
    """Write results to a file, which appears when it is complete, or to standard output."""
    data = written(hits, format)
    if output is None:
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    with whole_file(output) as file:
        file.write(data)


def _text(hits: Sequence[Hit], why: bool) -> str:
    lines = []
    for hit in hits:
        said = visible(one_line(hit.text)) or SILENCE
        lines.append(
            f"{visible(near(hit.path))}  {clock(hit.start)}-{clock(hit.end)}  {hit.score:.2f}  {said}"
        )
        if why and hit.why:
            lines.append(f"    {visible('; '.join(hit.why))}")
    return "".join(f"{line}\n" for line in lines)


def near(path: str) -> str:
    """A path as it is seen from here, where it lies below.

    >>> near(os.path.join(os.getcwd(), "a", "b.wav")) == os.path.join("a", "b.wav")
    True
    """
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return path


def clock(seconds: float) -> str:
    """``0:07``, with tenths where a second is not whole, and hours where there are any.

    >>> clock(7), clock(7.25), clock(3725), clock(59.97)
    ('0:07', '0:07.2', '1:02:05', '1:00')
    """
    tenths = round(seconds * 10)
    minutes, rest = divmod(tenths // 10, 60)
    hours, minutes = divmod(minutes, 60)
    tail = f".{tenths % 10}" if tenths % 10 else ""
    return f"{hours}:{minutes:02d}:{rest:02d}{tail}" if hours else f"{minutes}:{rest:02d}{tail}"


def _json(hits: Sequence[Hit]) -> str:
    return json.dumps([hit.to_dict() for hit in hits], ensure_ascii=False, indent=1) + "\n"


def _jsonl(hits: Sequence[Hit]) -> str:
    return "".join(json.dumps(hit.to_dict(), ensure_ascii=False) + "\n" for hit in hits)


def _csv(hits: Sequence[Hit]) -> str:
    columns = ("path", "start", "end", "text", "score", "relevance", "confidence", "why", "keywords")
    lines = [csv_row(columns)]
    for hit in hits:
        row = hit.to_dict()
        row["path"] = path_cell(hit.path)
        row["why"] = "; ".join(hit.why)
        row["keywords"] = keyword_cell(hit.keywords)
        lines.append(csv_row(row[column] for column in columns))
    return "".join(lines)


def _m3u(hits: Sequence[Hit]) -> str:
    """A playlist; VLC goes by the start and stop times, players that do not know them play whole files."""
    lines = ["#EXTM3U"]
    for hit in hits:
        lines += [
            f"#EXTINF:{max(round(hit.end - hit.start), 1)},{visible(one_line(hit.text)) or SILENCE}",
            f"#EXTVLCOPT:start-time={hit.start:.3f}",
            f"#EXTVLCOPT:stop-time={hit.end:.3f}",
            os.path.abspath(hit.path).replace("\n", "%0A"),  # noqa: PTH100 - resolve() would follow links
        ]
    return "\n".join(lines) + "\n"


FORMATS: dict[str, Callable[[Sequence[Hit]], str]] = {
    "text": lambda hits: _text(hits, True),
    "json": _json,
    "jsonl": _jsonl,
    "csv": _csv,
    "m3u": _m3u,
}
