"""Published tables as data: every row starts and ends on stand-ins, and the figures are those that were printed."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from earwitness.classifier.embedded import _shipped
from earwitness.cli.__main__ import main
from earwitness.encoders.tags.minilm import remembered
from earwitness.methods.presets import PRESETS
from earwitness.methods.resolve import resolve
from earwitness.reproduce.report import to_markdown
from earwitness.reproduce.tables import TABLES

ALL = [(t.name, row) for t in TABLES.values() for row in t.rows]


def test_every_row_has_settings_that_exist_and_a_name_of_its_own() -> None:
    for table in TABLES.values():
        assert len({row.file for row in table.rows}) == len(table.rows)
        for row in table.rows:
            known = {"encoder", "lm", "classifier"}
            options = {k: v for k, v in row.options.items() if k not in known}
            assert resolve(preset=row.preset, options=options).method == PRESETS[row.preset].method


def test_the_published_figures_are_those_that_were_printed(shared: Path) -> None:
    """Each printed row is found, number by number, in the notes on the papers."""
    notes = "\n".join(p.read_text(encoding="utf-8") for p in sorted((shared / "methods").glob("*.md")))
    lines = [re.findall(r"(?<![\w])\d*\.?\d+", line) for line in notes.splitlines()]
    table = TABLES["zeraucap"]
    for row in table.rows:
        wanted = [v for n, v in row.published.items() if n != "nlg_mean"]
        if not wanted:
            continue
        percent = [f"{100 * v:.1f}".removesuffix(".0") for v in wanted]
        shares = [f"{v:.3f}".lstrip("0") for v in wanted]
        found = any(_within(percent, line) or _within(shares, line) for line in lines)
        assert found, f"{row.name} {row.data}: {percent}"
    columns = {re.match(r"\| (\w)", line)[1]: re.findall(r"\d+\.\d+", line)  # type: ignore[index]
               for line in notes.splitlines() if re.match(r"\| [BMRCA] \| \d", line)}  # fmt: skip
    for i, row in enumerate(TABLES["audibility"].rows):
        for letter, name in zip("BMRCA", ("bleu", "meteor", "rouge_l", "cider_d", "audibility"), strict=True):
            assert float(columns[letter][i]) == pytest.approx(100 * row.published[name])


def _within(wanted: list[str], line: list[str]) -> bool:
    there = [n.removesuffix(".0") for n in line]
    return any(there[i : i + len(wanted)] == wanted for i in range(len(there) - len(wanted) + 1))


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, rng = tmp_path_factory.mktemp("data"), np.random.default_rng(0)
    rows = []
    for i in range(3):
        soundfile.write(folder / f"{i}.wav", rng.normal(0, 0.1, 16000).clip(-1, 1), 16000)
        texts = [f"rain falls on roof {i}", f"water drips {i} times", "wind blows and rain falls"]
        rows.append({"file": f"{i}.wav", "captions": texts})
    (folder / "captions.json").write_text(json.dumps(rows))
    return folder


@pytest.fixture(scope="module")
def lm(tmp_path_factory: pytest.TempPathFactory) -> str:
    pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from tests.reference import zeraucap_tiny as tiny

    return str(tiny.language_folder(tmp_path_factory.mktemp("lm"), "GPT2"))


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(map(str, arguments)))
    return int(left.value.code or 0)


@pytest.mark.parametrize("table", TABLES)
def test_every_row_starts_and_ends_on_stand_ins(
    monkeypatch: pytest.MonkeyPatch, table: str, dataset: Path, lm: str, tmp_path: Path, capsys
) -> None:
    pytest.importorskip("torch").set_num_threads(1)
    pytest.importorskip("onnxscript")
    monkeypatch.setattr("earwitness.reproduce.training.EPOCHS", 2)
    out = tmp_path / "out"
    assert run("reproduce", table, "--data", dataset, "-o", out, "--small", "--lm", lm, "--limit", 2) == 0
    printed = capsys.readouterr().out
    report = json.loads((out / "report.json").read_text())
    assert printed == (out / "report.md").read_text() == to_markdown(report)
    assert "no reproduction" in printed
    golden = json.loads((Path(__file__).parent / "golden.json").read_text())[table]
    assert sorted(report) == golden["report"] and sorted(report["rows"][0]) == golden["row"]
    assert [f"{r['data']}: {r['name']}" for r in report["rows"]] == golden["rows"]
    for row, told in zip(report["rows"], TABLES[table].rows, strict=True):
        assert row["clips"] == 2 and row["failed"] == 0 and len(row["captions"]) == 2
        assert {
            n: s["published"] for n, s in row["scores"].items() if s["published"] is not None
        } == told.published
        for score in row["scores"].values():
            if score["difference"] is not None:
                assert score["difference"] == pytest.approx(score["value"] - score["published"])


def test_a_run_that_was_killed_gives_the_same_report(dataset: Path, lm: str, tmp_path: Path, capsys) -> None:
    """Wherever it was killed: before a row's first clip, with half a line written, with all but the scores."""
    rows = ["--rows", "lambda2 0.[34]5", "--limit", 2, "--small", "--lm", lm, "--data", dataset]

    def report(name: str) -> dict[str, Any]:
        # another process remembers no sentence that was embedded before
        remembered().clear()
        _shipped.cache_clear()
        assert run("reproduce", "audibility", *rows, "-o", tmp_path / name) == 0
        told: dict[str, Any] = json.loads((tmp_path / name / "report.json").read_text())
        for row in told["rows"]:
            row.pop("seconds")
        return told

    whole = report("whole")
    first, last = sorted(p.name for p in (tmp_path / "whole" / "rows").iterdir())
    for lines in (0, 1, 2):
        cut = tmp_path / f"cut{lines}"
        shutil.copytree(tmp_path / "whole", cut)
        journal = cut / "journals" / f"{Path(last).stem}.jsonl"
        written = journal.read_bytes().splitlines(keepends=True)
        journal.write_bytes(b"".join(written[: 1 + lines]) + b"".join(written[1 + lines :])[: 40 * lines])
        (cut / "rows" / last).unlink()
        assert report(cut.name) == whole, lines
        assert (cut / "rows" / first).stat().st_mtime_ns == (
            tmp_path / "whole" / "rows" / first
        ).stat().st_mtime_ns


def test_what_is_missing_is_said(tmp_path: Path, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hub"))
    assert run("reproduce", "zeraucap", "--data", tmp_path, "--check") == 1
    told = capsys.readouterr().out
    for part in (
        "audiocaps/test.csv",
        "clotho/audio",
        "HTSAT-BERT-PT.pt",
        "facebook/opt-1.3b",
        "chatgpt_audio_tags",
    ):
        assert part in told
    assert run("reproduce", "--list") == 0
    listed = capsys.readouterr().out
    assert all(f"{name}: " in listed for name in TABLES) and "hours on one" in listed
    assert run("reproduce", "zeraucap", "--data", tmp_path, "--rows", "nothing") == 1
    assert "has no row called nothing" in capsys.readouterr().err
