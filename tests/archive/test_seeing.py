"""Statistics, duplicates, exports, playing."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import soundfile

from earwitness.archive import Archive
from earwitness.archive.telling.fingerprint import fingerprint, likeness
from earwitness.archive.telling.play import player_command
from earwitness.archive.telling.showing import shown_duplicates, shown_stats
from earwitness.common.errors import ArchiveError, OptionError
from tests.archive.conftest import RATE, NameCaptioner, make_sound

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def filled(archive: Archive, folder: Path, captioner: NameCaptioner) -> Archive:
    make_sound(folder / "crowd.wav", seconds=36)
    captioner.seconds = 0.1
    archive.index([folder], captioner=captioner)
    return archive


def test_statistics(filled: Archive) -> None:
    stats = filled.stats()
    assert (stats.files, stats.events, stats.captions) == (7, 420, 7)
    assert (
        stats.hours == pytest.approx(42 / 3600)
        and stats.encoder == "words"
        and stats.cut == "segments of 10 s"
    )
    assert stats.classes[0][:2] == ("Crowd", 360) and stats.classes[0][2] == pytest.approx(0.01)
    assert sum(stats.confidence) == 420 and stats.confidence[9] == 420 and stats.texts[0] == ("A crowd", 360)
    assert "Crowd" in shown_stats(stats) and json.loads(json.dumps(stats.to_dict()))["files"] == 7


def test_duplicates_are_told_from_sounds_of_one_kind(
    archive: Archive, tmp_path: Path, captioner: NameCaptioner
) -> None:
    folder = tmp_path / "s"
    rng = np.random.default_rng(0)
    for i in range(3):  # three rains that are heard as one and the same
        make_sound(folder / f"rain_{i}.wav", seconds=4)
    level = np.interp(np.arange(4 * RATE) / RATE, np.linspace(0, 4, 30), rng.uniform(0.02, 1, 30))
    samples = rng.normal(0, 0.1, 4 * RATE).clip(-1, 1) * level
    soundfile.write(folder / "bell.wav", samples, RATE)
    soundfile.write(folder / "bell_quiet.flac", 0.2 * samples, RATE)
    soundfile.write(folder / "bell_late.wav", samples[RATE // 4 :], RATE)
    soundfile.write(folder / "bell.ogg", samples, RATE)
    (folder / "rain_1_again.wav").write_bytes((folder / "rain_1.wav").read_bytes())
    archive.index([folder], captioner=captioner)
    groups = archive.duplicates()
    found = [({Path(p).name for p in g.paths}, g.exact) for g in groups]
    assert ({"rain_1.wav", "rain_1_again.wav"}, True) in found and len(found) == 2
    assert ({"bell.wav", "bell_quiet.flac", "bell_late.wav", "bell.ogg"}, False) in found
    assert "equal content" in shown_duplicates(groups) and "bell_late" in shown_duplicates(groups)


def test_fingerprints_of_real_sounds(tmp_path: Path) -> None:
    sounds = sorted(p for p in EXAMPLES.iterdir() if p.suffix == ".wav")
    samples, rate = soundfile.read(sounds[0])
    soundfile.write(tmp_path / "again.ogg", 0.3 * samples, rate)
    prints = [fingerprint(p) for p in sounds]
    assert likeness(prints[0], fingerprint(tmp_path / "again.ogg")) > 0.9
    assert max(likeness(prints[0], other) for other in prints[1:]) < 0.7


def test_an_archive_without_events_has_figures_and_no_duplicates(archive: Archive) -> None:
    assert archive.stats().events == 0 and "nothing was indexed" in shown_stats(archive.stats())
    assert archive.duplicates() == [] and archive.search() == []


def test_tables(filled: Archive, tmp_path: Path) -> None:
    assert filled.export(tmp_path / "all.jsonl") == 420
    rows = [json.loads(x) for x in (tmp_path / "all.jsonl").read_text().splitlines()]
    assert filled.export(tmp_path / "all.csv") == 420
    with (tmp_path / "all.csv").open(newline="") as file:
        table = list(csv.DictReader(file))
    assert [r["text"] for r in rows] == [r["text"] for r in table] and rows[0]["keywords"][0][
        "text"
    ] == "Bell"
    assert [r["path"] for r in rows] == sorted(r["path"] for r in rows)


def test_parquet_has_the_embeddings(filled: Archive, tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    assert filled.export(tmp_path / "all.parquet") == 420
    table = pq.read_table(tmp_path / "all.parquet")
    row = next(r for r in table.to_pylist() if r["text"] == "A dog barks")
    np.testing.assert_allclose(row["embedding"], filled.encoder.embed_text(["dog"])[0], atol=1e-3)
    assert table.schema.metadata[b"encoder"] == b"words"


@pytest.mark.parametrize("copy", [False, True])
def test_a_folder_for_datasets(filled: Archive, tmp_path: Path, copy: bool) -> None:
    assert filled.export(tmp_path / "set", copy=copy) == 420
    rows = [json.loads(x) for x in (tmp_path / "set" / "metadata.jsonl").read_text().splitlines()]
    for row in rows:
        sound = tmp_path / "set" / row["file_name"]
        assert sound.read_bytes()[:4] == b"RIFF" and sound.is_symlink() != copy
    assert len({r["file_name"] for r in rows}) == 7
    with pytest.raises(ArchiveError, match="there already"):
        filled.export(tmp_path / "set")


def test_the_folder_is_read_by_datasets(filled: Archive, tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets", reason="datasets is not installed")
    pytest.importorskip("torchcodec", reason="datasets reads sounds with torchcodec, which is not installed")
    filled.export(tmp_path / "set", copy=True)
    found = datasets.load_dataset(
        "audiofolder", data_dir=str(tmp_path / "set"), cache_dir=str(tmp_path / "cache")
    )
    assert len(found["train"]) == 420 and "text" in found["train"].column_names


def test_formats_that_are_not_there(filled: Archive, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="parquet, csv, jsonl, datasets"):
        filled.export(tmp_path / "all.xlsx")
    with pytest.raises(OptionError, match="only the format datasets"):
        filled.export(tmp_path / "all.csv", copy=True)


def test_a_hit_is_played_from_its_beginning(
    filled: Archive, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hit = filled.search("crowd")[0]
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ArchiveError, match="no player"):
        player_command(hit)
    program = tmp_path / "ffplay"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    command = player_command(hit)
    assert command[0] == str(program) and command[command.index("-ss") + 1] == f"{hit.start:.3f}"
