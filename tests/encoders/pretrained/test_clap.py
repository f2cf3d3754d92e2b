"""CLAP: by the contract, equal to transformers' own preparation, deterministic where that is not."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")

from safetensors.numpy import load_file

from earwitness.audio import Clip
from earwitness.common.errors import AssetError, OptionError
from earwitness.encoders.pretrained.clap import ClapEncoder, pooled
from tests.reference import encoders_clap as plain
from tests.reference import encoders_contract as contract
from tests.reference import encoders_tiny as tiny

TESTS = Path(__file__).resolve().parents[2]


def make(folder: Path, fused: bool) -> str:
    import torch
    from transformers import ClapConfig, ClapFeatureExtractor, ClapModel

    torch.set_num_threads(1)
    audio = {
        "patch_embeds_hidden_size": 8, "hidden_size": 64, "depths": [1, 2, 1, 1],
        "num_attention_heads": [1, 2, 2, 4],
        "enable_fusion": fused, "fusion_type": "aff_2d" if fused else None,
    }  # fmt: skip
    text = {
        "vocab_size": 400, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
        "intermediate_size": 48, "max_position_embeddings": 62,
    }  # fmt: skip
    model = ClapModel(ClapConfig(text_config=text, audio_config=audio, projection_dim=24))
    tiny.fill(model).save_pretrained(folder)
    truncation = "fusion" if fused else "rand_trunc"
    ClapFeatureExtractor(frequency_min=50, truncation=truncation, padding="repeatpad").save_pretrained(folder)
    tiny.roberta_tokenizer(folder)
    return str(folder)


@pytest.fixture(scope="module", params=[False, True], ids=["unfused", "fused"])
def folder(request: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    return make(tmp_path_factory.mktemp("clap"), request.param)


@pytest.fixture(scope="module")
def encoder(folder: str) -> ClapEncoder:
    return ClapEncoder(folder)


def test_contract(encoder: ClapEncoder) -> None:
    assert (encoder.rate, encoder.window_seconds, encoder.dim) == (48000, 10.0, 24)
    contract.check_contract(encoder, tiny.noise)


def test_equal_to_the_plain_way(encoder: ClapEncoder, folder: str) -> None:
    for seconds in (10.0, 3.7, 0.4):
        samples = tiny.noise(48000, seconds)
        expected = plain.embed_audio(folder, samples, 48000)
        np.testing.assert_allclose(encoder.embed_audio([Clip(samples, 48000)])[0], expected, atol=1e-5)
    tone = np.sin(2 * np.pi * 1000 * np.arange(480000) / 48000).astype(np.float32)
    for samples in (tone, np.zeros(480000, np.float32)):
        expected = plain.embed_audio(folder, samples, 48000)
        np.testing.assert_allclose(encoder.embed_audio([Clip(samples, 48000)])[0], expected, atol=1e-5)
    for text, row in zip(tiny.TEXTS, encoder.embed_text(tiny.TEXTS), strict=True):
        np.testing.assert_allclose(row, plain.embed_text(folder, text, 60), atol=1e-5)


def test_golden(encoder: ClapEncoder, folder: str) -> None:
    golden = load_file(TESTS / "data/encoders/clap.safetensors")
    kind = "fused" if encoder._model.config.audio_config.enable_fusion else "unfused"
    audio = encoder.embed_audio([Clip(tiny.noise(48000, 2.0), 48000)])
    np.testing.assert_allclose(audio, golden[f"{kind}.audio"], atol=1e-4)
    np.testing.assert_allclose(encoder.embed_text(tiny.TEXTS), golden[f"{kind}.text"], atol=1e-4)


def test_another_rate_is_refused_in_one_sentence(encoder: ClapEncoder) -> None:
    with pytest.raises(OptionError, match=r"takes clips at 48000 Hz, but <array> is at 16000 Hz"):
        encoder.embed_audio([Clip(np.zeros(16000, np.float32), 16000)])


def test_outputs_may_be_tensors_or_model_outputs() -> None:
    import torch

    features = torch.ones(1, 2)
    assert pooled(features) is features
    assert pooled(SimpleNamespace(pooler_output=features)) is features


def test_a_folder_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="cannot be loaded from the folder"):
        ClapEncoder(str(tmp_path))
    with pytest.raises(AssetError, match="cannot be loaded from the hub or its cache"):
        ClapEncoder("no-such/model")


def test_weights_that_do_not_fit_are_listed(folder: str, tmp_path: Path) -> None:
    import shutil

    from safetensors.torch import load_file as load
    from safetensors.torch import save_file

    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    weights = load(copy / "model.safetensors")
    weights["surplus.weight"] = weights.pop("text_projection.linear1.weight")
    save_file(weights, copy / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(AssetError, match=r"missing text_projection.linear1.weight; unknown surplus.weight"):
        ClapEncoder(str(copy))


def test_truncated_weights_are_one_sentence(folder: str, tmp_path: Path) -> None:
    import shutil

    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    whole = (copy / "model.safetensors").read_bytes()
    (copy / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(AssetError, match="cannot be loaded") as caught:
        ClapEncoder(str(copy))
    assert "\n" not in str(caught.value)


def test_an_unknown_device(folder: str) -> None:
    with pytest.raises(OptionError, match="cannot be used here"):
        ClapEncoder(folder, device="cuda:7")
