"""METEOR and SPICE: their own programs where they are, a reason where they are not, never a look-alike."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import numpy as np
import pytest

from earwitness.evaluation.corpus import Corpus
from earwitness.evaluation.metrics.base import Unavailable, compute
from earwitness.evaluation.metrics.meteor import MeteorProgram, forgive_whole, measure_meteor, meteor_score
from earwitness.evaluation.metrics.spice import CORENLP

CORPUS = Corpus(
    ("1", "2", "3", "4"),
    ("A dog barks loudly.", "Rain falls on a roof", "", "a car drives by"),
    (
        ("The dog is barking", "a dog barks"),
        ("rain falls on a roof", "raindrops hit a tin roof"),
        ("wind blows",),
        ("an automobile passes by", "a car drives by slowly", "traffic"),
    ),
)
# What METEOR 1.5 says of these four clips, from its own program by way of pycocoevalcap.
METEOR = (0.4427653063684271, [0.48704502558483637, 1.0, 0.0, 0.413486278708535])


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A pycocoevalcap with empty jars, and a ``java`` that is a script of the test's own."""
    root = tmp_path / "pycocoevalcap"
    jars = ["meteor/meteor-1.5.jar", "spice/spice-1.0.jar", *(f"spice/lib/{name}" for name in CORENLP)]
    for jar in ["__init__.py", *jars]:
        (root / jar).parent.mkdir(parents=True, exist_ok=True)
        (root / jar).touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    monkeypatch.delitem(sys.modules, "pycocoevalcap", raising=False)

    def install(script: str) -> Path:
        java = tmp_path / "bin" / "java"
        java.parent.mkdir(exist_ok=True)
        java.write_text(f"#!{sys.executable}\n{script}")
        java.chmod(java.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("PATH", str(java.parent), prepend=":")
        return root

    return install


def test_without_java_scores_are_missing_and_say_so(package, no_java) -> None:
    package("")
    found = compute(CORPUS, ["meteor", "spice", "spider"])
    assert found["meteor"] == Unavailable("no Java runtime was found (any from 8 on will do)")
    assert found["spice"] == found["meteor"]
    assert found["spider"].reason.startswith("needs spice: no Java")


def test_without_the_package_scores_are_missing_and_say_what_to_install(monkeypatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert measure_meteor(CORPUS)["meteor"].reason == (
        "pycocoevalcap is not installed (pip install 'earwitness[eval]')"
    )


def test_without_corenlp_there_is_no_spice_and_nothing_is_fetched(package) -> None:
    root = package("raise SystemExit('must not run')")
    (root / "spice/lib" / CORENLP[1]).unlink()
    assert compute(CORPUS, ["spice"])["spice"].reason == (
        "stanford-corenlp-3.6.0-models.jar is missing from the installed pycocoevalcap"
    )


FAKE_SPICE = """
import json, sys
rows = json.load(open(sys.argv[sys.argv.index("-jar") + 2]))
made = [{"image_id": r["image_id"], "scores": {"All": {"f": len(r["refs"]) / 10}}} for r in reversed(rows)]
json.dump(made, open(sys.argv[sys.argv.index("-out") + 1], "w"))
"""


def test_spice_is_read_clip_by_clip_and_makes_spider(package) -> None:
    package(FAKE_SPICE)
    found = compute(CORPUS, ["spider"])
    assert found["spice"].items == (0.2, 0.2, 0.1, 0.3)
    halves = [(c + s) / 2 for c, s in zip(found["cider_d"].items, found["spice"].items, strict=True)]
    assert found["spider"].items == pytest.approx(halves)


def test_a_program_that_dies_is_a_reason_with_its_last_words(package) -> None:
    package("import sys; sys.exit('Exception in thread main\\n  OutOfMemoryError: heap')")
    found = compute(CORPUS, ["meteor", "spice"])
    assert found["spice"].reason == "the SPICE program failed: OutOfMemoryError: heap"
    assert found["meteor"].reason == "the METEOR program stopped: OutOfMemoryError: heap"


FAKE_METEOR = """
import sys
for line in sys.stdin:
    parts = line.strip().split(" ||| ")
    if parts[0] == "SCORE":
        print(" ".join([str(float(len(parts)))] * 23), flush=True)
    else:
        for row in parts[1:]:
            print(float(row.split()[0]) / 100)
        print(0.5, flush=True)
"""


def test_separators_in_captions_do_not_break_the_conversation(package) -> None:
    package(FAKE_METEOR)
    with MeteorProgram() as program:
        counts = program.statistics("a ||| b", ["c ||| d", "e"])
        assert counts.tolist() == [4.0] * 23  # SCORE, two references, prediction
        assert program.scores(np.array([counts, counts])) == (0.5, [0.04, 0.04])


def test_the_last_step_of_meteor_by_hand() -> None:
    # 4 words, one of function, against 3 with one; 2 content and 1 function word match exactly, in 1 chunk
    counts = [4, 3, 1, 1, 2, 2, 1, 1] + [0] * 12 + [1, 3, 3]
    precision, recall = (0.75 * 2 + 0.25) / (0.75 * 3 + 0.25), (0.75 * 2 + 0.25) / (0.75 * 2 + 0.25)
    mean = precision * recall / (0.85 * precision + 0.15 * recall)
    assert meteor_score(counts) == pytest.approx(mean * (1 - 0.6 * (1 / 3) ** 0.2), abs=1e-12)
    assert meteor_score([0] * 23) == 0.0


def test_a_whole_match_has_no_chunk() -> None:
    counts = np.array([[2, 2, 0, 0, 2, 2, 0, 0] + [0] * 12 + [1, 2, 2]], dtype=float)
    assert meteor_score(forgive_whole(counts))[0] == 1.0 > meteor_score(counts)[0]


@pytest.mark.java
def test_meteor_is_that_of_its_own_program(stanford) -> None:
    found = measure_meteor(CORPUS)["meteor"]
    assert found.value == pytest.approx(METEOR[0], abs=1e-12)
    assert found.items == pytest.approx(METEOR[1], abs=1e-12)
    assert found.resample(np.ones((1, 4)))[0] == pytest.approx(METEOR[0], abs=1e-12)
    assert found.resample(np.eye(4)) == pytest.approx(METEOR[1], abs=1e-12)


def test_the_json_given_to_spice_holds_the_tokenised_sentences(package, tmp_path) -> None:
    kept = tmp_path / "kept.json"
    package(FAKE_SPICE + f"\njson.dump(rows, open({str(kept)!r}, 'w'))")
    compute(CORPUS, ["spice"])
    first = json.loads(kept.read_text())[0]
    assert first == {
        "image_id": 0,
        "test": "a dog barks loudly",
        "refs": ["the dog is barking", "a dog barks"],
    }
