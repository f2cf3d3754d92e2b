"""Batch runs by Ray: complete, each sound once, whoever is killed meanwhile."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("ray")
pytest.importorskip("pyarrow")

import pyarrow.parquet as pq

import earwitness
from earwitness.batch.engine import require_ray, start_here
from earwitness.batch.options import BatchOptions, Captioning
from earwitness.batch.places import Disk, place_of
from earwitness.batch.run import batch
from earwitness.batch.work import Done
from earwitness.common.errors import OptionError, OutputError
from tests.batch.helpers import Bucket, Deadly, folder, sound

TWO = BatchOptions(actors=2, rows=5)


@pytest.fixture(scope="module", autouse=True)
def ray_here() -> Iterator[None]:
    """One Ray for all of them, on this machine's own address."""
    ray = require_ray()
    start_here(ray, 2)
    yield
    ray.shutdown()


def rows(output: Path) -> list[dict[str, Any]]:
    return sorted(pq.read_table(output).to_pylist(), key=lambda row: row["path"])


def plain(sounds: Path) -> dict[str, str]:
    paths = sorted(str(p) for p in sounds.iterdir())
    outcomes = earwitness.load().caption_many(paths)
    return {o.source: o.captions[0].text for o in outcomes if not o.error}


def test_a_run_goes_on_grows_and_is_refused_other_settings(tmp_path: Path) -> None:
    sounds, output = folder(tmp_path / "in", 18, bad=[7]), tmp_path / "out"
    report = batch(str(sounds), str(output), options=TWO)
    assert (report.parts, report.before, report.sounds, report.errors) == (4, 0, 18, 1)
    found = rows(output)
    assert {r["path"]: r["text"] for r in found if r["status"] == "ok"} == plain(sounds)
    assert [r["path"] for r in found] == sorted(str(p) for p in sounds.iterdir())
    assert (output / "_SUCCESS").is_file()
    # a file that got lost is made again, to the same name; sounds that are new are in new ones
    lost = sorted(output.glob("part-*"))[1]
    # as an actor leaves it that is killed in the moment before its file is whole: no reader of the folder sees it
    half = output / f".{lost.name}.123-456.part"
    lost.replace(half)
    assert len(rows(output)) == 13
    sound(sounds / "new.wav", 99)
    sound(sounds / "0007.wav", 7)
    report = batch(str(sounds), str(output), options=TWO)
    assert (report.parts, report.before, report.sounds, report.changed) == (5, 3, 6, 1)
    assert lost.is_file() and len(rows(output)) == 19 and not half.exists()
    with pytest.raises(OptionError, match=r"other settings \(format 'parquet' then, 'csv' now\)"):
        batch(str(sounds), str(output), options=BatchOptions(format="csv"))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(OptionError, match="holds 1 file and no batch run"):
        batch(str(sounds), str(tmp_path / "mine"), options=TWO)


def test_an_actor_that_is_killed_is_replaced_and_loses_nothing(tmp_path: Path) -> None:
    sounds, output = folder(tmp_path / "in", 30), tmp_path / "out"
    killed: list[int] = []

    def kill(done: Done) -> None:
        if not killed:
            assert done.process != os.getpid()
            os.kill(done.process, signal.SIGKILL)
            killed.append(done.process)

    report = batch(str(sounds), str(output), options=TWO, done=kill)
    assert killed and report.parts == 6 and report.errors == 0
    assert [Path(r["path"]).name for r in rows(output)] == [f"{n:04d}.wav" for n in range(30)]
    assert not Disk().names(str(output / "_earwitness" / "begun"))


def test_a_sound_that_kills_actors_is_a_row_in_the_end(tmp_path: Path) -> None:
    sounds, output = folder(tmp_path / "in", 4), tmp_path / "out"
    sound(sounds / "deadly.wav")
    report = batch(str(sounds), str(output), Captioning({"encoder": Deadly()}), BatchOptions(actors=1))
    found = rows(output)
    assert report.errors == 1 and len(found) == 5
    assert [Path(r["path"]).name for r in found if r["status"] != "ok"] == ["deadly.wav"]


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def from_bucket(tmp_path: Path, count: int, every: int) -> None:
    sounds = folder(tmp_path / "in", count)
    with Bucket(every) as bucket:
        bucket.put(sorted(sounds.iterdir()))
        storage = {"endpoint_override": bucket.address, "access_key": "test", "secret_key": "test"}
        options = BatchOptions(actors=2, storage=storage)
        report = batch("s3://sounds", "s3://captions/run", options=options)
        assert (report.sounds, report.rows, report.errors) == (count, count, 0)
        assert bucket.line.failed >= count // every
        place = place_of("s3://captions", storage)
        names = [n for n in place.names("s3://captions/run") if n.startswith("part-")]
        assert len(names) == report.parts and "_SUCCESS" in place.names("s3://captions/run")
        found = []
        for name in names:
            with place.open(f"s3://captions/run/{name}") as file:
                found += pq.read_table(file).to_pylist()
    assert sorted(r["path"] for r in found) == [f"s3://sounds/{n:04d}.wav" for n in range(count)]
    if count < 100:
        texts = {Path(k).name: v for k, v in plain(sounds).items()}
        assert {Path(r["path"]).name: r["text"] for r in found} == texts


def test_a_bucket_over_a_bad_line_is_complete_and_each_object_once(tmp_path: Path, keys: None) -> None:
    pytest.importorskip("moto")
    pytest.importorskip("flask_cors")
    from_bucket(tmp_path, 30, every=10)


@pytest.mark.slow
def test_a_bucket_of_500_with_one_failure_in_a_hundred(tmp_path: Path, keys: None) -> None:
    pytest.importorskip("moto")
    pytest.importorskip("flask_cors")
    from_bucket(tmp_path, 500, every=100)


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "earwitness", "batch", *map(str, words)]


@pytest.mark.slow
@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "ctrl-c"])
def test_a_driver_that_is_stopped_goes_on(blow: signal.Signals, tmp_path: Path) -> None:
    sounds, output = folder(tmp_path / "in", 60, bad=[50]), tmp_path / "out"
    words = command(sounds, output, "--actors", 2, "--rows", 4)
    first = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    while first.poll() is None and len(list(output.glob("part-*.parquet"))) < 3:
        time.sleep(0.02)
    first.send_signal(blow)
    said = first.communicate(timeout=120)[1]
    there = {p: p.stat().st_mtime_ns for p in output.glob("part-*.parquet")}
    assert 3 <= len(there) < 15 and not (output / "_SUCCESS").exists()
    if blow is signal.SIGINT:
        assert first.returncode == 130 and "the same command goes on" in said
    second = subprocess.run(words, stderr=subprocess.PIPE, text=True, timeout=300)
    # an actor may have lived on for a moment, and ended the file that it was writing
    before = re.search(r"(\d+) of 15 files were there before", second.stderr)
    assert second.returncode == 1 and before and len(there) <= int(before[1]) <= len(there) + 2
    assert "1 sound could not be captioned" in second.stderr and "Traceback" not in second.stderr
    assert {p: p.stat().st_mtime_ns for p in there} == there
    found = rows(output)
    assert [r["path"] for r in found] == sorted(str(p) for p in sounds.iterdir())
    assert (output / "_SUCCESS").exists()
    third = subprocess.run(words, stderr=subprocess.PIPE, text=True, timeout=300)
    assert third.returncode == 1 and "0 sounds captioned" in third.stderr


@pytest.mark.slow
def test_a_disk_that_is_full_ends_the_run_and_with_room_it_goes_on(tmp_path: Path) -> None:
    output = tmp_path / "out"
    output.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=60k", "none", output], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk can be made by root only")
    try:
        sounds = folder(tmp_path / "in", 40)
        with pytest.raises(OutputError, match=r"No space left on device.*goes on from here"):
            batch(str(sounds), str(output), options=BatchOptions(actors=2, rows=4))
        there = list(output.glob("part-*"))
        assert len(there) < 10 and not list(output.rglob("*.part"))
        subprocess.run(["mount", "-o", "remount,size=4m", output], check=True)
        report = batch(str(sounds), str(output), options=BatchOptions(actors=2, rows=4))
        assert report.before == len(there) and len(rows(output)) == 40
    finally:
        subprocess.run(["umount", "-l", output], check=True)
