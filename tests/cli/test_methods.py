"""Methods on the command line: what there is, options as flags, explanations."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from earwitness.cli.method_options import split_options
from earwitness.common.errors import OptionError
from earwitness.methods.presets import EMBEDDED, PRESETS
from earwitness.writers.explanation import explanation
from tests.cli import test_caption as here


def test_methods_are_listed_and_each_shows_its_options() -> None:
    listed = here.run("methods").stdout
    assert all(name in listed for name in PRESETS)
    rows = json.loads(here.run("methods", "wsac", "-f", "json").stdout)
    assert {r["option"]: r["value"] for r in rows}["--temperature"] == 0.01
    assert "there are embedded" in here.run("methods", "nothing", ok=False).stderr


def test_an_option_of_the_method_is_a_flag() -> None:
    out = here.run(
        "caption", here.ROOSTER, "--bridge=projection", "--beams", 2, "--explain", "--top", 2
    ).stdout
    assert "search" in out and "total" in out and "rooster" in out.lower()
    row = json.loads(here.run("caption", here.ROOSTER, "-f", "jsonl", "--explain").stdout)
    assert row["trace"][0]["chosen"] == row["text"]


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--beta", "0.5"], "no option --beta;"),
        (["--beams"], "--beams needs a value"),
        (["--beams", "few"], "beams is a number"),
        (["-x"], "no option -x;"),
        (["--encoder", "clap:x"], "trained in the space of 'tags'"),
    ],
)
def test_a_flag_that_nobody_knows_is_an_error(flags: list[str], message: str) -> None:
    done = here.run("caption", here.ROOSTER, *flags, ok=False)
    assert message in done.stderr and not done.stdout


def test_paths_and_flags_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("--odd.wav").touch()
    paths, given = split_options(["a.wav", "--no-repeat=2", "--odd.wav", "--standardise", "b"], EMBEDDED)
    assert (paths, given) == (["a.wav", "--odd.wav", "b"], {"no_repeat": "2", "standardise": "yes"})
    with pytest.raises(OptionError, match="no option --odd"):
        split_options(["--odd"], EMBEDDED)


def test_an_explanation_shows_the_winner_even_from_far_behind() -> None:
    rows = [{"text": f"w{i}", "probability": 1 / (i + 2), "match": 0.1 * i} for i in range(9)]
    lines = explanation(
        [{"step": 3, "chosen": "w8", "candidates": rows, "losses": [{"match": 0.25}]}], shown=3
    )
    assert [line[:1] for line in lines] == [" ", " ", " ", ">", " "]
    assert "'w8'" in lines[3] and "0.100" in lines[3] and "0.800" in lines[3]
    assert lines[4].strip() == "losses: match 0.2500"
    assert explanation([]) == []
