"""Formats for events in time, read back by their rules."""

from __future__ import annotations

import io
import re

import pytest

from earwitness.common.caption import Caption, Keyword
from earwitness.common.errors import OptionError
from earwitness.writers import Sdh, get_writer

EVENTS = [
    Caption("d/night.wav", 0.0, 120.0, "Rain falls", 0.9, (Keyword("Rain", 0.8),), notes=("background",)),
    Caption("d/night.wav", 40.0, 40.6, 'A "dog"\tbarks', 0.8, (Keyword("Dog", 0.7), Keyword("Bark", 0.6))),
    Caption("d/night.wav", 40.3, 41.5, "A door slams", 0.7),
]


def written(format: str, events: list[Caption] = EVENTS, **options: object) -> str:
    out = io.StringIO()
    with get_writer(format, out, segments=True, **options) as writer:
        for event in events:
            writer.write(event)
    return out.getvalue()


def test_raven_has_a_selection_an_event() -> None:
    head, *rows = [line.split("\t") for line in written("raven").splitlines()]
    assert head[:5] == ["Selection", "View", "Channel", "Begin Time (s)", "End Time (s)"]
    assert [len(row) for row in rows] == [len(head)] * 3
    assert rows[1][3:5] == ["40.000", "40.600"] and rows[1][7] == 'A "dog" barks'


def test_textgrid_tiers_are_full_and_nothing_overlaps() -> None:
    text = written("textgrid")
    assert text.startswith('File type = "ooTextFile"\nObject class = "TextGrid"\n') and "size = 3" in text
    for tier in text.split("    item [")[1:]:
        times = [float(t) for t in re.findall(r"^ {12}xm(?:in|ax) = ([\d.]+)", tier, re.M)]
        assert times[0] == 0 and times[-1] == 120
        assert times[1:-1:2] == times[2::2]
    assert 'text = "A ""dog"" barks"' in text
    assert "intervals: size = 1" in written("textgrid", [])


def test_dcase_has_the_four_columns() -> None:
    rows = [line.split("\t") for line in written("dcase").splitlines()]
    assert rows[0] == ["filename", "onset", "offset", "event_label"]
    assert rows[2] == ["night.wav", "40.000", "40.600", "Dog"] and rows[3][3] == "A door slams"


def test_notes_stand_before_their_cues() -> None:
    blocks = written("vtt-notes").split("\n\n")
    assert blocks[0] == "WEBVTT" and blocks[1] == "NOTE fit 0.90 | heard Rain=0.80 | background"
    assert all("-->" not in b for b in blocks if b.startswith("NOTE")) and len(blocks) == 7


def test_sound_descriptions_in_both_forms() -> None:
    assert written("srt", sdh=Sdh()).startswith("1\n00:00:00,000 --> 00:00:07,000\n[rain falling]\n\n2\n")
    assert written("vtt", sdh=Sdh()).startswith("WEBVTT\n\n00:00:00.000 --> 00:00:07.000\n[rain falling]\n")
    with pytest.raises(OptionError, match="sdh is one of subtitles"):
        get_writer("csv", io.StringIO(), sdh=Sdh())
