"""Cues, alone and woven: reading speed, lengths, gaps; spoken cues byte for byte."""

from __future__ import annotations

import csv
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness.common.caption import Caption
from earwitness.common.errors import TableError
from earwitness.confidence.estimator import HARDLY
from earwitness.timeline.subtitles.cues import sound_cues
from earwitness.timeline.subtitles.files import parse_subtitles, read_subtitles
from earwitness.timeline.subtitles.rules import Cue, Rules
from earwitness.timeline.subtitles.weave import woven

CAPTIONS = Path(__file__).parents[3] / "data" / "class-captions" / "captions.tsv"
RULES = Rules()
with CAPTIONS.open(encoding="utf-8", newline="") as _file:
    SAID = [row["caption"] for row in csv.DictReader(_file, delimiter="\t")]


def hour(seed: int, pause: float) -> list[Caption]:
    """An hour of random sounds: events after pauses of a mean length, and backgrounds under them."""
    rng, out, place = np.random.default_rng(seed), [], 0.0
    while place < 3600:
        length = float(rng.exponential(2.0) + 0.5)
        out.append(Caption("a", place, place + length, str(rng.choice(SAID)), 0.9))
        place += float(rng.exponential(pause))
    out += [Caption("a", t, t + 300, str(rng.choice(SAID)), 0.9) for t in range(0, 3600, 200)]
    return out


def check(cues: list[Cue]) -> None:
    for cue in cues:
        assert RULES.least <= cue.end - cue.start <= RULES.most
        assert len(cue.text.replace("\n", "")) / ((cue.end - cue.start) / 1000) <= RULES.speed + 1e-9
        lines = cue.text.split("\n")
        assert len(lines) <= RULES.lines and all(0 < len(line) <= RULES.line for line in lines)
    for one, other in pairwise(cues):
        assert other.start - one.end >= RULES.gap


@given(st.integers(0, 10_000), st.sampled_from([0.5, 2.0, 6.0, 30.0]))
@settings(max_examples=4, deadline=None)
def test_every_cue_of_an_hour_of_random_sounds_keeps_the_rules(seed: int, pause: float) -> None:
    captions = hour(seed, pause)
    cues = sound_cues(captions)
    check(cues)
    starts = np.array([c.start for c in captions]) * 1000
    # a cue's own time is a whole millisecond
    assert all(np.abs(starts - c.start).min() <= RULES.late + 1 for c in cues)


@given(st.integers(0, 10_000), st.sampled_from([0.3, 2.0, 20.0]))
@settings(max_examples=3, deadline=None)
def test_woven_cues_touch_nothing_spoken_and_none_is_lost(seed: int, silence: float) -> None:
    rng = np.random.default_rng(seed)
    cues = sound_cues(hour(seed, 8.0))
    spoken, place = [], 0
    while place < 3_000_000:
        length = int(rng.integers(600, 6000))
        spoken.append((place, place + length))
        place += length + int(rng.exponential(1000 * silence))
    sounds = woven(cues, spoken)
    check(sounds)
    taken = np.array(spoken)
    for cue in sounds:
        assert not ((taken[:, 0] < cue.end + RULES.gap) & (taken[:, 1] + RULES.gap > cue.start)).any()
    said = "\n".join(c.text for c in sounds)
    assert all(line in said for cue in cues for line in cue.text.split("\n"))
    if silence == 20.0:
        assert np.mean([any(abs(s.start - c.start) <= 3000 for s in sounds) for c in cues]) > 0.9


def test_a_long_background_is_said_once_and_again_after_a_pause() -> None:
    rain = [Caption("a", t, t + 20, "Rain falls", 0.9) for t in (0, 20, 40, 100)]
    assert [c.start for c in sound_cues(rain)] == [0, 100_000]


def test_sounds_at_once_share_a_cue() -> None:
    (cue,) = sound_cues(
        [Caption("a", 5, 6, "A dog barks", 0.9), Caption("a", 5.1, 6, "A bell rings", 0.9)][:1]
    )
    assert cue.text == "[dog barking]"
    crowd = [Caption("a", 5, 5.5, t, 0.9) for t in
             ("A very big dog barks at the gate", "A small bell rings in the hall", "A cat meows", "A door slams")]  # fmt: skip
    cues = sound_cues(crowd)
    check(cues)
    assert any("\n" in c.text for c in cues)


SRT = b"1\r\n00:00:01,000 --> 00:00:02,500\r\nHello.\r\n\r\n2\r\n00:00:05,000 --> 00:00:09,000\r\n<i>So</i> it goes.\r\nYes.\r\n"
VTT = b"WEBVTT - title\n\nSTYLE\n::cue { color: red }\n\nNOTE 1 --> 2\n\nintro\n00:01.000 --> 00:02.500 line:90%\nHello.\n\n00:05.000 --> 00:09.000\nSo.\n"


def render(cue: Cue, number: int) -> str:
    return f"{number}\n[{cue.start}]\n{cue.text}\n\n"


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (SRT, "srt"),
        (VTT, "vtt"),
        (b"\xef\xbb\xbf" + SRT, "srt"),
        (SRT.replace(b"Hello", b"Caf\xe9"), "srt"),
        (b"\xff\xfe" + SRT.decode().encode("utf-16-le"), "srt"),
        (SRT.rstrip(), "srt"),
        (SRT.replace(b"\r\n", b"\n").replace(b"1\n", b"", 1), "srt"),
        (b"", "srt"),
        (b"WEBVTT", "vtt"),
    ],
)
def test_what_is_there_stays_byte_for_byte(data: bytes, kind: str) -> None:
    file = parse_subtitles(data, kind, "a")
    assert file.with_cues([], render) == data
    cues = [Cue(0, 900, "[♪ a]"), Cue(3000, 4000, "[b]"), Cue(60_000, 61_000, "[c]")]
    new = file.with_cues(cues, render)
    begins = [c.line for c in file.cues]
    for a, z in zip(begins, [*begins, len(file.lines)][1:], strict=True):
        assert "".join(file.lines[a:z]).rstrip("\r\n").encode(file.encoding) in new
    assert new.startswith(file.mark)
    shown = new[len(file.mark) :].decode(file.encoding)
    assert all(word in shown for word in ("[b]", "[c]", "[# a]" if file.encoding == "latin-1" else "[♪ a]"))


def test_times_are_read_and_new_cues_stand_in_order_with_numbers_of_their_own() -> None:
    file = parse_subtitles(SRT, "srt", "a.srt")
    assert [(c.start, c.end) for c in file.cues] == [(1000, 2500), (5000, 9000)]
    text = file.with_cues([Cue(3000, 4000, "[b]")], render).decode()
    assert text.index("Hello") < text.index("3\r\n[3000]\r\n[b]\r\n\r\n2\r\n") < text.index("<i>So")


@pytest.mark.parametrize(
    ("data", "kind", "line"),
    [
        (SRT.replace(b"00:00:05,000 -->", b"00:00:05,000 ->"), "srt", 6),
        (SRT.replace(b"00:00:05,000", b"00:61:05,000"), "srt", 6),
        (SRT.replace(b"00:00:09,000", b"00:00:04,000"), "srt", 6),
        (SRT.replace(b"\r\n\r\n2", b"\r\n2"), "srt", 5),
        (SRT.replace(b"\r\n2\r\n", b"\r\ntwo\r\n"), "srt", 5),
        (SRT + b"\r\n3\r\n", "srt", 11),
        (b"\x00\x01\x02", "srt", 1),
        (VTT[8:], "vtt", 1),
        (VTT.replace(b"00:05.000 -->", b"five -->"), "vtt", 12),
    ],
)
def test_a_broken_file_gets_a_sentence_that_names_the_line(data: bytes, kind: str, line: int) -> None:
    with pytest.raises(TableError, match=rf"^film\.{kind}.*line {line}\b"):
        parse_subtitles(data, kind, f"film.{kind}")


def test_files_that_are_no_subtitles(tmp_path: Path) -> None:
    for name in ("none.srt", "film.ass"):
        with pytest.raises(TableError, match=name):
            read_subtitles(tmp_path / name)


@given(st.binary(max_size=200) | st.text("0123:,.->\n WEBVT1", max_size=200).map(str.encode))
@settings(max_examples=60, deadline=None)
def test_any_bytes_are_read_or_refused_in_a_sentence(data: bytes) -> None:
    for kind in ("srt", "vtt"):
        try:
            assert parse_subtitles(data, kind, "a").with_cues([], render) == data
        except TableError as error:
            assert "line" in str(error)


def test_a_stretch_in_which_hardly_anything_is_heard_has_no_cue() -> None:
    quiet, dog = Caption("f", 0, 9, HARDLY, 0.9), Caption("f", 9, 12, "A dog barks", 0.9)
    assert [c.text for c in sound_cues([quiet, dog])] == ["[dog barking]"]
