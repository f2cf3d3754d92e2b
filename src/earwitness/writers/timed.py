"""Formats for events in time that other programs read: Raven, Praat and ELAN, DCASE, WebVTT with notes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from earwitness.common.caption import Caption
from earwitness.writers.base import SoundWriter, Writer
from earwitness.writers.cells import inert
from earwitness.writers.text import believed, cue_times, escaped, one_line, spoken, visible


class RavenWriter(SoundWriter):
    """A selection table of Raven (Cornell): tabs between columns, a selection a caption."""

    format = "raven"
    extension = ".Table.1.selections.txt"
    columns = (
        "Selection", "View", "Channel", "Begin Time (s)", "End Time (s)", "Low Freq (Hz)", "High Freq (Hz)",
        "Annotation", "Score", "Keywords",
    )  # fmt: skip
    # the embedded model hears up to here, and Raven draws no selection without frequencies
    high = 8000.0

    def render(self, captions: list[Caption]) -> str:
        """A selection per caption; silence has none."""
        rows = ["\t".join(self.columns)]
        for number, c in enumerate(spoken(captions), 1):
            keywords = ", ".join(k.text for k in c.keywords)
            times = [f"{c.start:.3f}", f"{c.end:.3f}", "0.0", f"{self.high:.1f}"]
            score = "" if c.confidence is None else f"{c.confidence:.4f}"
            words = [_cell(c.text), score, _cell(keywords)]
            rows.append("\t".join([str(number), "Spectrogram 1", "1", *times, *words]))
        return "\n".join(rows) + "\n"


def _cell(text: str) -> str:
    return visible(one_line(text))


class TextGridWriter(SoundWriter):
    """A TextGrid of Praat, which ELAN reads too: captions that overlap lie on tiers of their own."""

    format = "textgrid"
    extension = ".TextGrid"

    def render(self, captions: list[Caption]) -> str:
        """Interval tiers, each filled from the beginning to the end; silence is an empty interval."""
        end = max((c.end for c in captions), default=0.0)
        said = [c for c in spoken(captions) if c.end > c.start]
        tiers = [("background", t) for t in _apart([c for c in said if "background" in c.notes])]
        tiers += [("sounds", t) for t in _apart([c for c in said if "background" not in c.notes])]
        tiers = tiers or [("sounds", [])]
        lines = [
            'File type = "ooTextFile"', 'Object class = "TextGrid"', "", "xmin = 0", f"xmax = {_time(end)}",
            "tiers? <exists>", f"size = {len(tiers)}", "item []:",
        ]  # fmt: skip
        for number, (name, tier) in enumerate(tiers, 1):
            intervals = _filled(tier, end)
            lines += [
                f"    item [{number}]:", '        class = "IntervalTier"', f'        name = "{name}"',
                "        xmin = 0", f"        xmax = {_time(end)}",
                f"        intervals: size = {len(intervals)}",
            ]  # fmt: skip
            for i, (start, stop, text) in enumerate(intervals, 1):
                quoted = one_line(text).replace('"', '""')
                lines += [
                    f"        intervals [{i}]:", f"            xmin = {_time(start)}",
                    f"            xmax = {_time(stop)}", f'            text = "{quoted}"',
                ]  # fmt: skip
        return "\n".join(lines) + "\n"


def _time(seconds: float) -> str:
    return f"{seconds:.6f}".rstrip("0").rstrip(".")


def _apart(captions: Sequence[Caption]) -> list[list[Caption]]:
    """Captions on as few tiers as keep them from overlapping."""
    tiers: list[list[Caption]] = []
    for caption in sorted(captions, key=lambda c: c.start):
        free = next((t for t in tiers if t[-1].end <= caption.start), None)
        if free is None:
            tiers.append([caption])
        else:
            free.append(caption)
    return tiers


def _filled(tier: Sequence[Caption], end: float) -> list[tuple[float, float, str]]:
    out: list[tuple[float, float, str]] = []
    place = 0.0
    for caption in tier:
        if caption.start > place:
            out.append((place, caption.start, ""))
        out.append((caption.start, caption.end, caption.text))
        place = caption.end
    return [*out, (place, end, "")] if end > place or not out else out


class DcaseWriter(Writer):
    """A table of events as DCASE's tasks have them: filename, onset, offset, event_label, between tabs.

    The label is the strongest keyword, which is a class; the caption stands where there is none.
    """

    format = "dcase"
    extension = ".tsv"
    incremental = True

    def begin(self) -> None:
        """Write the names of the columns."""
        self._sink.put("filename\tonset\toffset\tevent_label\n")

    def write(self, caption: Caption) -> None:
        """Write an event; silence is none."""
        if not one_line(caption.text):
            return
        label = caption.keywords[0].text if caption.keywords else caption.text
        name = inert(_cell(PurePath(caption.path).name or caption.path))
        self._sink.put(f"{name}\t{caption.start:.3f}\t{caption.end:.3f}\t{inert(_cell(label))}\n")


class VttNotesWriter(SoundWriter):
    """WebVTT with a note before each cue: its score and what was heard, which no player shows."""

    format = "vtt-notes"
    extension = ".vtt"

    def render(self, captions: list[Caption]) -> str:
        """Cues and their notes after the header; silence has none."""
        out = ["WEBVTT\n"]
        for c in spoken(captions):
            heard = "; ".join(f"{one_line(k.text)}={k.score:.2f}" for k in c.keywords)
            about = [believed(c, named=True), *([f"heard {heard}"] if heard else []), *map(one_line, c.notes)]
            note = escaped(" | ".join(about))
            out.append(f"\nNOTE {note}\n\n{cue_times(c, '.')}\n{escaped(one_line(c.text))}\n")
        return "".join(out)
