"""The guided methods write of the whole of a sound, and their sentences are finished by its moments."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from earwitness.encoders.tags.encoder import TagEncoder, class_names

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
from earwitness.methods.audibility.method import AudibilityGuidance
from earwitness.methods.audibility.options import AudibilityOptions
from earwitness.methods.zeraucap.method import ZerAuCap
from earwitness.methods.zeraucap.options import ZerAuCapOptions
from tests.reference import audibility_tiny as tiny

SPOKEN = ("a clock ticks", "rain falls", "a dog barks")


@pytest.fixture(scope="module")
def gpt2(tmp_path_factory: pytest.TempPathFactory) -> Any:
    torch.set_num_threads(1)
    return tiny.language_model("GPT2", tmp_path_factory.mktemp("gpt2"))


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARWITNESS_CACHE", str(tmp_path))


def method(name: str, model: Any, **options: Any) -> Any:
    encoder = TagEncoder()
    if name == "zeraucap":
        asked = ZerAuCapOptions(l=0, form="paper", k=8, max_tokens=16, **options)
        return ZerAuCap(encoder, model, asked, encoder.background())
    small = AudibilityOptions(tokens=3, iterations=1, candidates=8, lambda2=0.0, **options)
    return AudibilityGuidance(encoder, model, None, small, encoder.background())


@pytest.mark.parametrize("name", ["zeraucap", "audibility"])
def test_views_are_written_of_as_the_whole_and_finished(name: str, gpt2: Any) -> None:
    rows = TagEncoder().embed_text(SPOKEN)
    views = np.stack([rows, np.repeat(rows[1:2], 3, 0)])[:, [0, 0, 0, 1, 2]]
    surest = np.zeros((2, len(class_names())), np.float32)
    surest[:, class_names().index("Bird")] = 0.95
    brief = np.array([False, True])
    bare, more = method(name, gpt2), method(name, gpt2, also=1, ordered=True)
    assert more.reads_views and not bare.reads_views
    written = bare.write(views[:, 0])
    assert bare.write(views, (), surest, brief) == written == more.write(views[:, 0])
    finished = more.write(views, (), surest, brief)
    assert finished == more.finishing.finished(written, views, surest, brief, more.write)
    assert finished[1] == written[1]
    # a sentence of both ends may stand before what was written of the whole
    assert any("birds chirp" in sentence.text for sentence in finished[0].sentences)
    assert finished == [
        one for i in (0, 1) for one in more.write(views[i : i + 1], (), surest[i : i + 1], brief[i : i + 1])
    ]
