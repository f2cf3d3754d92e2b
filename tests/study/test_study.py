"""A listening study: what is drawn, what the page holds, and that figures are those of known answers."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from earwitness.cli.__main__ import main
from earwitness.common.errors import OptionError
from earwitness.study.answers import read_answers
from earwitness.study.design import StudyOptions, make_study
from earwitness.study.figures import figures, fleiss_kappa, sign_flip_p
from earwitness.study.page import seal, to_html

CLIPS = [f"{i:02d}.wav" for i in range(12)]


@pytest.fixture
def sounds(tmp_path: Path) -> Path:
    folder = tmp_path / "sounds"
    folder.mkdir()
    rng = np.random.default_rng(0)
    for clip in CLIPS:
        soundfile.write(folder / clip, rng.normal(0, 0.1, 800), 8000)
    return folder


def systems() -> dict[str, dict[str, str]]:
    return {"ours": {c: f"a dog barks {c}" for c in CLIPS}, "base": {c: f"1985 </script> {c}" for c in CLIPS}}


def study_of(folder: Path, clips: int = 10, seed: int = 1):
    return make_study(systems(), {c: folder / c for c in CLIPS}, StudyOptions(clips, seed))


def test_the_same_seed_draws_the_same_study_and_another_another(sounds: Path) -> None:
    assert study_of(sounds) == study_of(sounds)
    assert study_of(sounds).name != study_of(sounds, seed=2).name


@pytest.mark.parametrize("seed", range(5))
def test_each_system_stands_first_in_half_of_the_clips(sounds: Path, seed: int) -> None:
    items = study_of(sounds, seed=seed).items
    assert sum(i.systems[0] == 0 for i in items) == 5
    for item in items:
        for caption, system in zip(item.captions, item.systems, strict=True):
            assert caption.startswith("a dog" if system == 0 else "1985")


def test_clips_of_no_use_are_passed_over_and_counted(sounds: Path) -> None:
    some = systems()
    some["base"]["00.wav"] = "A dog  barks 00.wav"
    del some["base"]["01.wav"]
    known = {c: sounds / c for c in CLIPS if c != "02.wav"}
    study = make_study(some, known, StudyOptions(9))
    assert set(study.left_out.values()) == {1}
    assert {i.clip for i in study.items} == set(CLIPS) - {"00.wav", "01.wav", "02.wav"}
    with pytest.raises(OptionError, match="only 9 are of use"):
        make_study(some, known, StudyOptions(10))


def test_the_page_is_one_file_that_names_no_system_and_calls_nobody(sounds: Path) -> None:
    page = to_html(study_of(sounds))
    assert not re.findall(r"(?:src|href)=[\"']?(?!data:)http", page) and "default-src 'none'" in page
    data = page.split('id="data">')[1].split("</script>")[0]
    assert '"ours"' not in data and '"base"' not in data
    assert len(json.loads(data)["items"]) == 10, "a caption cannot close the script"


def answers(study, prefer: float, rng: np.random.Generator, participant: str) -> dict[str, object]:
    """A participant who chooses the first system with a probability."""
    given = {}
    for item in study.items:
        given[item.clip] = {
            q: item.systems.index(0 if rng.random() < prefer else 1) for q in ("describes", "alone")
        }
    return {
        "format": "earwitness-study-1", "study": study.name, "seal": seal(study),
        "participant": participant, "answers": given,
    }  # fmt: skip


def written(folder: Path, rows: list[dict[str, object]]) -> list[Path]:
    paths = []
    for i, row in enumerate(rows):
        paths.append(folder / f"answers-{i:02d}.json")
        paths[-1].write_text(json.dumps(row))
    return paths


def test_the_figures_are_those_of_the_answers(sounds: Path, tmp_path: Path) -> None:
    study, rng = study_of(sounds), np.random.default_rng(3)
    returned = read_answers(written(tmp_path, [answers(study, 0.86, rng, f"p{i}") for i in range(12)]))
    for row in figures(returned):
        shares = [
            np.mean([p.answers[c, row.question] == 0 for c in returned.clips]) for p in returned.participants
        ]
        assert row.mean == pytest.approx(np.mean(shares)) and abs(row.mean - 0.86) < 0.08
        assert row.deviation == pytest.approx(np.std(shares, ddof=1))
        assert row.interval[0] < row.mean < row.interval[1]
        assert row.p_value == pytest.approx(2 / 2**12)


def test_nobody_preferring_anything_is_no_finding(sounds: Path, tmp_path: Path) -> None:
    study, rng = study_of(sounds), np.random.default_rng(5)
    returned = read_answers(written(tmp_path, [answers(study, 0.5, rng, f"p{i}") for i in range(20)]))
    for row in figures(returned):
        assert row.interval[0] < 0.5 < row.interval[1] and row.p_value is not None and row.p_value > 0.05
        assert row.kappa is not None and abs(row.kappa) < 0.15


def test_spoiled_files_are_named_and_not_counted(sounds: Path, tmp_path: Path) -> None:
    study, rng = study_of(sounds), np.random.default_rng(1)
    good = [answers(study, 1.0, rng, f"p{i}") for i in range(3)]
    twice = dict(good[0])
    lacking = json.loads(json.dumps(answers(study, 1.0, rng, "q")))
    del lacking["answers"]["00.wav" if "00.wav" in lacking["answers"] else next(iter(lacking["answers"]))]
    wild = json.loads(json.dumps(answers(study, 1.0, rng, "r")))
    next(iter(wild["answers"].values()))["alone"] = 2
    other = answers(study_of(sounds, seed=9), 1.0, rng, "s")
    paths = written(tmp_path, [*good, twice, lacking, wild, other, {"format": "x"}])
    broken = tmp_path / "broken.json"
    broken.write_text('{"format": ')
    returned = read_answers([*paths, broken, tmp_path / "absent.json"])
    assert len(returned.participants) == 3
    reasons = {s.file: s.reason for s in returned.spoiled}
    assert len(reasons) == 7
    assert "second file" in reasons["answers-03.json"] and "no valid answer" in reasons["answers-04.json"]
    assert "no valid answer" in reasons["answers-05.json"] and "another study" in reasons["answers-06.json"]
    assert "not whole JSON" in reasons["broken.json"]
    with pytest.raises(OptionError, match="no file of answers can be used"):
        read_answers([broken])


def test_agreement_and_chance_have_known_values() -> None:
    # Fleiss 1971, the worked example of four raters on a tiny table, by hand:
    given = np.array([[0, 0, 1], [0, 1, 1], [0, 1, 1], [0, 0, 1]])
    counts = np.array([[4, 0], [2, 2], [0, 4]])
    agreed, chance = (1 + 1 / 3 + 1) / 3, 0.5**2 + 0.5**2
    assert counts.sum() == given.size
    assert fleiss_kappa(given, 2) == pytest.approx((agreed - chance) / (1 - chance))
    assert fleiss_kappa(given[:1], 2) is None
    assert sign_flip_p(np.array([0.4, 0.3, 0.2]), 0) == 0.25
    assert 0 < sign_flip_p(np.full(30, 0.3), 0) < 0.001


def test_one_system_is_graded_on_a_scale(sounds: Path, tmp_path: Path) -> None:
    study = make_study({"ours": systems()["ours"]}, {c: sounds / c for c in CLIPS}, StudyOptions(4))
    rows = [
        {
            "format": "earwitness-study-1", "study": study.name, "seal": seal(study), "participant": f"p{k}",
            "answers": {i.clip: {"describes": 3 + (k + n) % 3} for n, i in enumerate(study.items)},
        }
        for k in range(6)
    ]  # fmt: skip
    (row,) = figures(read_answers(written(tmp_path, rows)))
    assert row.mean == pytest.approx(4.0, abs=0.1) and row.p_value is None


@pytest.fixture
def tables(tmp_path: Path) -> list[Path]:
    paths = []
    for name, captions in systems().items():
        paths.append(tmp_path / f"{name}.jsonl")
        rows = [json.dumps({"path": f"somewhere/{c}", "text": t}) for c, t in captions.items()]
        paths[-1].write_text("\n".join(rows) + "\n")
    return paths


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(map(str, arguments)))
    return int(left.value.code or 0)


def test_the_command_makes_and_reads(tables: list[Path], sounds: Path, tmp_path: Path, capsys) -> None:
    page = tmp_path / "study.html"
    assert run("study", "make", *tables, "--audio", sounds, "-n", 6, "--seed", 4, "-o", page) == 0
    assert "6 clips" in capsys.readouterr().err and page.is_file()
    data = json.loads(page.read_text().split('id="data">')[1].split("</script>")[0])
    row = {
        "format": data["format"], "study": data["study"], "seal": data["seal"], "participant": "one",
        "answers": {i["clip"]: {q["id"]: 0 for q in data["questions"]} for i in data["items"]},
    }  # fmt: skip
    (back,) = written(tmp_path, [row])
    assert run("study", "read", back) == 0
    told = capsys.readouterr().out
    assert "1 participant, 6 clips each" in told and "ours: 50% ± 0" in told
    assert run("study", "make", tables[0], "--audio", sounds) == 1
    assert "compares two" in capsys.readouterr().err


def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium on this machine")
    return found


def test_twelve_participants_in_a_browser(tables: list[Path], sounds: Path, tmp_path: Path) -> None:
    """Each answers by keyboard and mouse, preferring the first system in 86 of a hundred; then read back."""
    folder = Path(__file__).resolve().parents[1] / "server" / "browser"
    if shutil.which("node") is None or not (folder / "node_modules" / "playwright-core").is_dir():
        pytest.skip("no node, or playwright-core is not installed (make test installs it where npm is there)")
    page = tmp_path / "study.html"
    assert run("study", "make", *tables, "--audio", sounds, "-n", 10, "-o", page) == 0
    script = Path(__file__).with_name("participate.mjs")
    done = subprocess.run(
        ["node", str(script), str(folder), chromium(), str(page), str(tmp_path), "12"],
        capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["violations"] == [] and told["errors"] == []
    returned = read_answers(sorted(tmp_path.glob("answers-*.json")))
    assert len(returned.participants) == 12 and not returned.spoiled
    for row in figures(returned):
        assert row.mean == pytest.approx(told["chosen"][row.question] / 120)
        assert abs(row.mean - 0.86) < 0.1
