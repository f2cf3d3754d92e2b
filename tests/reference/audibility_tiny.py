"""Tiny parts for audibility guidance: language models, towers, and two classifiers of texts."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from earwitness.encoders.text_cache import TextCache
from tests.reference import encoders_tiny as tiny

SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 400}
MODELS: dict[str, dict[str, Any]] = {
    "GPT2": {"n_embd": 32, "n_layer": 2, "n_head": 4, "vocab_size": 400, "n_positions": 64},
    "Llama": {**SMALL, "num_key_value_heads": 2, "intermediate_size": 48},
}


def language_model(kind: str, folder: Path, **sizes: Any) -> Any:
    """A causal model of random weights, saved and loaded as any other."""
    import transformers

    from earwitness.language import load_language_model

    config = getattr(transformers, f"{kind}Config")(**{**MODELS[kind], **sizes})
    tiny.fill(transformers.AutoModelForCausalLM.from_config(config)).save_pretrained(folder)
    tiny.bpe_tokenizer(folder)
    return load_language_model(str(folder))


def encoder(kind: str, folder: Path) -> Any:
    """CLAP, whose text tower reads both ways, or ImageBind, whose tower shares beginnings."""
    from earwitness.encoders.registry import load_encoder

    test = import_module(f"tests.encoders.pretrained.test_{kind}")
    source = test.make(folder, False) if kind == "clap" else test.make(folder)
    return load_encoder(f"{kind}:{source}")


class HashClassifier:
    """A probability that is drawn by the text alone; ``asked`` has the texts that it had to think about."""

    name = "hash"

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._cache = TextCache()

    def audibility(self, texts: Sequence[str]) -> np.ndarray:
        return self._cache.embed(texts, self._think)[:, 0]

    def _think(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        return np.array([[zlib.crc32(t.encode()) % 1000 / 1000] for t in texts], np.float32)


class BertClassifier:
    """A random transformers sequence classifier; label 0 is audible."""

    name = "bert"

    def __init__(self, folder: Path) -> None:
        from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

        sizes = {**SMALL, "intermediate_size": 48, "max_position_embeddings": 64}
        self._model = tiny.fill(BertForSequenceClassification(BertConfig(**sizes)))
        self._tokenizer = AutoTokenizer.from_pretrained(tiny.bert_tokenizer(folder))

    def audibility(self, texts: Sequence[str]) -> np.ndarray:
        import torch

        batch = self._tokenizer(list(texts), padding=True, truncation=True, return_tensors="pt")
        with torch.inference_mode():
            logits = self._model(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"]).logits
        return np.asarray(logits.double().softmax(1)[:, 0].numpy())


def sounds(count: int, dim: int, seed: int = 0) -> np.ndarray:
    """Unit vectors (count, dim)."""
    rows = np.random.default_rng(seed).normal(size=(count, dim))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
