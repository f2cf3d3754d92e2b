"""``earwitness audible`` as a person meets it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from earwitness.cli.__main__ import main


def run(capsys, *arguments: object, code: int = 0) -> str:
    """What the command printed: to stdout if it went well, else its error."""
    with pytest.raises(SystemExit) as left:
        main(["audible", *map(str, arguments)])
    assert left.value.code == code
    told = capsys.readouterr()
    assert (told.err == "") == (code == 0)
    return told.err if code else told.out


def test_each_sentence_is_a_line_with_its_chance(capsys) -> None:
    lines = run(capsys, "a red chair", "a dog barks").splitlines()
    assert [line.split("  ")[1] for line in lines] == ["a red chair", "a dog barks"]
    assert float(lines[0].split()[0]) < 0.5 < 0.9 < float(lines[1].split()[0])


def test_the_formats_for_programs(capsys) -> None:
    out = run(capsys, "a dog barks", "a “red” chair", "-f", "jsonl")
    rows = [json.loads(line) for line in out.splitlines()]
    assert [list(row) for row in rows] == [["text", "audibility"]] * 2
    assert rows[1]["text"] == "a “red” chair"
    whole = json.loads(run(capsys, "a dog barks", "a “red” chair", "-f", "json"))
    assert whole == {"classifier": "embedded", "sentences": rows}


def test_sentences_come_from_files_and_from_stdin_too(capsys, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "lines.txt").write_text("rain falls\n\n  a blue wall \n", encoding="utf-8")
    monkeypatch.setattr("sys.stdin", io.StringIO("a bell rings\na bell\n"))
    out = run(capsys, "thunder", "-", "--file", tmp_path / "lines.txt", "-f", "jsonl")
    texts = [json.loads(line)["text"] for line in out.splitlines()]
    assert texts == ["thunder", "a bell rings", "a bell", "rain falls", "a blue wall"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "there is no sentence: give some"),
        (["rain", "-f", "xml"], "format is text, json or jsonl, not 'xml'"),
        (["--file", "no-such.txt"], "no-such.txt cannot be read"),
    ],
)
def test_errors_are_one_sentence(arguments: list[str], said: str, capsys) -> None:
    error = run(capsys, *arguments, code=1)
    assert said in error and len(error.strip().splitlines()) == 1


def test_a_classifier_that_is_not_there_is_an_error(capsys) -> None:
    pytest.importorskip("transformers")
    assert "cannot be loaded" in run(capsys, "rain", "--classifier", "no-such-folder", code=1)
