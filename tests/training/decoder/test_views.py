"""A decoder of several vectors of one sound: learned, exported, and read as its config says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from earwitness.common.errors import OptionError
from earwitness.methods.wsac.decoder import OnnxDecoder
from earwitness.training.decoder.corpus.learned_tokenizer import learn_tokenizer
from earwitness.training.decoder.export.onnx_graphs import export_decoder
from earwitness.training.decoder.model import CaptionDecoder, DecoderConfig

NAMES = ("whole", "peak", "end")


@pytest.fixture(scope="module")
def model() -> CaptionDecoder:
    torch.manual_seed(0)
    sizes = {"dim": 12, "width": 16, "layers": 1, "heads": 2, "max_tokens": 8}
    return CaptionDecoder(DecoderConfig(prefix=2, views=3, vocab=300, **sizes)).eval()


@pytest.fixture(scope="module")
def exported(model: CaptionDecoder, tmp_path_factory: pytest.TempPathFactory) -> OnnxDecoder:
    folder: Path = tmp_path_factory.mktemp("views") / "decoder"
    tokenizer = learn_tokenizer(["a dog barks", "rain falls"], 300)
    export_decoder(model, tokenizer, "tags", folder, end=1, banned=(0, 2), half=False, views=NAMES)
    return OnnxDecoder(folder)


def test_every_view_counts(model: CaptionDecoder) -> None:
    torch.manual_seed(1)
    vectors, tokens = torch.randn(2, 3, 12), torch.randint(3, 300, (2, 4))
    with torch.inference_mode():
        before = model(vectors, tokens)
        assert before.shape == (2, 5, 300)
        for view in range(3):
            other = vectors.clone()
            other[:, view] = 0
            assert not torch.allclose(model(other, tokens), before)


def test_the_exported_one_says_what_it_reads_and_writes_the_same(
    model: CaptionDecoder, exported: OnnxDecoder
) -> None:
    assert exported.views == NAMES
    vectors = np.random.default_rng(0).normal(0, 0.3, (4, 3, 12)).astype(np.float32)
    logits, _ = exported.begin(vectors)
    with torch.inference_mode():
        expected = model(torch.from_numpy(vectors), torch.zeros(4, 0, dtype=torch.long))[:, 0].numpy()
    kept = [i for i in range(300) if i not in (0, 2)]
    np.testing.assert_allclose(logits[:, kept], expected[:, kept], atol=1e-4)


def test_a_lone_vector_is_a_sound_that_is_alike_throughout(exported: OnnxDecoder) -> None:
    vectors = np.random.default_rng(1).normal(0, 0.3, (2, 12)).astype(np.float32)
    lone, _ = exported.begin(vectors)
    repeated, _ = exported.begin(np.repeat(vectors[:, None], 3, 1))
    np.testing.assert_array_equal(lone, repeated)


def test_views_are_named_when_they_are_exported(model: CaptionDecoder, tmp_path: Path) -> None:
    tokenizer = learn_tokenizer(["a dog barks"], 300)
    with pytest.raises(OptionError, match="3 views"):
        export_decoder(model, tokenizer, "tags", tmp_path, end=1, banned=(0, 2))


def test_a_mapper_reads_one_embedding() -> None:
    with pytest.raises(OptionError, match="mapper"):
        DecoderConfig(dim=4, views=2, mapper=1)
