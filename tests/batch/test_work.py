"""A part in, a file out, without Ray: every kind of input and output, sounds that kill, disks that are full."""

from __future__ import annotations

import csv
import io
import json
import os
import resource
import signal
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("pyarrow")

import pyarrow as pa
import pyarrow.parquet as pq

import earwitness
from earwitness.batch.inputs import find_items
from earwitness.batch.notes import Notes
from earwitness.batch.options import BatchOptions, Captioning
from earwitness.batch.places import Disk
from earwitness.batch.plan import Plan
from earwitness.batch.work import Done, Job, Worker, from_row, to_row
from earwitness.captioning.options import CaptionOptions
from earwitness.common.errors import OptionError, TableError
from tests.batch.helpers import Deadly, folder, sound


def write(
    input: object, output: Path, options: BatchOptions | None = None, captioning: Captioning | None = None
) -> tuple[Worker, list[Done]]:
    """What a run does, part by part."""
    options = options or BatchOptions(actors=2)
    plan = Plan(Disk(), str(output), options.format)
    plan.add(find_items(str(input), options, 2), options.rows or 1000)
    worker = Worker(Job(str(output), captioning or Captioning(), options))
    parts = [from_row(to_row(part)) for part in plan.all()]
    return worker, [worker.write(part) for part in parts]


def rows(output: Path) -> list[dict[str, Any]]:
    files = sorted(output.glob("part-*.parquet"))
    return [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder(tmp_path_factory.mktemp("sounds"), 6, bad=[3])


@pytest.fixture(scope="module")
def plain(sounds: Path) -> dict[str, str]:
    captioner = earwitness.load()
    paths = sorted(str(p) for p in sounds.iterdir())
    return {Path(o.source).name: o.captions[0].text for o in captioner.caption_many(paths) if not o.error}


def test_a_folder_becomes_rows_in_order_and_a_bad_file_one_that_says_why(
    sounds: Path, plain: dict[str, str], tmp_path: Path
) -> None:
    _, done = write(sounds, tmp_path, BatchOptions(rows=4))
    assert [(d.sounds, d.rows, d.errors, d.trouble) for d in done] == [(4, 4, 1, ""), (2, 2, 0, "")]
    found = rows(tmp_path)
    assert [Path(r["path"]).name for r in found] == [f"{n:04d}.wav" for n in range(6)]
    assert {Path(r["path"]).name: r["text"] for r in found if r["status"] == "ok"} == plain
    bad = found[3]
    assert bad["status"] == "unreadable" and "0003.wav" in bad["error"] and bad["text"] is None
    assert sum(Notes(Disk(), str(tmp_path)).with_errors().values()) == 1


def test_a_part_that_is_there_is_left_as_it_is(sounds: Path, tmp_path: Path) -> None:
    write(sounds, tmp_path)
    (part,) = tmp_path.glob("part-*")
    stamp = part.stat().st_mtime_ns
    _, done = write(sounds, tmp_path)
    assert done[0].sounds == 0 and part.stat().st_mtime_ns == stamp


def test_names_of_bytes_that_are_no_utf_8(tmp_path: Path) -> None:
    sound(tmp_path / "in" / "a.wav").rename(tmp_path / "in" / os.fsdecode(b"caf\xe9.wav"))
    write(tmp_path / "in", tmp_path / "out")
    (row,) = rows(tmp_path / "out")
    assert row["status"] == "ok" and row["path"].endswith(r"caf\udce9.wav")


@pytest.mark.parametrize("column", ["bytes", "pairs", "names"])
def test_a_parquet_table_of_sounds(column: str, sounds: Path, plain: dict[str, str], tmp_path: Path) -> None:
    names = sorted(p.name for p in sounds.iterdir())
    read = [(sounds / name).read_bytes() for name in names]
    values: dict[str, list[Any]] = {
        "bytes": read,
        "pairs": [{"bytes": b, "path": n} for b, n in zip(read, names, strict=True)],
        "names": [str(sounds / name) for name in names],
    }
    table = pa.table({"sound": [*values[column], None], "key": [*names, "none"]})
    pq.write_table(table, tmp_path / "in.parquet", row_group_size=3)
    options = BatchOptions(column="sound", id="key", rows=2)
    _, done = write(tmp_path / "in.parquet", tmp_path / "out", options)
    assert [d.sounds for d in done] == [2, 2, 2, 1]
    found = rows(tmp_path / "out")
    assert [r["path"] for r in found] == [*names, "none"]
    assert {r["path"]: r["text"] for r in found if r["status"] == "ok"} == plain
    with pytest.raises(TableError, match="no column 'audio'; it has sound, key"):
        list(find_items(str(tmp_path / "in.parquet"), BatchOptions(), 2))


@pytest.mark.parametrize("ending", ["tar", "tar.gz"])
def test_a_tar_of_sounds_is_read_to_where_it_is_whole(
    ending: str, sounds: Path, plain: dict[str, str], tmp_path: Path
) -> None:
    whole = tmp_path / f"shard.{ending}"
    with tarfile.open(whole, "w:gz" if ending.endswith("gz") else "w") as tar:
        for path in sorted(sounds.iterdir()):
            tar.add(path, path.name)
            note = tarfile.TarInfo(f"{path.stem}.json")
            tar.addfile(note, io.BytesIO())
    write(whole, tmp_path / "out")
    found = rows(tmp_path / "out")
    assert [r["path"] for r in found] == [f"{whole}#{n:04d}.wav" for n in range(6)]
    assert {r["path"].partition("#")[2]: r["text"] for r in found if r["status"] == "ok"} == plain
    half = tmp_path / f"half.{ending}"
    half.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    write(half, tmp_path / "out2")
    found = rows(tmp_path / "out2")
    assert found[-1]["path"] == str(half) and "breaks off" in found[-1]["error"]
    assert [r["text"] for r in found[:-1] if r["text"]] == list(plain.values())[: len(found) - 1]


def test_lists_patterns_and_what_is_not_there(
    sounds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def named(input: object, **options: Any) -> list[str]:
        return [Path(i.source).name for i in find_items(str(input), BatchOptions(**options), 2)]

    monkeypatch.chdir(sounds)
    assert named("*[24].wav") == ["0002.wav", "0004.wav"]
    assert named(sounds) == [f"{n:04d}.wav" for n in range(6)]
    (tmp_path / "list.txt").write_text("0001.wav\n\n0000.wav\nmissing.wav\n0001.wav\n")
    assert named(tmp_path / "list.txt") == ["0001.wav", "0000.wav", "missing.wav"]
    (tmp_path / "list.txt").write_text("s3://bucket/a.wav\n")
    with pytest.raises(OptionError, match=r"is an address; nothing is fetched .* --remote"):
        named(tmp_path / "list.txt")
    assert named(tmp_path / "list.txt", remote=True) == ["a.wav"]
    for nothing in ("nowhere", "*.flac"):
        with pytest.raises(OptionError, match=r"there is no file|nothing fits"):
            named(nothing)
    with pytest.raises(OptionError, match="holds no sounds, no parquet and no tar files"):
        named(sounds.parent / "empty" if not (sounds.parent / "empty").mkdir() else "")


def test_an_address_in_a_table_is_not_followed_unasked(tmp_path: Path) -> None:
    pq.write_table(pa.table({"audio": ["http://127.0.0.1:9/a.wav"]}), tmp_path / "in.parquet")
    write(tmp_path / "in.parquet", tmp_path / "out")
    (row,) = rows(tmp_path / "out")
    assert row["status"] == "unreadable" and "is fetched with --remote only" in row["error"]


def test_jsonl_csv_and_parquet_say_the_same(sounds: Path, tmp_path: Path) -> None:
    captioning = Captioning({}, CaptionOptions(top=2))
    for form in ("parquet", "jsonl", "csv"):
        write(sounds, tmp_path / form, BatchOptions(format=form), captioning)
    (lines,) = (tmp_path / "jsonl").glob("part-*.jsonl")
    json_rows = [json.loads(line) for line in lines.read_text().splitlines()]
    (table,) = (tmp_path / "csv").glob("part-*.csv")
    csv_rows = list(csv.DictReader(io.StringIO(table.read_text())))
    for one, two, three in zip(rows(tmp_path / "parquet"), json_rows, csv_rows, strict=True):
        assert one["text"] == two["text"] == (three["text"] or None)
        assert one["status"] == two["status"] == three["status"]
        assert (one["error"] or "") == (two["error"] or "") == three["error"]
        if one["status"] == "ok":
            assert one["fit"] == pytest.approx(two["fit"]) == pytest.approx(float(three["fit"]))
            assert [a["text"] for a in one["alternatives"]] == [a["text"] for a in two["alternatives"]]
            assert [k["text"] for k in one["keywords"]] == [k["text"] for k in two["keywords"]]


def test_embeddings_and_stretches(tmp_path: Path) -> None:
    path = sound(tmp_path / "long.wav", seconds=5)
    options = CaptionOptions(segments=2, embeddings=True)
    write(path, tmp_path / "out", captioning=Captioning({}, options))
    captioner = earwitness.load()
    expected = captioner.caption_segments(str(path), options)
    found = rows(tmp_path / "out")
    assert [(r["start"], r["end"], r["text"]) for r in found] == [(c.start, c.end, c.text) for c in expected]
    for row, caption in zip(found, expected, strict=True):
        np.testing.assert_allclose(row["embedding"], caption.embedding, rtol=1e-6)


def test_a_sound_that_kills_its_process_is_a_row_and_the_others_are_captioned(
    sounds: Path, plain: dict[str, str], tmp_path: Path
) -> None:
    """As after two actors that died of the part: the third takes its sounds one by one."""
    names = [str(p) for p in sorted(sounds.iterdir())]
    deadly, odd = sound(tmp_path / "deadly.wav"), sound(tmp_path / "odd.wav")
    (tmp_path / "list.txt").write_text("\n".join([names[0], str(deadly), str(odd), names[1]]))
    options, captioning = BatchOptions(), Captioning({"encoder": Deadly()})
    out = tmp_path / "out"
    plan = Plan(Disk(), str(out), "parquet")
    plan.add(find_items(str(tmp_path / "list.txt"), options, 1), 10)
    (part,) = plan.all()
    notes = Notes(Disk(), str(out))
    assert [notes.begin(part.name), notes.begin(part.name)] == [0, 1]
    done = Worker(Job(str(out), captioning, options)).write(part)
    assert (done.sounds, done.errors, done.trouble) == (4, 2, "")
    found = rows(out)
    assert [r["text"] for r in found] == [plain["0000.wav"], None, None, plain["0001.wav"]]
    assert "died of it, 2 times" in found[1]["error"]
    assert "ZeroDivisionError: nobody foresaw this" in found[2]["error"]
    assert notes.begin(part.name) == 0


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="limits of files are POSIX's")
def test_a_full_disk_ends_the_run_with_a_sentence_and_leaves_nothing_half(
    sounds: Path, tmp_path: Path
) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    options = BatchOptions()
    plan = Plan(Disk(), str(tmp_path), "parquet")
    plan.add(find_items(str(sounds), options, 1), 10)
    (part,) = plan.all()
    worker = Worker(Job(str(tmp_path), Captioning(), options))
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        done = worker.write(part)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert f"{part.name} cannot be written: File too large" in done.trouble and done.rows == 0
    assert not list(tmp_path.glob("part-*"))
    assert worker.write(part).rows == 6 and len(rows(tmp_path)) == 6


def test_a_part_is_taken_again_where_it_is_asked_for(sounds: Path, tmp_path: Path) -> None:
    mine = folder(tmp_path / "in", 3, bad=[1])
    worker, (done,) = write(mine, tmp_path / "out")
    assert done.errors == 1
    sound(mine / "0001.wav", 1)
    again = Worker(replace(worker.job, again=frozenset([done.part])))
    (part,) = Plan(Disk(), str(tmp_path / "out"), "parquet").all()
    assert again.write(part).errors == 0
    assert [r["status"] for r in rows(tmp_path / "out")] == ["ok"] * 3
    assert Notes(Disk(), str(tmp_path / "out")).with_errors() == {}


def test_a_model_that_is_not_there_is_the_run_s_trouble(sounds: Path, tmp_path: Path) -> None:
    _, (done,) = write(sounds, tmp_path / "out", captioning=Captioning({"model": str(tmp_path / "no")}))
    assert done.trouble and "no" in done.trouble and not list((tmp_path / "out").glob("part-*"))
