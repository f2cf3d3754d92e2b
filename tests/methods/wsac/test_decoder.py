"""An exported decoder says what the trained one says, from a folder that the core reads without torch."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch

from earwitness.common.errors import AssetError
from earwitness.methods.wsac.decoder import DecoderCard, OnnxDecoder
from earwitness.methods.wsac.search import SearchOptions, search
from earwitness.training.decoder.export import half_precision as onnx_files
from earwitness.training.decoder.export import onnx_graphs
from earwitness.training.decoder.export.onnx_graphs import export_decoder
from earwitness.training.decoder.model import CaptionDecoder
from earwitness.training.decoder.torch_decoder import TorchDecoder
from tests.reference import wsac_tiny as tiny

# The published shape, a single prefix vector, and CapDec's, several behind a mapper.
SHAPES = [{"prefix": 1}, {"prefix": 3, "mapper": 2}]


@pytest.fixture(scope="module", params=SHAPES, ids=["linear", "mapper"])
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[TorchDecoder, OnnxDecoder]:
    words = tiny.words()
    model = tiny.decoder(5, vocab=words.size, **request.param)
    folder = tmp_path_factory.mktemp("decoder")
    export_decoder(model, words.tokenizer, "rote", folder, end=words.end, banned=words.banned, half=False)
    return TorchDecoder(model, words, "rote"), OnnxDecoder(folder)


def test_the_logits_are_the_same_step_by_step(pair: tuple[TorchDecoder, OnnxDecoder]) -> None:
    vectors = tiny.vectors(5)
    (a, state_a), (b, state_b) = (d.begin(vectors) for d in pair)
    for step in range(6):
        np.testing.assert_allclose(a, b, atol=2e-4)
        tokens = a.argmax(1)
        if step == 2:  # narrow and fan out on the way
            rows = np.array([3, 3, 0], np.int64)
            state_a, state_b, tokens = (
                pair[0].select(state_a, rows),
                pair[1].select(state_b, rows),
                tokens[rows],
            )
        (a, state_a), (b, state_b) = pair[0].advance(tokens, state_a), pair[1].advance(tokens, state_b)


@pytest.mark.parametrize("beams", [1, 3])
def test_the_sentences_are_the_same(pair: tuple[TorchDecoder, OnnxDecoder], beams: int) -> None:
    options = SearchOptions(beams=beams, max_tokens=12)
    trained, exported = ([[h.tokens for h in c] for c in search(d, tiny.vectors(6), options)] for d in pair)
    assert trained == exported
    assert [pair[0].text(list(c[0])) for c in trained] == [pair[1].text(list(c[0])) for c in exported]


@pytest.mark.parametrize("beams", [1, 3])
def test_a_clip_alone_is_the_clip_in_company(pair: tuple[TorchDecoder, OnnxDecoder], beams: int) -> None:
    options, vectors = SearchOptions(beams=beams, max_tokens=12), tiny.vectors(6)
    together = search(pair[1], vectors, options)
    alone = [search(pair[1], v[None], options)[0] for v in vectors]
    assert [[h.tokens for h in c] for c in together] == [[h.tokens for h in c] for c in alone]


def test_half_of_the_size_costs_a_rounding(
    pair: tuple[TorchDecoder, OnnxDecoder], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(onnx_files, "SMALLEST", 64)
    shutil.copytree(pair[1].folder, tmp_path, dirs_exist_ok=True)
    for name in ("prefix.onnx", "step.onnx"):
        onnx.save(onnx_files.store_half(onnx.load(tmp_path / name)), tmp_path / name)
    whole, half = (d.begin(tiny.vectors(3))[0] for d in (pair[1], OnnxDecoder(tmp_path)))
    assert not np.array_equal(whole, half)
    finite = np.isfinite(whole)
    assert np.abs(whole[finite] - half[finite]).max() < 0.02 * whole[finite].std()


def test_writing_takes_no_torch(pair: tuple[TorchDecoder, OnnxDecoder]) -> None:
    program = (
        "import sys, numpy as np; from earwitness.methods.wsac.decoder import OnnxDecoder;"
        "from earwitness.methods.wsac.search import SearchOptions, search;"
        f"d = OnnxDecoder({str(pair[1].folder)!r}); search(d, np.ones((2, 6), np.float32), SearchOptions());"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


class _InOne(torch.nn.Module):
    """A step whose keys and values are one tensor, as folders exported before have it."""

    def __init__(self, model: CaptionDecoder) -> None:
        super().__init__()
        self.model = model

    def forward(self, prefix: torch.Tensor, tokens: torch.Tensor, past: torch.Tensor) -> Any:
        inputs = torch.cat([prefix, self.model.tokens(tokens)], 1)
        hidden, caches = self.model.step(inputs, [(p[0], p[1]) for p in past.unbind(0)])
        return self.model.logits(hidden[:, -1]), torch.stack([torch.stack(c) for c in caches])


def test_a_folder_with_its_keys_and_values_in_one_tensor_writes_the_same(
    pair: tuple[TorchDecoder, OnnxDecoder], tmp_path: Path
) -> None:
    shutil.copytree(pair[1].folder, tmp_path, dirs_exist_ok=True)
    config = pair[0].model.config
    size = config.width // config.heads
    n, p, s, t = (torch.export.Dim(d) for d in ("n", "prefix", "tokens", "past"))
    onnx_graphs._export(
        _InOne(pair[0].model),
        (
            torch.zeros(3, 2, config.width),
            torch.zeros(3, 2, dtype=torch.long),
            torch.zeros(config.layers, 2, 3, config.heads, 4, size),
        ),
        ["prefix", "tokens", "past"],
        ["logits", "cache"],
        ({0: n, 1: p}, {0: n, 1: s}, {2: n, 4: t}),
        tmp_path / "step.onnx",
        False,
    )
    options, vectors = SearchOptions(beams=4, group=1, max_tokens=12), tiny.vectors(6)
    before, now = (search(d, vectors, options) for d in (OnnxDecoder(tmp_path), pair[1]))
    assert [[h.tokens for h in c] for c in before] == [[h.tokens for h in c] for c in now]


def test_folders_that_are_none_are_refused(pair: tuple[TorchDecoder, OnnxDecoder], tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"config\.json cannot be read"):
        OnnxDecoder(tmp_path)
    card = json.loads((pair[1].folder / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**card, "format": "other"}))
    with pytest.raises(AssetError, match="expected the format"):
        OnnxDecoder(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({k: v for k, v in card.items() if k != "end"}))
    with pytest.raises(AssetError, match="'end' is missing"):
        DecoderCard.read(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(card))
    with pytest.raises(AssetError, match=r"prefix\.onnx is missing"):
        OnnxDecoder(tmp_path)
