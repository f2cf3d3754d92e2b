"""One list out of every layout; headers, empty captions and YouTube ids never among it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from earwitness.common.errors import OptionError, TableError
from earwitness.datasets.caption_list import CaptionList, read_captions, write_captions
from earwitness.evaluation.table import write_evaluation_table

WANTED = ("a dog barks", "rain falls, and wind blows")

LAYOUTS = {
    "official.csv": "audiocap_id,youtube_id,start_time,caption\n1,r1nicOVtvkQ,130,a dog barks\n"
    '2,UDGBjjwyaqE,20,"rain falls, and wind blows"\n',
    "wavcaps.csv": 'file_name,caption\nx.wav,a dog barks\ny.wav,"rain falls, and wind blows"\n',
    "clotho.csv": 'file_name,caption_1,caption_2\nx.wav,a dog barks,"rain falls, and wind blows"\n',
    "semicolons.csv": "file_name;caption\nx.wav;a dog barks\ny.wav;rain falls, and wind blows\n",
    "table.tsv": "file\tcaption\nx\ta dog barks\ny\train falls, and wind blows\n",
    "plain.txt": "a dog barks\nrain falls, and wind blows\n",
    "windows.txt": "\ufeffa dog barks\r\nrain falls, and wind blows\r\n",
    "list.json": json.dumps(WANTED),
    "objects.json": json.dumps([{"caption": c} for c in WANTED]),
    "by clip.json": json.dumps({"x.wav": [WANTED[0]], "y.wav": [WANTED[1]]}),
    "wavcaps.json": json.dumps(
        {"num_captions_per_audio": 1, "data": [{"id": 1, "caption": c} for c in WANTED]}
    ),
    "lines.jsonl": "".join(json.dumps({"caption": c}) + "\n" for c in WANTED),
    "published.json": json.dumps(["caption_1", "caption_2", "caption", *WANTED]),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_every_layout_is_the_same_list(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_text(LAYOUTS[name], encoding="utf-8")
    found = read_captions([path])
    assert found == CaptionList(WANTED, headers=3 if name == "published.json" else 0)


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    path = tmp_path / "captions.txt"
    path.write_text("caption\na  dog barks \n\n \na dog barks\nrain\n")
    assert read_captions([path]) == CaptionList(("a dog barks", "rain"), empty=2, repeated=1, headers=1)
    kept = read_captions([path, path], keep_repeats=True)
    assert (len(kept.captions), kept.repeated) == (6, 4)


def test_empty_cells_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "clotho.csv"
    path.write_text("file_name,caption_1,caption_2\nx.wav,a dog,\ny.wav,,rain\n")
    assert read_captions([path]) == CaptionList(("a dog", "rain"), empty=2)


@pytest.mark.parametrize("name", ["c.txt", "c.json", "c.jsonl"])
def test_a_list_survives_writing_and_reading(tmp_path: Path, name: str) -> None:
    captions = ("a dog barks", 'a man says "né"', "rain, then wind")
    write_captions(captions, tmp_path / "new" / name)
    assert read_captions([tmp_path / "new" / name]).captions == captions


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("ids.json", json.dumps(["r1nicOVtvkQ", "UDGBjjwyaqE"]), "YouTube ids"),
        ("none.txt", "\n\n", "no caption in none.txt"),
        ("headless.csv", "x.wav,a dog barks\ny.wav,rain\n", "header row"),
        ("broken.json", '["a dog",', "no valid JSON"),
        ("broken.csv", 'file,caption\nx,"a dog\n', "no valid CSV"),
    ],
)
def test_files_without_captions_are_refused(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(TableError, match=message):
        read_captions([tmp_path / name])


def test_lists_are_written_as_what_they_can_be(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"\.txt, \.json or \.jsonl"):
        write_captions(["rain"], tmp_path / "c.xlsx")


def test_an_evaluation_table_names_what_is_missing(tmp_path: Path) -> None:
    from earwitness.datasets import read_dataset

    sounds, table = tmp_path / "sounds" / "deep", tmp_path / "references.csv"
    sounds.mkdir(parents=True)
    (sounds / "x.wav").write_bytes(b"RIFF")
    table.write_text('file_name,caption_1,caption_2\nx.wav,a dog,"a dog, barking"\ny.wav,rain,wind\n')
    found = write_evaluation_table(table, tmp_path / "sounds", tmp_path / "out" / "eval.csv")
    assert found.missing == ("y.wav",)
    again = read_dataset(tmp_path / "out" / "eval.csv", tmp_path / "sounds")
    assert dict(again.references.captions) == {"../sounds/deep/x.wav": ("a dog", "a dog, barking")}
    assert list(again.sounds.values()) == [sounds / "x.wav"]
    with pytest.raises(OptionError, match=r"\.csv"):
        write_evaluation_table(table, tmp_path / "sounds", tmp_path / "eval.json")


@pytest.mark.shared
def test_real_tables(shared: Path) -> None:
    """A table's captions without its header: 49,838 of AudioCaps' train.csv, 19,195 of Clotho's."""
    data = shared / "data"
    for name, count in (("audiocaps/train.csv", 49838), ("clotho/train.csv", 19195)):
        found = read_captions([data / name], keep_repeats=True)
        assert (len(found.captions), found.headers, found.empty) == (count, 0, 0)
