"""The two commands, as somebody types them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
import soundfile

from earwitness.captioning.options import Outcome
from earwitness.common.caption import Caption
from earwitness.common.errors import OptionError, TableError
from tests.invoking import invoke

pytestmark = pytest.mark.usefixtures("no_java")


def run(*arguments: object):
    result = invoke(*arguments)
    if result.exception is not None:
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture
def tables(tmp_path):
    (tmp_path / "mine.jsonl").write_text(
        '{"path": "out/dog.wav", "text": "a dog barks", "score": 0.9}\n'
        '{"path": "out/rain.wav", "text": "rain falls"}\n'
    )
    (tmp_path / "other.csv").write_text("id,caption\ndog,a cat\nrain,rain falls on a roof\nwind,wind\n")
    (tmp_path / "refs.csv").write_text(
        "file_name,caption_1,caption_2\ndog.wav,a dog barks,barking\nrain.wav,heavy rain falls,it rains\n"
        "wind.wav,wind blows,strong wind\n"
    )
    return tmp_path


def test_a_table_is_scored_and_missing_clips_are_named(tables) -> None:
    said = run("evaluate", tables / "mine.jsonl", tables / "refs.csv")
    assert said.startswith("mine against refs: 3 clips, 6 reference captions\n\nscore ")
    assert "mine: 1 clip without a caption, scored as empty: wind.wav" in said
    assert "CIDEr-D" in said and "no METEOR, SPICE, SPIDEr, NLG mean, SPIDEr-FL: " in said


def test_json_holds_everything_in_fractions(tables) -> None:
    said = run(
        "evaluate",
        tables / "mine.jsonl",
        tables / "refs.csv",
        "--format",
        "json",
        "--against",
        tables / "other.csv",
    )
    report = json.loads(said)
    mine, other = report["evaluations"]
    assert mine["missing"] == ["wind.wav"] and other["missing"] == []
    assert mine["scores"]["spice"]["value"] is None and mine["scores"]["spice"]["reason"]
    assert mine["items"][0]["scores"]["rouge_l"] == 1.0
    gap = report["differences"]["other"]["rouge_l"]
    assert gap["value"] == pytest.approx(
        mine["scores"]["rouge_l"]["value"] - other["scores"]["rouge_l"]["value"]
    )
    assert (gap["won"] + gap["tied"] + gap["lost"], "p_value" in gap) == (3, True)
    assert report["human"]["bleu_1"]["value"] is not None and report["published"] == []


def test_markdown_is_a_table(tables) -> None:
    said = run(
        "evaluate",
        tables / "mine.jsonl",
        tables / "refs.csv",
        "-f",
        "markdown",
        "-m",
        "bleu,rouge_l",
        "--no-human",
    )
    assert "| score | mine | 95 % |\n|---|---:|---:|\n| BLEU-1 |" in said
    assert "CIDEr" not in said and "people" not in said


def test_the_same_command_prints_the_same_twice(tables) -> None:
    command = ("evaluate", tables / "mine.jsonl", tables / "refs.csv", "-f", "json")
    assert run(*command) == run(*command)


def test_clips_can_be_skipped_or_refused(tables) -> None:
    said = run("evaluate", tables / "mine.jsonl", tables / "refs.csv", "--missing", "skip")
    assert "2 clips" in said and "wind.wav" in said and "left out" in said
    with pytest.raises(TableError, match="1 of 3 clips has no caption"):
        run("evaluate", tables / "mine.jsonl", tables / "refs.csv", "--missing", "error")


@pytest.mark.parametrize("extra", [["--captioner", "wsac"], ["--dataset", "x", "--captioner", "wsac"], []])
def test_half_a_command_is_one_sentence(extra, tables) -> None:
    with pytest.raises(OptionError, match="Give PREDICTIONS and REFERENCES, or --captioner and --dataset"):
        run("evaluate", tables / "mine.jsonl", *([tables / "refs.csv"] if len(extra) == 4 else []), *extra)


def test_a_report_nobody_can_write_is_refused_before_the_work(tables) -> None:
    with pytest.raises(OptionError, match=r"ends in .html, .htm, .md, .json; out.pdf does not"):
        run("evaluate", tables / "nothing.csv", tables / "refs.csv", "--report", tables / "out.pdf")
    with pytest.raises(OptionError, match="There is no folder"):
        run("evaluate", tables / "nothing.csv", tables / "refs.csv", "--report", tables / "no" / "out.html")


class Captioner:
    asked: ClassVar[list[str]] = []

    def __init__(self, model: str | None = None, preset: str | None = None) -> None:
        self.preset = {"embedded": "good"}.get(preset or model, model)

    def caption_many(self, paths, options):
        for path in paths:
            Captioner.asked.append(f"{self.preset}:{Path(path).name}")
            said = {"good": "a dog barks", "bad": "music"}[self.preset]
            yield Outcome(path, (Caption(path, 0.0, 1.0, said, 0.5),))


@pytest.fixture
def sounds(tmp_path, monkeypatch):
    monkeypatch.setattr("earwitness.captioning.loading.load", Captioner)
    monkeypatch.chdir(tmp_path)
    for name in ("good", "bad"):  # a folder each, as exports are
        (tmp_path / name).mkdir()
    Captioner.asked = []
    folder = tmp_path / "sounds"
    folder.mkdir()
    for clip in ("1.wav", "2.wav"):
        soundfile.write(folder / clip, 0.1 * np.sin(np.arange(8000) / 10), 8000)
    (folder / "captions.json").write_text(
        json.dumps([{"file": f"{n}.wav", "captions": ["a dog barks"]} for n in (1, 2)])
    )
    return folder


def test_a_captioner_is_scored_on_a_folder_of_sounds(sounds) -> None:
    command = ("evaluate", "--captioner", "embedded", "--dataset", sounds, "-f", "json", "-m", "rouge_l")
    (found,) = json.loads(run(*command))["evaluations"]
    assert (found["name"], found["scores"]["rouge_l"]["value"]) == ("embedded", 1.0)


def test_presets_are_compared_resumed_and_reported(sounds, tmp_path) -> None:
    output = tmp_path / "out"
    command = ("compare", "good", "bad", "--dataset", sounds, "--output", output, "-m", "rouge_l")
    said = run(*command)
    assert "good less bad" in said and "100 % (2 won, 0 even, 0 lost)" in said
    assert sorted(p.name for p in output.iterdir()) == ["journals", "report.html", "report.json", "report.md"]
    assert len(Captioner.asked) == 4
    assert run(*command) == said
    assert len(Captioner.asked) == 4
