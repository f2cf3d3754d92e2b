from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable
from pathlib import Path, PurePath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.common.caption import Caption, Keyword
from earwitness.common.errors import OptionError
from earwitness.writers import FORMATS, get_writer

DOG = Caption(
    "dog.wav", 0.0, 3.1, "a dog barks", 0.9812,
    (Keyword("dog", 0.91), Keyword("speech", 0.4)), "wsac", "tags",
    ("clipped", "truncated: 1.0 s of 4.1 s missing"), confidence=0.853,
)  # fmt: skip
REST = Caption("dog.wav", 3.1, 6.0, "", 0.0, notes=("silent",), confidence=0.0)
LATE = Caption("dog.wav", 360_000.0, 360_010.5, "a door\nslams --> <b>shut</b> & locks", 0.5)


def _written(format: str, captions: Iterable[Caption], **options: Any) -> str:
    stream = io.BytesIO()
    with get_writer(format, stream, **options) as writer:
        for caption in captions:
            writer.write(caption)
    return stream.getvalue().decode()


def test_text_is_one_line_a_caption() -> None:
    assert _written("text", [DOG, REST]) == (
        "dog.wav  0.85  a dog barks  [clipped; truncated: 1.0 s of 4.1 s missing]\n"
        "dog.wav  0.00  (silence)\n"
    )  # fmt: skip


def test_text_gives_times_where_segments_are_asked_for() -> None:
    assert _written("text", [REST, LATE], segments=True) == (
        "dog.wav  0:03-0:06  0.00  (silence)\n"
        "dog.wav  100:00:00-100:00:10  fit 0.50  a door slams --> <b>shut</b> & locks\n"
    )


def test_text_cannot_move_the_cursor() -> None:
    assert _written("text", [Caption("a\x1b[2Jb\n\u202ec.wav", 0, 1, "é 鳥 🐦\x07", 1)]) == (
        "a\\x1b[2Jb\\n\\u202ec.wav  fit 1.00  é 鳥 🐦\\x07\n"
    )


def test_jsonl_and_json_hold_the_same() -> None:
    lines = _written("jsonl", [DOG, REST, LATE]).splitlines()
    assert [json.loads(line) for line in lines] == [c.to_dict() for c in (DOG, REST, LATE)]
    assert json.loads(_written("json", [DOG, REST, LATE])) == [c.to_dict() for c in (DOG, REST, LATE)]
    assert json.loads(_written("json", [DOG])) == [DOG.to_dict()]


def test_json_of_nothing_is_an_empty_array() -> None:
    assert _written("json", []) == "[]\n"


def test_csv_is_a_table() -> None:
    assert _written("csv", [DOG]) == (
        "path,start,end,text,confidence,fit,score,keywords,method,encoder,notes\n"
        "dog.wav,0.0,3.1,a dog barks,0.853,0.9812,0.853,dog=0.91; speech=0.40,wsac,tags,"
        "clipped; truncated: 1.0 s of 4.1 s missing\n"
    )


def test_a_zero_byte_breaks_no_table() -> None:
    assert "\0.wav" in _written("csv", [Caption("\0.wav", 0, 1, "a\0b", 0)])


@pytest.mark.parametrize("start", list("=+-@\t\r\n"))
def test_csv_holds_no_formula(start: str) -> None:
    caption = Caption(
        f"{start}1.wav", 0, 1, f"{start}cmd()", 0, (Keyword(f"{start}x", 1),), notes=(f"{start}n",)
    )
    _, row = csv.reader(io.StringIO(_written("csv", [caption]), newline=""))
    assert row[0] == f"./{start}1.wav"
    assert row[3] == f"'{start}cmd()"
    assert row[7][0] == row[10][0] == "'"


# before Python 3.11 the csv module reads no zero byte
READABLE = st.characters(
    exclude_categories=["Cs"], exclude_characters="" if sys.version_info >= (3, 11) else "\0"
)


@given(st.text(READABLE), st.text(READABLE))
def test_any_text_comes_back_from_csv_and_json(path: str, text: str) -> None:
    caption = Caption(path, 0, 1, text, 0.5)
    assert json.loads(_written("jsonl", [caption]))["text"] == text
    assert _written("jsonl", [caption]).count("\n") == 1
    _, row = csv.reader(io.StringIO(_written("csv", [caption]), newline=""))
    assert row[0].removeprefix("./") == path.removeprefix("./")
    assert row[3].removeprefix("'") == text.removeprefix("'")
    for format in ("srt", "vtt", "audacity"):
        body = _written(format, [caption])
        assert body.count("-->") == (0 if format == "audacity" or not text.split() else 1)


def test_srt() -> None:
    assert "\na -> b\n" in _written("srt", [Caption("a.wav", 0, 1, "a -----> b", 1)])
    assert _written("srt", [DOG, REST, LATE]) == (
        "1\n00:00:00,000 --> 00:00:03,100\na dog barks\n\n"
        "2\n100:00:00,000 --> 100:00:10,500\na door slams -> <b>shut</b> & locks\n\n"
    )


def test_vtt() -> None:
    assert _written("vtt", [DOG, REST, LATE]) == (
        "WEBVTT\n"
        "\n00:00:00.000 --> 00:00:03.100\na dog barks\n"
        "\n100:00:00.000 --> 100:00:10.500\na door slams --&gt; &lt;b&gt;shut&lt;/b&gt; &amp; locks\n"
    )


def test_a_cue_lasts_at_least_a_millisecond() -> None:
    assert "00:00:01,000 --> 00:00:01,001" in _written("srt", [Caption("a.wav", 1.0, 1.00001, "click", 1)])


def test_subtitles_without_any_sound() -> None:
    assert (_written("srt", []), _written("vtt", [])) == ("", "WEBVTT\n")


def test_audacity() -> None:
    assert _written("audacity", [DOG, REST]) == "0.000000\t3.100000\ta dog barks\n"


@pytest.mark.parametrize("format", ["srt", "vtt", "audacity"])
def test_several_sounds_in_one_file_of_subtitles_are_refused(format: str) -> None:
    with pytest.raises(
        OptionError, match=f"{format} makes one file per sound: several sounds need an output"
    ):
        _written(format, [DOG, Caption("cat.wav", 0, 1, "a cat meows", 1)])


def test_a_folder_mirrors_the_sounds(tmp_path: Path) -> None:
    names = {"in/a/dog.wav": PurePath("a/dog.wav"), "in/b/dog.wav": PurePath("b/dog.wav")}
    with get_writer("srt", folder=tmp_path / "out", names=names) as writer:
        for path in names:
            writer.write(Caption(path, 0, 1, path, 1))
            writer.write(Caption(path, 1, 2, "more", 1))
    assert (
        (tmp_path / "out" / "a" / "dog.srt").read_text().startswith("1\n00:00:00,000 --> 00:00:01,000\nin/a")
    )
    assert (tmp_path / "out" / "b" / "dog.srt").read_text().count("-->") == 2
    assert not list(tmp_path.rglob("*.part"))


def test_sidecars_lie_beside_their_sounds(tmp_path: Path) -> None:
    dog, cat = str(tmp_path / "dog.wav"), str(tmp_path / "cat.wav")
    with get_writer("sidecar") as writer:
        writer.write(Caption(dog, 0, 10, "a dog barks", 1))
        writer.write(Caption(cat, 0, 10, "a cat meows", 1))
        writer.write(Caption(cat, 10, 20, "", 0, notes=("silent",)))
    assert (tmp_path / "dog.wav.caption.txt").read_bytes() == b"a dog barks\n"
    assert (tmp_path / "cat.wav.caption.txt").read_text() == "0:00-0:10  a cat meows\n0:10-0:20  (silence)\n"


def test_subtitles_are_called_as_players_expect_where_nothing_collides(tmp_path: Path) -> None:
    """A player looks for film.srt beside film.mkv; dog.wav and dog.mp3 keep their whole names."""
    names = {f"in/{n}": PurePath(n) for n in ("film.mkv", "dog.wav", "DOG.mp3", "a.b.wav")}
    with get_writer("srt", folder=tmp_path, names=names) as writer:
        for path in names:
            writer.write(Caption(path, 0, 1, path, 1))
    assert sorted(p.name for p in tmp_path.iterdir()) == ["DOG.mp3.srt", "a.b.srt", "dog.wav.srt", "film.srt"]


def test_somebody_s_subtitles_beside_a_film_are_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "film.mkv").touch()
    (tmp_path / "film.srt").write_text("what people say")
    film = str(tmp_path / "film.mkv")
    with get_writer("srt", folder=tmp_path, names={film: PurePath("film.mkv")}) as writer:
        writer.write(Caption(film, 0, 1, "rain falls", 1))
    assert (tmp_path / "film.srt").read_text() == "what people say"
    assert "rain" in (tmp_path / "film.mkv.srt").read_text()


def test_a_sidecar_s_name_depends_on_what_lies_beside_the_sound(tmp_path: Path) -> None:
    for name in ("dog.wav", "dog.mp3", "cat.wav"):
        (tmp_path / name).touch()
    for name in ("dog.wav", "cat.wav"):
        path = str(tmp_path / name)
        with get_writer("sidecar", names={path: PurePath(name)}) as writer:
            writer.write(Caption(path, 0, 1, name, 1))
    assert {p.name for p in tmp_path.glob("*.txt")} == {"dog.wav.caption.txt", "cat.caption.txt"}


def test_no_sound_overwrites_another_ones_file(tmp_path: Path) -> None:
    with (
        pytest.raises(OptionError, match=r"b/dog\.wav and a/dog\.wav would both be written to dog\.wav\.srt"),
        get_writer("srt", folder=tmp_path) as writer,
    ):
        writer.write(Caption("a/dog.wav", 0, 1, "one", 1))
        writer.write(Caption("b/dog.wav", 0, 1, "two", 1))
    assert "one" in (tmp_path / "dog.wav.srt").read_text()


@pytest.mark.parametrize("name", ["../dog.wav", "/dog.wav", "a/../../dog.wav"])
def test_no_name_leads_out_of_the_folder(name: str, tmp_path: Path) -> None:
    with (
        pytest.raises(OptionError, match="leads out of the output folder"),
        get_writer("srt", folder=tmp_path, names={"dog.wav": PurePath(name)}) as writer,
    ):
        writer.write(DOG)


def test_names_too_long_for_a_file_system_are_cut(tmp_path: Path) -> None:
    long = ["鳥" * 83 + f"{k}.wav" for k in range(2)]
    with get_writer("sidecar", folder=tmp_path) as writer:
        for path in long:
            writer.write(Caption(path, 0, 1, path, 1))
    assert sorted(file.read_text() for file in tmp_path.iterdir()) == [f"{path}\n" for path in long]


@pytest.mark.parametrize("format", ["text", "json", "jsonl", "csv", "srt", "vtt", "audacity"])
def test_files_are_whole_utf_8_with_plain_line_ends(format: str, tmp_path: Path) -> None:
    path = tmp_path / "new" / f"captions.{format}"
    caption = Caption("é.wav", 0, 1, "ça 鳥", 1)
    with get_writer(format, path) as writer:
        writer.write(caption)
        assert not path.exists()
    assert path.read_bytes() == _written(format, [caption]).encode()
    assert b"\r" not in path.read_bytes()
    assert not path.read_bytes().startswith(b"\xef\xbb\xbf")
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize(
    ("format", "kept"), [("jsonl", True), ("csv", True), ("text", True), ("json", False)]
)
def test_a_run_that_stops_leaves_the_old_file_alone(format: str, kept: bool, tmp_path: Path) -> None:
    path = tmp_path / "captions.out"
    path.write_text("old")
    with pytest.raises(KeyboardInterrupt), get_writer(format, path) as writer:
        writer.write(DOG)
        raise KeyboardInterrupt
    assert path.read_text() == "old"
    part = tmp_path / "captions.out.part"
    assert part.exists() == kept
    assert not kept or "a dog barks" in part.read_text()


def test_lines_arrive_one_by_one(tmp_path: Path) -> None:
    with get_writer("jsonl", tmp_path / "c.jsonl") as writer:
        writer.write(DOG)
        assert json.loads((tmp_path / "c.jsonl.part").read_text()) == DOG.to_dict()


def test_standard_output_is_utf_8(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    for output in (None, "-"):
        with get_writer("text", output) as writer:
            writer.write(Caption("鳥.wav", 0, 1, "é", 1))
        assert capfdbinary.readouterr().out == "鳥.wav  fit 1.00  é\n".encode()


def test_names_that_are_no_utf_8(tmp_path: Path) -> None:
    caption = Caption("a\udcff.wav", 0, 1, "hm", 1)
    assert json.loads(_written("jsonl", [caption]))["path"] == "a\udcff.wav"
    stream = io.StringIO()
    with get_writer("text", stream) as writer:
        writer.write(caption)
    assert stream.getvalue() == "a\\udcff.wav  fit 1.00  hm\n"


def test_options_that_cannot_be(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="There is no format 'xml'; there are text, json, jsonl"):
        get_writer("xml")
    with pytest.raises(OptionError, match="not to both"):
        get_writer("srt", "a.srt", folder=tmp_path)
    with pytest.raises(OptionError, match="json makes one file of all sounds"):
        get_writer("json", folder=tmp_path)
    with pytest.raises(OptionError, match="beside each sound or into a folder"):
        get_writer("sidecar", "a.txt")
    with pytest.raises(OptionError, match="is a folder, not a file"), get_writer("json", tmp_path):
        pass
    (tmp_path / "file").touch()
    with (
        pytest.raises(OptionError, match=r"x\.json cannot be written"),
        get_writer("json", tmp_path / "file" / "x.json"),
    ):
        pass
    whole = {"text", "json", "jsonl", "csv"}
    per_sound = {"srt", "vtt", "vtt-notes", "sidecar", "audacity", "raven", "textgrid", "dcase"}
    assert set(FORMATS) == whole | per_sound
