"""The command line as a person meets it: output, errors, exit codes."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

EXAMPLES = Path(__file__).parents[2] / "examples"
ROOSTER = str(EXAMPLES / "rooster.wav")


def run(*arguments: object, ok: bool = True) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "earwitness", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    assert (done.returncode == 0) == ok, done.stderr
    assert "Traceback" not in done.stderr
    return done


def test_one_sound_is_one_line_with_its_score() -> None:
    line = run("caption", ROOSTER).stdout
    assert line.startswith(ROOSTER) and line.count("\n") == 1
    assert "rooster" in line.lower().split("rooster.wav")[1]


def test_keywords_and_alternatives_are_shown_when_asked_for() -> None:
    lines = run("caption", ROOSTER, "--keywords", "--top", 3).stdout.splitlines()
    assert len(lines) == 4 and lines[1].strip().startswith("or") and lines[3].strip().startswith("heard:")


@pytest.mark.parametrize("kind", ["json", "jsonl", "csv"])
def test_the_formats_for_programs_can_be_read_back(kind: str) -> None:
    out = run("caption", EXAMPLES / "rooster.wav", EXAMPLES / "bell.wav", "-f", kind).stdout
    rows = {
        "json": lambda: json.loads(out),
        "jsonl": lambda: [json.loads(line) for line in out.splitlines()],
        "csv": lambda: list(csv.DictReader(out.splitlines())),
    }[kind]()
    assert [Path(r["path"]).name for r in rows] == ["rooster.wav", "bell.wav"] and all(
        r["text"] for r in rows
    )


def test_subtitles_of_a_folder_go_into_a_folder(tmp_path: Path) -> None:
    run("caption", EXAMPLES, "-f", "srt", "-o", tmp_path / "out")
    cues = (tmp_path / "out" / "rooster.srt").read_text()
    assert re.match(r"1\n00:00:00,\d{3} --> 00:00:0\d,\d{3}\n\[rooster crowing\]\n", cues)


def test_sidecars_go_beside_the_sounds(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(Path(ROOSTER).read_bytes())
    run("caption", tmp_path, "-f", "sidecar")
    assert "rooster" in (tmp_path / "a.caption.txt").read_text().lower()


def test_segments_give_times(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    soundfile.write(tmp_path / "long.wav", rng.normal(0, 0.1, 16000 * 25).clip(-1, 1), 16000)
    rows = [
        json.loads(x)
        for x in run("caption", tmp_path / "long.wav", "--segments", 10, "-f", "jsonl").stdout.splitlines()
    ]
    assert rows[0]["start"] == 0 and rows[-1]["end"] == 25


def test_a_folder_run_goes_past_what_cannot_be_read_names_it_and_fails(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(Path(ROOSTER).read_bytes())
    (tmp_path / "b.wav").touch()
    (tmp_path / "c.wav").write_text("this is no sound")
    (tmp_path / "d.wav").write_bytes((EXAMPLES / "bell.wav").read_bytes())
    done = run("caption", tmp_path, ok=False)
    assert done.returncode == 1 and len(done.stdout.splitlines()) == 2
    assert "b.wav" in done.stderr and "c.wav" in done.stderr and "2 of 4 sounds" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["caption", "no-such.wav"], "no-such.wav"),
        (["caption", ROOSTER, "-o", ROOSTER + "/x.txt"], "rooster.wav"),
        (["caption", ROOSTER, "--segments", "-1"], "above 0"),
        (["caption", ROOSTER, "--model", "no-such-model"], "no-such-model"),
        (["match", "no-such.wav", "rain"], "no-such.wav"),
    ],
)
def test_errors_are_one_sentence(arguments: list[str], said: str) -> None:
    done = run(*arguments, ok=False)
    assert said in done.stderr and len(done.stderr.strip().splitlines()) == 1


def test_debug_shows_where_an_error_came_from() -> None:
    command = [sys.executable, "-m", "earwitness", "match", "no-such.wav", "rain", "--debug"]
    assert "Traceback" in subprocess.run(command, capture_output=True, text=True).stderr


def test_match_ranks_sentences() -> None:
    rows = [
        json.loads(x)
        for x in run("match", ROOSTER, "rain", "a rooster crows", "-f", "jsonl").stdout.splitlines()
    ]
    assert [r["text"] for r in rows] == ["a rooster crows", "rain"] and rows[0]["score"] > 0.9


def test_help_names_every_command_and_the_version_is_told() -> None:
    page = run("--help").stdout
    assert all(name in page for name in ("caption", "match", "evaluate", "compare", "train"))
    assert run("--version").stdout.startswith("earwitness ")


def test_a_sentence_that_is_hardly_believed_steps_back_unless_asked_not_to() -> None:
    said = ["caption", EXAMPLES / "car.wav", "--min-confidence", "1", "-f", "json"]
    (back,), (specific,) = (json.loads(run(*said, *more).stdout) for more in ([], ["--specific"]))
    assert "unsure" in back["notes"] and "unsure" in specific["notes"]
    assert "instead_of" not in specific
    assert back["text"] == specific["text"] or back["instead_of"]["text"] == specific["text"]
    for row in (back, specific):
        assert row["score"] == row["confidence"] and 0 < row["confidence"] < 1 and 0 < row["fit"] <= 1


def test_explain_shows_confidence_and_fit() -> None:
    out = run("caption", EXAMPLES / "bell.wav", "--explain").stdout
    assert re.search(r"confidence 0\.\d\d, fit [01]\.\d\d", out)
