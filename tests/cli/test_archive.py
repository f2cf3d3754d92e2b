"""Archives on the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.test_caption import EXAMPLES, run


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("archive")
    (folder / "sounds").mkdir()
    for name in ("rooster.wav", "car.wav", "bell.wav", "kitten.wav"):
        shutil.copy(EXAMPLES / name, folder / "sounds")
    done = run("index", folder / "sounds", "--archive", folder / "sounds.db")
    assert done.stdout == "4 files captioned (4 events).\n"
    return folder / "sounds.db"


def test_index_search_and_see(archive: Path, tmp_path: Path) -> None:
    again = run("index", archive.parent / "sounds", "-a", archive)
    assert "4 unchanged" in again.stdout
    lines = run("search", "a rooster crows", "-a", archive, "--top", 2).stdout.splitlines()
    assert "rooster.wav  0:00-0:0" in lines[0] and "sounds like it" in lines[1]
    rows = json.loads(run("search", "a car", "-a", archive, "--not", "rooster", "-f", "json").stdout)
    assert Path(rows[0]["path"]).name == "car.wav" and "rooster.wav" not in str(rows)
    run("search", "--like", EXAMPLES / "bell.wav", "-a", archive, "-f", "m3u", "-o", tmp_path / "a.m3u")
    assert (tmp_path / "a.m3u").read_text().splitlines()[4].endswith("bell.wav")
    assert "4 files" in run("archive", "stats", "-a", archive).stdout
    assert "No sound is there twice." in run("archive", "duplicates", "-a", archive).stdout
    assert "4 events" in run("archive", "export", "-a", archive, "-o", tmp_path / "a.csv").stdout
    assert "is whole" in run("archive", "check", "-a", archive).stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["search", "dog", "-a", "no-such.db"], "no archive no-such.db"),
        (["search", "dog", "-a", EXAMPLES / "bell.wav"], "not an SQLite file"),
        (["archive", "export", "-a", "{archive}"], "--output"),
        (["search", "dog", "-a", "{archive}", "--since", "soon"], "'soon' is no time"),
        (["search", "dog", "-a", "{archive}", "--encoder", "clap:x"], "of the encoder 'tags'"),
        (["index", "no-such-folder", "-a", "{archive}"], "no-such-folder"),
        (
            ["index", EXAMPLES, "-a", "{archive}", "--segments", 5],
            "holds segments of 10 s, not segments of 5 s",
        ),
    ],
)
def test_errors_are_one_sentence(archive: Path, arguments: list, said: str) -> None:
    done = run(*[str(archive) if a == "{archive}" else a for a in arguments], ok=False)
    assert said in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_nothing_found_is_exit_code_1(archive: Path) -> None:
    done = run("search", "dog", "-a", archive, "--path", "nowhere/*", ok=False)
    assert done.stdout == "" and "nothing was found" in done.stderr
