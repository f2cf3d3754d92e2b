"""What the decoder is handed, and that parts which do not belong together are told so."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from earwitness.common.errors import OptionError
from earwitness.methods.presets import CAPDEC, PAPER, PRESETS
from earwitness.methods.wsac.memory import Memory
from earwitness.methods.wsac.method import Wsac, WsacOptions
from earwitness.methods.wsac.writing import from_plain, to_plain

ENCODER: Any = SimpleNamespace(
    name="e", dim=2, embed_text=lambda texts: np.eye(2, dtype=np.float32)[:1].repeat(len(texts), 0)
)
DECODER: Any = SimpleNamespace(dim=2, end=1, max_tokens=5)
MEMORY = Memory(np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32))
SOUND = np.array([[0.8, 0.6]], np.float32)


@pytest.mark.parametrize(
    ("bridge", "expected"),
    [("audio", [[0.8, 0.6]]), ("nearest", [[0.6, 0.8]]), ("projection", [[0.60000007, 0.79999995]])],
)
def test_bridges(bridge: Any, expected: list[list[float]]) -> None:
    method = Wsac(ENCODER, DECODER, WsacOptions(bridge=bridge), MEMORY)
    np.testing.assert_allclose(method.bridge(SOUND), expected, atol=5e-8)


def test_a_warmer_projection_is_a_mean() -> None:
    method = Wsac(ENCODER, DECODER, WsacOptions(temperature=1e6), MEMORY)
    mean = MEMORY.values.mean(0)
    np.testing.assert_allclose(method.bridge(SOUND)[0], mean / np.linalg.norm(mean), atol=1e-5)


def test_parts_that_do_not_belong_together() -> None:
    with pytest.raises(OptionError, match="decoder reads embeddings of 3"):
        Wsac(ENCODER, SimpleNamespace(dim=3), PAPER, MEMORY)  # type: ignore[arg-type]
    with pytest.raises(OptionError, match="memory holds embeddings of 3"):
        Wsac(ENCODER, DECODER, PAPER, Memory(np.eye(3, dtype=np.float32)))
    with pytest.raises(OptionError, match="needs a memory"):
        Wsac(ENCODER, DECODER, PAPER)
    with pytest.raises(OptionError, match="background"):
        Wsac(ENCODER, DECODER, WsacOptions(bridge="audio", rerank=1.0))


@pytest.mark.parametrize("wrong", [{"bridge": "tunnel"}, {"temperature": 0.0}])
def test_options_that_cannot_be(wrong: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match="not"):
        WsacOptions(**wrong)


@pytest.mark.parametrize("name", [n for n, p in PRESETS.items() if p.method == "wsac"])
def test_published_settings_survive_as_json(name: str) -> None:
    assert from_plain(to_plain(PRESETS[name].options)) == PRESETS[name].options
    assert (PAPER.bridge, PAPER.temperature, PAPER.search.beams) == ("projection", 0.01, 1)
    assert (CAPDEC.bridge, CAPDEC.search.beams) == ("audio", 5)


def test_unknown_settings_are_named() -> None:
    with pytest.raises(OptionError, match="no option 'beams'"):
        from_plain({"beams": 3})
