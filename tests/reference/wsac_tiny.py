"""A tiny seeded decoder, captions to learn, and an encoder that knows them by heart."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from earwitness.training.decoder.corpus.vocabulary import Vocabulary, make_vocabulary
from earwitness.training.decoder.model import CaptionDecoder, DecoderConfig

CAPTIONS = [
    "a dog barks",
    "rain falls on a roof",
    "a man speaks while birds chirp",
    "an engine idles",
    "water flows in a stream and wind blows",
    "a crowd cheers",
    "thunder rolls in the distance",
    "a bell rings twice",
]


class Rote:
    """An encoder of random unit vectors, the same for the same text."""

    name, rate, window_seconds, dim = "rote", 16000, 10.0, 32

    def __init__(self) -> None:
        self.asked: list[str] = []

    def embed_text(self, texts: Any) -> np.ndarray:
        self.asked += list(texts)
        rows = [np.random.default_rng(list(t.encode())).normal(size=self.dim) for t in texts]
        return np.stack([r / np.linalg.norm(r) for r in rows]).astype(np.float32)

    def embed_audio(self, clips: Any) -> np.ndarray:
        return self.embed_text([c.source for c in clips])


def words(size: int = 120) -> Vocabulary:
    return make_vocabulary(f"learned:{size}", CAPTIONS)


def decoder(seed: int = 0, **sizes: Any) -> CaptionDecoder:
    """Weights large enough for sentences to differ and for logits to stand apart."""
    torch.manual_seed(seed)
    config = DecoderConfig(
        **{"dim": 6, "vocab": 12, "width": 16, "layers": 2, "heads": 2, "prefix": 2, **sizes}
    )
    model = CaptionDecoder(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.3)
    return model.eval()


def vectors(n: int, dim: int = 6, seed: int = 0) -> np.ndarray:
    x = np.random.default_rng(seed).normal(size=(n, dim))
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)
