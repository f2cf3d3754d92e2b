"""What docs/architecture.md says of adding a part is true: here a toy of each kind is really added."""

from __future__ import annotations

import io
import json
import re
import runpy
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest

import earwitness
from earwitness.captioning.loading import METHODS, Parts
from earwitness.common.caption import Alternative, Caption, Keyword
from earwitness.common.options import option
from earwitness.encoders.registry import load_encoder
from earwitness.methods.base import Written
from earwitness.methods.presets import PRESETS, Preset
from earwitness.writers import _WRITERS, get_writer
from earwitness.writers.base import Writer

ROOT = Path(__file__).resolve().parents[1]
BELL = ROOT / "examples" / "bell.wav"


@dataclass(frozen=True)
class LoudestOptions:
    """How the toy method writes."""

    opening: str = option("There is", "What the sentence begins with.")


class Loudest:
    """A method that names the strongest keyword."""

    name = "loudest"

    def __init__(self, options: LoudestOptions) -> None:
        self.options = options

    def write(self, vectors: np.ndarray, keywords: Sequence[tuple[Keyword, ...]]) -> list[Written]:
        return [
            Written((Alternative(f"{self.options.opening} {k[0].text.lower()}", k[0].score),))
            for k in keywords
        ]


def loudest(parts: Parts) -> tuple[Any, Any]:
    encoder = load_encoder(parts.settings.encoder)
    return encoder, Loudest(parts.settings.options)


def test_an_encoder_is_a_class_and_a_line() -> None:
    command = [sys.executable, str(ROOT / "examples" / "toy_encoder.py"), str(BELL), "a bell", "a low drum"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(said) == 2 and "a bell" in said[0]


def test_an_encoder_that_was_added_is_an_encoder_like_any_other() -> None:
    runpy.run_path(str(ROOT / "examples" / "toy_encoder.py"))
    encoder = load_encoder("toy:four")
    vectors = encoder.embed_text(["a loud bell", "a low drum"])
    assert vectors.shape == (2, 4) and np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_a_method_is_options_a_class_and_two_lines(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(METHODS, "loudest", loudest)
    monkeypatch.setitem(PRESETS, "loudest", Preset("loudest", LoudestOptions(), "A toy."))
    caption = earwitness.load(method="loudest", opening="I hear").caption(BELL)
    assert caption.text.startswith("I hear ") and caption.method == "loudest"
    from earwitness.cli.__main__ import main

    with pytest.raises(SystemExit) as left:
        main(["caption", str(BELL), "--method", "loudest", "--opening", "Hark:", "-f", "jsonl"])
    assert left.value.code == 0
    assert json.loads(capsys.readouterr().out)["text"].startswith("Hark: ")


def test_a_metric_is_a_function_and_a_registration() -> None:
    from earwitness.evaluation import Metric, evaluate, of_items, register_metric
    from earwitness.evaluation.evaluate import EvaluationOptions
    from earwitness.evaluation.metrics.base import _METRICS

    def measure(corpus: Any) -> dict[str, Any]:
        return {"letters": of_items([float(len(words.replace(" ", ""))) for words in corpus.words])}

    register_metric(Metric("letters", ("letters",), measure))
    try:
        found = evaluate({"a": "rain"}, {"a": ["rain falls"]}, EvaluationOptions(metrics=("letters",)))
        assert found.scores["letters"].value == 4
    finally:
        del _METRICS["letters"]


class ShoutWriter(Writer):
    """A format that shouts."""

    format: ClassVar[str] = "shout"
    extension: ClassVar[str] = "txt"

    def write(self, caption: Caption) -> None:
        self._sink.put(caption.text.upper() + "!\n")


def test_a_writer_is_a_class_and_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(_WRITERS, "shout", ShoutWriter)
    out = io.StringIO()
    with get_writer("shout", out) as writer:
        writer.write(Caption("a.wav", 0.0, 1.0, "a bell rings", 0.9))
    assert out.getvalue() == "A BELL RINGS!\n"


def test_the_page_names_what_is_there() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    for place in re.findall(r"`(src/[\w/.]+|tests/[\w/.]+|examples/[\w/.]+|tools/[\w/.]+)`", page):
        assert (ROOT / place).exists(), f"docs/architecture.md names {place}, which is not there"
    rooms = {p.name for p in (ROOT / "src" / "earwitness").iterdir() if (p / "__init__.py").is_file()}
    assert not [room for room in rooms if f"{room}/" not in page]
