"""Tables as people save them: read where they can be, one sentence with what and where otherwise."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.common.errors import TableError
from earwitness.datasets import (
    Predictions,
    References,
    align,
    read_dataset,
    read_predictions,
    read_references,
)
from earwitness.datasets.rows import read_rows


@pytest.fixture
def table(tmp_path):
    def write(content: str | bytes, name: str = "t.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


# --- what is read ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "layout", "clips", "captions", "first"),
    [
        ("audiocaps/test.csv", "audiocaps", 975, 4875, "7fmOlUlwoNg_20"),
        ("audiocaps/train.csv", "audiocaps", 49838, 49838, "r1nicOVtvkQ_130"),
        ("clotho/test.csv", "clotho", 1045, 5225, "Santa Motor.wav"),
    ],
)
def test_official_tables_are_understood(name, layout, clips, captions, first, shared) -> None:
    found = read_references(shared / "data" / name)
    assert (found.layout, len(found.captions), sum(map(len, found.captions.values()))) == (
        layout,
        clips,
        captions,
    )
    assert next(iter(found.captions)) == first


LONG = {"dog.wav": ("a dog barks", "barking, loud"), "rain.wav": ("it rains",)}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r.csv", 'file,caption\ndog.wav,a dog barks\nrain.wav,it rains\ndog.wav,"barking, loud"\n'),
        ("r.csv", 'file_name,caption_1,caption_2\ndog.wav,a dog barks,"barking, loud"\nrain.wav,it rains,\n'),
        ("r.tsv", "fname\traw_1\traw_2\ndog.wav\ta dog barks\tbarking, loud\nrain.wav\tit rains\t\n"),
        ("r.json", json.dumps({"dog.wav": ["a dog barks", "barking, loud"], "rain.wav": "it rains"})),
        ("r.json", json.dumps([{"sound_name": k, "captions": list(v)} for k, v in LONG.items()])),
        ("r.jsonl", "\n".join(json.dumps({"id": k, "references": list(v)}) for k, v in LONG.items())),
    ],
)
def test_references_in_every_layout_are_the_same(name, content, table) -> None:
    assert dict(read_references(table(content, name)).captions) == LONG


@pytest.mark.parametrize(
    "content",
    [
        "﻿id,caption\r\ndog,it barks\r\n",  # Excel, CSV UTF-8
        "sep=;\nid;caption\ndog;it barks\n",  # Excel's own hint
        "id;caption\ndog;it barks;\n\n;\n",  # trailing cells and blank rows
        "id\tcaption\ndog\tit barks\n".encode("utf-16"),  # Excel, Unicode text
        ' ID , Caption \n"dog","it barks"\n',
        "id,start,caption\ndog,0,it barks",
    ],
)
def test_tables_are_read_however_a_spreadsheet_saved_them(content, table) -> None:
    assert dict(read_predictions(table(content)).captions) == {"dog": "it barks"}


def test_a_caption_may_have_line_breaks_and_quotes(table) -> None:
    found = read_predictions(table('id,caption\ndog,"it ""barks""\ntwice"\n'))
    assert found.captions["dog"] == 'it "barks"\ntwice'


def test_what_the_caption_command_wrote_is_read(table) -> None:
    rows = [
        {
            "path": "a/dog.wav",
            "start": 0.0,
            "end": 2.0,
            "text": "a dog",
            "score": 0.9,
            "keywords": [],
            "notes": [],
        },
        {"path": "a/quiet.wav", "start": 0.0, "end": 2.0, "text": "", "score": 0.0, "notes": ["silent"]},
        {"path": "a/bad.wav", "error": "no decoder reads it"},
    ]
    found = read_predictions(table("\n".join(map(json.dumps, rows)), "p.jsonl"))
    assert dict(found.captions) == {"a/dog.wav": "a dog", "a/quiet.wav": "", "a/bad.wav": ""}
    assert dict(found.failed) == {"a/bad.wav": "no decoder reads it"}


def test_predictions_with_their_references_in_one_table_give_both(table) -> None:
    path = table(json.dumps([{"sound_name": "1.wav", "captions": ["r"], "prediction": "p"}]), "both.json")
    assert dict(read_predictions(path).captions) == {"1.wav": "p"}
    assert dict(read_references(path).captions) == {"1.wav": ("r",)}


# --- what is refused ------------------------------------------------------------------------------

BAD = [
    ("t.csv", "", "t.csv is empty: a header with column names is expected in its first line."),
    ("t.csv", "id,caption\n", "t.csv has no rows."),
    (
        "t.csv",
        "id,words\na,b\n",
        "t.csv, line 2: no column holds a caption; there are id, words, one of prediction,",
    ),
    (
        "t.csv",
        "what,caption\na,b\n",
        "t.csv, line 2: no column names the clip; there are what, caption, one of id,",
    ),
    ("t.csv", "id,caption\na,x\n\nb,y\na,z\n", "t.csv, line 5: clip 'a' has a caption already (line 2)."),
    ("t.csv", "id,caption,caption\na,x,y\n", "t.csv, line 1: there are 2 columns called 'caption'."),
    (
        "t.csv",
        "id,caption\na,one, two\n",
        "t.csv, line 2: there are 3 cells under 2 column names; a caption with",
    ),
    ("t.csv", 'id,caption\na,"open\nb,c\n', "t.csv, line 3: this is no valid CSV: unexpected end of data."),
    ("t.csv", "id,caption\n ,x\n", "t.csv, line 2: the cell under 'id' does not name a clip."),
    (
        "t.csv",
        "id,caption\na,caf\xe9\n".encode("latin-1"),
        "t.csv, line 2: byte 0xe9 is not UTF-8: save the table as",
    ),
    ("t.csv", b"id,caption\na,x\0y\n", "t.csv, line 2: there is a zero byte: this is not a text table."),
    (
        "t.csv",
        b"PK\x03\x04rest",
        "t.csv is a workbook or an archive, not a text table: save it as CSV (UTF-8).",
    ),
    ("t.xlsx", b"PK\x03\x04rest", "t.xlsx is a workbook or an archive"),
    (
        "t.csv",
        "id,caption\na," + "x" * 200_000,
        "t.csv, line 2: this is no valid CSV: field larger than field limit",
    ),
    (
        "t.json",
        "{",
        "t.json: this is no valid JSON (Expecting property name enclosed in double quotes at column 2).",
    ),
    ("t.json", '{"a": "x",\n "a": "y"}', "t.json: the key 'a' occurs twice."),
    ("t.json", "3", "t.json: an object of captions by clip, or a list of objects, is expected."),
    ("t.json", '["a"]', "t.json, item 1: a JSON object is expected."),
    ("t.json", '{"a": 3}', "t.json, key 'a': a caption is text, not int."),
    ("t.json", "[" * 100_000, "t.json: this JSON is nested too deeply."),
    ("t.jsonl", '{"id": "a", "text": "x"}\n{"id": "b"', "t.jsonl, line 2: this is no valid JSON ("),
    ("t.jsonl", '{"id": "a", "text": "x"}\n[1]', "t.jsonl, line 2: a JSON object is expected on each line."),
    ("t.jsonl", '{"id": "a", "text": ["x", "y"]}', "t.jsonl, line 1: a caption is text, not list."),
]


@pytest.mark.parametrize(("name", "content", "sentence"), BAD, ids=range(len(BAD)))
def test_a_bad_table_gets_one_sentence(name, content, sentence, table) -> None:
    with pytest.raises(TableError) as caught:
        read_predictions(table(content, name))
    assert str(caught.value).startswith(sentence)
    assert "\n" not in str(caught.value)


BAD_REFERENCES = [
    ("r.csv", "id,caption\na,x\nb,  \n", "r.csv, line 3: a reference caption is empty."),
    ("r.csv", "id,caption_1,caption_2\na,x,y\nb,,\n", "r.csv, line 3: every reference caption is empty."),
    ("r.csv", "id,caption_1\na,x\na,y\n", "r.csv, line 3: clip 'a' is there twice."),
    (
        "r.csv",
        "id,words\na,x\n",
        "r.csv, line 2: no column holds reference captions; there are id, words, caption,",
    ),
    ("r.json", '{"a": []}', "r.json, key 'a': every reference caption is empty."),
    ("r.json", '{"a": ["x", null]}', "r.json, key 'a': a caption is text, not NoneType."),
]


@pytest.mark.parametrize(("name", "content", "sentence"), BAD_REFERENCES, ids=range(len(BAD_REFERENCES)))
def test_bad_references_get_one_sentence(name, content, sentence, table) -> None:
    with pytest.raises(TableError) as caught:
        read_references(table(content, name))
    assert str(caught.value).startswith(sentence)


def test_no_file_and_a_folder_are_sentences_too(tmp_path) -> None:
    with pytest.raises(TableError, match=r"none.csv cannot be read: No such file or directory."):
        read_predictions(tmp_path / "none.csv")
    with pytest.raises(TableError, match=r"cannot be read: Is a directory."):
        read_references(tmp_path)


def test_a_cell_is_never_run(table, tmp_path) -> None:
    trap = f"[__import__('pathlib').Path({str(tmp_path / 'ran')!r}).touch()]"
    found = read_references(table(f'id,captions\na,"{trap}"\n'))
    assert found.captions["a"] == (trap,)
    assert not (tmp_path / "ran").exists()


@given(st.binary(max_size=200), st.sampled_from(["t.csv", "t.json", "t.jsonl", "t.tsv"]))
def test_any_bytes_are_rows_or_a_table_error(tmp_path_factory, data, name) -> None:
    path = tmp_path_factory.mktemp("bytes") / name
    path.write_bytes(data)
    try:
        rows = read_rows(path)
    except TableError as error:
        assert name in str(error)
    else:
        assert rows


# --- which prediction belongs to which reference --------------------------------------------------


@pytest.mark.parametrize(
    "name", ["abc_30", "abc", "Yabc.wav", "sounds/abc_30000.flac", "Yabc_30000.wav", "x\\abc.wav"]
)
def test_audiocaps_clips_are_known_by_all_their_names(name, table) -> None:
    references = read_references(
        table("audiocap_id,youtube_id,start_time,caption\n7,abc,30,rain\n8,abd,30,wind\n")
    )
    assert dict(align(Predictions("p", {name: "it rains"}), references).captions) == {"abc_30": "it rains"}


def test_names_are_matched_by_file_name_unless_two_answer_to_it() -> None:
    references = References("r", {"a/dog.wav": ("x",), "b/dog.wav": ("y",), "rain.1.wav": ("z",)})
    found = align(Predictions("p", {"dog.wav": "1", "b/dog.wav": "2", "out/rain.1.flac": "3"}), references)
    assert dict(found.captions) == {"dog.wav": "1", "b/dog.wav": "2", "rain.1.wav": "3"}


def test_names_that_differ_only_in_how_accents_are_encoded_are_one() -> None:
    """A Mac's file system takes é apart; people and other systems do not."""
    references = References("r", {"caf\u00e9.wav": ("x",), "nin\u0303o/pa\u0308r.wav": ("y",)})
    found = align(Predictions("p", {"cafe\u0301.wav": "1", "ni\u00f1o/p\u00e4r.wav": "2"}), references)
    assert dict(found.captions) == {"caf\u00e9.wav": "1", "nin\u0303o/pa\u0308r.wav": "2"}


def test_a_video_cut_twice_is_known_by_its_start_only(table) -> None:
    references = read_references(table("youtube_id,start_time,caption\nabc,30,rain\nabc,60,wind\n"))
    found = align(Predictions("p", {"abc_60.wav": "w", "abc.wav": "?"}), references)
    assert dict(found.captions) == {"abc_60": "w", "abc.wav": "?"}


def test_two_predictions_for_one_clip_are_an_error() -> None:
    references = References("r", {"dog.wav": ("x",)})
    with pytest.raises(TableError, match=r"'a/dog.wav' and 'b/dog.wav' are both captions of clip 'dog.wav'"):
        align(Predictions("p", {"a/dog.wav": "1", "b/dog.wav": "2"}), references)


def test_failures_are_renamed_with_their_clips() -> None:
    found = align(
        Predictions("p", {"x/dog.wav": ""}, {"x/dog.wav": "empty"}), References("r", {"dog.wav": ("x",)})
    )
    assert dict(found.failed) == {"dog.wav": "empty"}


# --- datasets with sounds -------------------------------------------------------------------------


def test_the_captioned_sounds_are_a_dataset(shared) -> None:
    found = read_dataset(shared / "sounds" / "captioned")
    assert len(found.sounds) == len(found.references.captions) == 10
    assert found.references.name == "captioned"
    assert found.missing == () and all(path.is_file() for path in found.sounds.values())


def test_sounds_are_found_deep_in_a_folder_and_missing_ones_are_named(tmp_path, table) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "dog.flac").touch()
    path = table("id,caption\ndog.wav,x\nrain.wav,y\n")
    found = read_dataset(path, tmp_path / "deep")
    assert found.sounds == {"dog.wav": tmp_path / "deep" / "er" / "dog.flac"}
    assert found.missing == ("rain.wav",)


def test_a_dataset_without_sounds_table_or_folder_is_a_sentence(tmp_path, table) -> None:
    path = table("id,caption\ndog.wav,x\n")
    with pytest.raises(TableError, match=r"has none of the 1 sounds of t.csv, such as 'dog.wav'"):
        read_dataset(path)
    with pytest.raises(TableError, match="is no folder of sounds"):
        read_dataset(path, tmp_path / "nowhere")
    (tmp_path / "empty").mkdir()
    with pytest.raises(TableError, match=r"has no table of references: one of captions.json"):
        read_dataset(tmp_path / "empty")
