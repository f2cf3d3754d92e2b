"""ImageBind: its published names, its three clips, CLIP's tokens; equal to plain networks."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from earwitness.audio import Clip
from earwitness.common.errors import AssetError
from earwitness.encoders.pretrained.imagebind import ImageBindEncoder
from earwitness.encoders.registry import load_encoder

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
from tests.reference import encoders_contract as contract
from tests.reference import encoders_imagebind as plain
from tests.reference import encoders_tiny as tiny

TESTS = Path(__file__).resolve().parents[2]

MERGES = "r a|i n</w>|ra in</w>|d o|do g</w>|b a|ba r|k s</w>|bar ks</w>|b o|bo w</w>|ra i|t h|th e</w>|a n"
VOCABULARY = 512 + len(MERGES.split("|")) + 2
WIDTH = 128  # two heads of 64 in either trunk


def weights() -> dict[str, Any]:
    """A checkpoint's weights; embeddings small beside the positions, as after training."""
    return {name: tiny.weight(name, shape) for name, shape in plain.shapes(VOCABULARY, width=WIDTH).items()}


def make(folder: Path) -> Path:
    torch.set_num_threads(1)
    plain.write_merges(folder / "bpe_simple_vocab_16e6.txt.gz", MERGES.split("|"))
    torch.save(weights(), folder / "imagebind_huge.pth")
    return folder / "imagebind_huge.pth"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("imagebind"))


@pytest.fixture(scope="module")
def encoder(file: Path) -> Any:
    return load_encoder(f"imagebind:{file}")


def test_contract(encoder: ImageBindEncoder) -> None:
    assert (encoder.rate, encoder.window_seconds, encoder.dim) == (16000, 10.0, 24)
    contract.check_contract(encoder, tiny.noise)


def test_continuations(encoder: ImageBindEncoder) -> None:
    contract.check_continuations(encoder)


def test_equal_to_the_plain_way(encoder: ImageBindEncoder, file: Path) -> None:
    w = weights()
    with torch.no_grad():
        for seconds in (10.0, 10.05, 4.5, 2.0, 0.7):
            samples = tiny.noise(16000, seconds)
            expected = plain.embed_audio(w, samples, 2)
            np.testing.assert_allclose(encoder.embed_audio([Clip(samples, 16000)])[0], expected, atol=1e-5)
        for text, row in zip(tiny.TEXTS, encoder.embed_text(tiny.TEXTS), strict=True):
            ids = plain.tokens(file.parent / "bpe_simple_vocab_16e6.txt.gz", text)
            np.testing.assert_allclose(row, plain.embed_text(w, ids, 2), atol=1e-5)


@pytest.mark.parametrize(
    "text", ["Rainbow rain", "the dog's BARKS!!", "it's 12 o'clock", "", "a  b\tc", "??!d"]
)
def test_tokens_by_the_letter(encoder: ImageBindEncoder, file: Path, text: str) -> None:
    assert encoder._tokens([text])[0] == plain.tokens(file.parent / "bpe_simple_vocab_16e6.txt.gz", text)


def test_a_long_text_keeps_its_end_marker(encoder: ImageBindEncoder) -> None:
    ids = encoder._tokens(["the dog barks and " * 60])[0]
    assert len(ids) == 77 and ids[-1] == VOCABULARY - 1


def test_golden(encoder: ImageBindEncoder) -> None:
    from safetensors.numpy import load_file

    golden = load_file(TESTS / "data/encoders/imagebind.safetensors")
    audio = encoder.embed_audio([Clip(tiny.noise(16000, 5.0), 16000)])
    np.testing.assert_allclose(audio, golden["audio"], atol=1e-4)
    np.testing.assert_allclose(encoder.embed_text(tiny.TEXTS), golden["text"], atol=1e-4)


def test_loading_says_that_the_weights_are_not_for_commerce(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        ImageBindEncoder(str(file))
    assert "not for commercial use" in caplog.text


def test_other_tokenizers_by_option(encoder: Any, file: Path, tmp_path: Path) -> None:
    from transformers import CLIPTokenizer

    merges = [tuple(m.split()) for m in MERGES.split("|")]
    letters = sorted(__import__("tokenizers").pre_tokenizers.ByteLevel.alphabet())
    names = [
        *letters,
        *(f"{x}</w>" for x in letters),
        *map("".join, merges),
        "<|startoftext|>",
        "<|endoftext|>",
    ]
    CLIPTokenizer(vocab={n: i for i, n in enumerate(names)}, merges=merges).save_pretrained(tmp_path)
    by_folder = ImageBindEncoder(str(file), tokenizer=str(tmp_path))
    texts = ["Rainbow rain", "the dog's barks!!", "it's 12"]
    np.testing.assert_allclose(by_folder.embed_text(texts), encoder.embed_text(texts), atol=1e-6)


def test_a_table_of_merges_that_is_none(file: Path, tmp_path: Path) -> None:
    (tmp_path / "bpe.txt.gz").write_bytes(b"\x1f\x8bnot gzip at all")
    with pytest.raises(AssetError, match="is not CLIP's table of merges"):
        ImageBindEncoder(str(file), tokenizer=str(tmp_path / "bpe.txt.gz"))


def test_missing_weights_are_listed(file: Path) -> None:
    content = weights()
    del content["modality_trunks.text.blocks.1.mlp.fc2.bias"]
    torch.save(content, file.with_name("less.pth"))
    with pytest.raises(AssetError, match=r"missing modality_trunks\.text\.blocks\.1\.mlp\.fc2\.bias"):
        ImageBindEncoder(str(file.with_name("less.pth")))
