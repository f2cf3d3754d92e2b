"""The formats that hold all captions in one stream."""

from __future__ import annotations

from typing import ClassVar

from earwitness.audio import SILENT
from earwitness.common.caption import Caption
from earwitness.writers.base import Writer
from earwitness.writers.cells import csv_row, keyword_cell, path_cell
from earwitness.writers.explanation import explanation, reasons
from earwitness.writers.text import believed, caption_text, span, to_json, visible


class TextWriter(Writer):
    """For people: a line per caption."""

    format = "text"
    extension = ".txt"
    incremental = True
    keywords = False
    """Whether a line with the keywords follows each caption."""
    explain = False
    """Whether a table of what was weighed follows it."""

    def write(self, caption: Caption) -> None:
        """Write ``dog.wav  0:00-0:10  0.98  a dog barks  [clipped]``; times only where segments are asked."""
        times = [span(caption)] if self.segments else []
        notes = [note for note in caption.notes if note != SILENT]
        fields = [visible(caption.path), *times, believed(caption), caption_text(caption)]
        fields += [f"[audible {caption.audibility:.2f}]"] if caption.audibility is not None else []
        fields += [visible(f"[{'; '.join(notes)}]")] if notes else []
        lines = ["  ".join(fields)]
        lines += [f"    or  {believed(a)}  {visible(a.text)}" for a in caption.alternatives[1:]]
        if self.keywords and caption.keywords:
            heard = ", ".join(f"{k.text} {k.score:.2f}" for k in caption.keywords)
            lines.append(f"    heard: {visible(heard)}")
        if self.explain:
            lines += [*reasons(caption), *explanation(caption.trace)]
        self._sink.put("\n".join(lines) + "\n")


class JsonlWriter(Writer):
    """One JSON object a line."""

    format = "jsonl"
    extension = ".jsonl"
    incremental = True

    def write(self, caption: Caption) -> None:
        """Write ``Caption.to_dict``."""
        self._sink.put(to_json(caption) + "\n")


class JsonWriter(Writer):
    """One JSON array, valid even when it is empty."""

    format = "json"
    extension = ".json"

    def begin(self) -> None:
        """Open the array."""
        self._before = "[\n"

    def write(self, caption: Caption) -> None:
        """Write ``Caption.to_dict`` on a line of its own."""
        self._sink.put(self._before + to_json(caption))
        self._before = ",\n"

    def end(self) -> None:
        """Close the array."""
        self._sink.put("[]\n" if self._before == "[\n" else "\n]\n")


class CsvWriter(Writer):
    """A table for spreadsheets, which must not take a caption for a formula."""

    format = "csv"
    extension = ".csv"
    incremental = True
    columns: ClassVar[tuple[str, ...]] = (
        "path", "start", "end", "text", "confidence", "fit", "score", "keywords", "method", "encoder",
        "notes",
    )  # fmt: skip

    bom = False
    """Whether the file begins with the mark by which Excel knows UTF-8."""

    def begin(self) -> None:
        """Write the names of the columns."""
        if self.bom:
            self._sink.put("\ufeff")
        self._sink.put(csv_row(self.columns))

    def write(self, caption: Caption) -> None:
        """Write a row; keywords as ``speech=0.91; dog=0.40``."""
        row = caption.to_dict()
        row["keywords"] = keyword_cell(caption.keywords)
        row["notes"] = "; ".join(caption.notes)
        row["path"] = path_cell(caption.path)
        self._sink.put(csv_row(row[column] for column in self.columns))
