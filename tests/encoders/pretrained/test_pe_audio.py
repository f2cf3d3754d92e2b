"""Perception Encoder Audio: by the contract, equal to transformers' forward pass, from either checkpoint."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from earwitness.audio import Clip
from earwitness.common.errors import AssetError
from earwitness.encoders.pretrained.pe_audio import PeAudioEncoder
from earwitness.encoders.registry import load_encoder

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
from tests.reference import encoders_contract as contract
from tests.reference import encoders_pe_audio as plain
from tests.reference import encoders_tiny as tiny

TESTS = Path(__file__).resolve().parents[2]

CODEC = {
    "encoder_hidden_size": 2,
    "downsampling_ratios": [2, 8, 10, 12],
    "codebook_dim": 8,
    "hidden_size": 16,
}
SMALL = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 2}
TEXT = {
    "vocab_size": 150,
    "max_position_embeddings": 60,
    "pad_token_id": 0,
    "cls_token_id": 2,
    "sep_token_id": 3,
}
TEXT |= {**SMALL, "hidden_size": 24, "bos_token_id": 2, "eos_token_id": 3}


def make(folder: Path) -> str:
    from transformers import PeAudioConfig, PeAudioFeatureExtractor, PeAudioModel

    torch.set_num_threads(1)
    config = PeAudioConfig(text_config=TEXT, audio_config={**SMALL, "head_dim": 16, "dac_config": CODEC})
    tiny.fill(PeAudioModel(config)).save_pretrained(folder)
    PeAudioFeatureExtractor().save_pretrained(folder)
    tiny.bert_tokenizer(folder)
    return str(folder)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> str:
    return make(tmp_path_factory.mktemp("pe"))


@pytest.fixture(scope="module")
def encoder(folder: str) -> Any:
    return load_encoder(f"pe-audio:{folder}")


def test_contract(encoder: PeAudioEncoder) -> None:
    assert (encoder.rate, encoder.window_seconds, encoder.dim) == (48000, 10.0, 24)
    contract.check_contract(encoder, tiny.noise)


def test_equal_to_the_plain_way(encoder: PeAudioEncoder, folder: str) -> None:
    for seconds, text in zip((10.0, 3.71, 0.3), tiny.TEXTS, strict=False):
        samples = tiny.noise(48000, seconds)
        audio, words = plain.embed(folder, samples, text, 40)
        np.testing.assert_allclose(encoder.embed_audio([Clip(samples, 48000)])[0], audio, atol=1e-5)
        np.testing.assert_allclose(encoder.embed_text([text])[0], words, atol=1e-5)


def test_golden(encoder: PeAudioEncoder) -> None:
    from safetensors.numpy import load_file

    golden = load_file(TESTS / "data/encoders/pe_audio.safetensors")
    audio = encoder.embed_audio([Clip(tiny.noise(48000, 2.0), 48000)])
    np.testing.assert_allclose(audio, golden["audio"], atol=1e-4)
    np.testing.assert_allclose(encoder.embed_text(tiny.TEXTS), golden["text"], atol=1e-4)


def audio_visual(folder: str, copy: Path, without: str = "") -> str:
    """The same towers as an audio-visual checkpoint names them, among weights for pictures."""
    from safetensors.torch import load_file, save_file
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(folder)
    parts = {"audio_config": config.audio_config.to_dict()}
    joint = {"model_type": "pe_audio_video", "text_config": config.text_config.to_dict()}
    joint["audio_video_config"] = {"model_type": "pe_audio_video_encoder", **parts}
    for name in ("tokenizer.json", "tokenizer_config.json", "preprocessor_config.json"):
        (copy / name).write_bytes(Path(folder, name).read_bytes())
    (copy / "config.json").write_text(json.dumps(joint, default=str))
    weights = load_file(Path(folder, "model.safetensors"))
    renamed = {k if k.startswith("text_model.") else f"audio_model.{k}": v for k, v in weights.items()}
    renamed |= {"video_model.x": torch.zeros(2), "audio_plus_text_head.proj.weight": torch.zeros(2)}
    kept = {k: v for k, v in renamed.items() if k != without}
    save_file(kept, copy / "model.safetensors", metadata={"format": "pt"})
    return str(copy)


def test_an_audio_visual_checkpoint_hears_the_same(encoder: Any, folder: str, tmp_path: Path) -> None:
    joint = PeAudioEncoder(audio_visual(folder, tmp_path))
    clip = Clip(tiny.noise(48000, 1.0), 48000)
    np.testing.assert_allclose(joint.embed_audio([clip]), encoder.embed_audio([clip]), atol=1e-6)
    np.testing.assert_allclose(joint.embed_text(tiny.TEXTS), encoder.embed_text(tiny.TEXTS), atol=1e-6)


def test_a_missing_weight_is_named(folder: str, tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"missing audio_head\.proj\.weight"):
        PeAudioEncoder(audio_visual(folder, tmp_path, without="audio_model.audio_head.proj.weight"))


def test_a_model_of_another_type(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert"}')
    with pytest.raises(AssetError, match="holds a model of type bert"):
        PeAudioEncoder(str(tmp_path))
