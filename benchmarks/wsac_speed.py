"""Speed of training, writing and memory beside the plain way, for wsac.md; equal outputs are checked."""

from __future__ import annotations

import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import torch

from earwitness.encoders.tags.encoder import TagEncoder
from earwitness.encoders.tags.minilm import remembered
from earwitness.methods.wsac.decoder import OnnxDecoder
from earwitness.methods.wsac.memory import Memory
from earwitness.methods.wsac.search import SearchOptions, search
from earwitness.training.decoder.checkpoints import load_trained
from earwitness.training.decoder.corpus.batches import batches, padded
from earwitness.training.decoder.corpus.noise import NoiseOptions, inject
from earwitness.training.decoder.corpus.vocabulary import Vocabulary, make_vocabulary
from earwitness.training.decoder.devices import Machine
from earwitness.training.decoder.loop import caption_loss
from earwitness.training.decoder.model import CaptionDecoder, DecoderConfig
from earwitness.training.decoder.recipes import Recipe
from earwitness.training.decoder.torch_decoder import TorchDecoder

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # tests.reference: the plain versions
from tests.reference import wsac as plain

BATCH = 64  # as published
RUNS = 3


def training_table(recipe: Recipe, captions: list[str], encoder: TagEncoder) -> list[str]:
    """Captions a second of one epoch, the plain way and ours, from the same weights."""
    words = make_vocabulary("learned:2000", captions)
    config = DecoderConfig(
        dim=encoder.dim, vocab=words.size, prefix=recipe.prefix, width=recipe.width, layers=recipe.layers,
        heads=recipe.heads, max_tokens=22, dropout=0.0,
    )  # fmt: skip
    rows, noise = encoder.embed_text(captions), NoiseOptions(0.001)
    embedding = _median(lambda: _embedding(captions))
    slow = _median(lambda: _plainly(config, words, captions, noise, _new_encoder(), 6))
    known = SimpleNamespace(embed_text=lambda texts: rows[: len(texts)])
    tower = _Tower(encoder.dim)
    published = _median(lambda: _plainly(config, words, captions, noise, tower, 3))
    padded_only = _median(lambda: _plainly(config, words, captions, noise, known, 16))
    table = [
        "## Training",
        "",
        f"Batches of {BATCH}, captions of 22 tokens at most. The plain way is that of the published scripts:",
        "texts are embedded anew for every batch and padded to the longest length. Embedding takes",
        f"{embedding * 1000:.1f} ms a caption, here only once for all epochs. The paper's text tower, a BERT of 110 million",
        f"weights, is measured with random ones. Medians of {RUNS} runs.",
        "",
        "| | captions/s | times plain | times the paper's tower |",
        "|---|---|---|---|",
        _line("plain, the paper's text tower: embedded in every epoch, padded", published, slow, published),
        _line("plain, MiniLM: embedded in every epoch, padded", slow, slow, published),
        _line("embedded once, padded", padded_only, slow, published),
    ]
    for precision in ("float32", "bfloat16"):
        speed = _median(partial(_bucketed, config, words, captions, rows, noise, precision))
        table.append(_line(f"ours: embedded once, lengths bucketed, {precision}", speed, slow, published))
    return [*table, "", _same_loss(config, words, captions, rows), ""]


def _line(what: str, speed: float, slow: float, published: float) -> str:
    return f"| {what} | {speed:.0f} | {speed / slow:.1f} | {speed / published:.1f} |"


class _Tower:
    """A text tower of the size of the paper's, random weights: what its arithmetic costs."""

    def __init__(self, dim: int) -> None:
        from transformers import BertConfig, BertModel

        self._model, self._dim = BertModel(BertConfig()).eval(), dim

    def embed_text(self, texts: list[str]) -> np.ndarray:
        ids = torch.zeros((len(texts), max(len(t.split()) for t in texts) + 2), dtype=torch.long)
        with torch.inference_mode():
            vectors = self._model(input_ids=ids).pooler_output[:, : self._dim].numpy()
        return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _fresh(config: DecoderConfig) -> tuple[CaptionDecoder, torch.optim.Optimizer]:
    torch.manual_seed(0)
    model = CaptionDecoder(config)
    return model, torch.optim.AdamW(model.parameters(), lr=1e-4)


def _median(measure: Callable[[], float]) -> float:
    return statistics.median(measure() for _ in range(RUNS))


def _new_encoder() -> TagEncoder:
    """An encoder that has read nothing yet."""
    remembered().clear()
    return TagEncoder()


def _embedding(captions: list[str]) -> float:
    """Seconds a caption."""
    encoder = _new_encoder()
    began = time.perf_counter()
    encoder.embed_text(captions)
    return (time.perf_counter() - began) / len(captions)


def _plainly(
    config: DecoderConfig,
    words: Vocabulary,
    captions: list[str],
    noise: NoiseOptions,
    encoder: Any,
    count: int,
) -> float:
    """Captions a second of ``count`` batches, padded, their texts embedded by ``encoder``."""
    model, optimiser = _fresh(config)
    began = time.perf_counter()
    for i in range(0, count * BATCH, BATCH):
        plain.train_step(
            model, optimiser, encoder, captions[i : i + BATCH], words, 22,
            lambda x: inject(x, noise, np.random.default_rng(0)),
        )  # fmt: skip
    return count * BATCH / (time.perf_counter() - began)


def _bucketed(
    config: DecoderConfig,
    words: Vocabulary,
    captions: list[str],
    rows: np.ndarray,
    noise: NoiseOptions,
    precision: Any,
) -> float:
    model, optimiser = _fresh(config)
    machine, rng = Machine("cpu", precision), np.random.default_rng(0)
    began = time.perf_counter()
    tokens = words.encode(captions, 22)
    chosen = batches([len(t) for t in tokens], BATCH, rng)
    for batch in chosen:
        vectors = torch.from_numpy(inject(rows[batch], noise, rng))
        with machine.computing():
            loss = caption_loss(model, vectors, padded([tokens[r] for r in batch]))
        optimiser.zero_grad()
        machine.backward(loss)
        optimiser.step()
    return len(captions) / (time.perf_counter() - began)


def _same_loss(config: DecoderConfig, words: Vocabulary, captions: list[str], rows: np.ndarray) -> str:
    model, _ = _fresh(config)
    tokens = words.encode(captions[:BATCH], 22)
    vectors = torch.from_numpy(rows[:BATCH])
    with torch.inference_mode():
        ours, theirs = caption_loss(model, vectors, padded(tokens)).item(), plain.loss(model, vectors, tokens)
    return f"The loss of one batch, ours and caption by caption without padding: {ours:.6f} and {theirs:.6f}."


def decoding_table(run: Path, vectors: np.ndarray, limit: int = 22) -> list[str]:
    """Captions a second of greedy writing, one at a time without a cache and in batches with one."""
    model, words = load_trained(run), Vocabulary.load(run)
    few = vectors[:48]
    began = time.perf_counter()
    slow = [plain.greedy(model, words, v, limit) for v in few]
    plainly = len(few) / (time.perf_counter() - began)
    table = [
        "## Writing",
        "",
        f"Greedy, at most {limit} tokens, a decoder trained above. The plain way writes one caption at a",
        "time and runs the whole sentence again for every token, as the published scripts do.",
        "",
        "| | captions/s | times | same sentences as plain |",
        "|---|---|---|---|",
        f"| plain: torch, one at a time, no cache | {plainly:.1f} | 1 | |",
    ]
    decoders: dict[str, Callable[[], Any]] = {
        "torch": lambda: TorchDecoder(model, words),
        "onnx": lambda: OnnxDecoder(run / "model"),
    }
    for name, make in decoders.items():
        for size in (1, 64):
            speed, same = _write(make(), vectors if size > 1 else few, size, limit, slow)
            table.append(
                f"| ours: {name}, batches of {size} | {speed:.0f} | {speed / plainly:.1f} | "
                f"{same} of {len(few)} |"
            )
    note = "onnx stores weights as float16, so where two words are equally likely it may take the other."
    return [*table, "", note, ""]


def _write(
    decoder: Any, vectors: np.ndarray, size: int, limit: int, slow: list[list[int]]
) -> tuple[float, int]:
    options = SearchOptions(max_tokens=limit)
    search(decoder, vectors[:size], options)
    began = time.perf_counter()
    found = [h for i in range(0, len(vectors), size) for h in search(decoder, vectors[i : i + size], options)]
    seconds = time.perf_counter() - began
    return len(vectors) / seconds, sum(list(h[0].tokens) == s for h, s in zip(found, slow, strict=False))


def memory_table(rows: np.ndarray, most: int, work: Path) -> list[str]:
    """Time and space of a projection by the size of the memory."""
    table = [
        "## Memory",
        "",
        "Projection of 16 sounds at once on captions in tag space, 16 of 523 axes kept each, as an export",
        "keeps them; sizes above the training captions' by repeating them with noise. *mapped*: on disk.",
        "",
        "| captions | on disk | ms a sound | mapped | most working memory | furthest from float64 at once |",
        "|---|---|---|---|---|---|",
    ]
    sounds = rows[:16]
    for size in (most // 100, most // 10, most):
        path = work / "memory.safetensors"
        _grown(rows, size).write(path)
        seconds = [_time(Memory.read(path, mapped=mapped), sounds) for mapped in (False, True)]
        memory = Memory.read(path)
        tracemalloc.start()
        found = memory.project(sounds, 0.01)
        peak = tracemalloc.get_traced_memory()[1] / 2**20
        tracemalloc.stop()
        table.append(
            f"| {size} | {path.stat().st_size / 2**20:.0f} MiB | {seconds[0] / 16 * 1000:.1f} | "
            f"{seconds[1] / 16 * 1000:.1f} | {peak:.0f} MiB | {_furthest(memory, sounds, found)} |"
        )
        path.unlink()
    return table


def _grown(rows: np.ndarray, size: int) -> Memory:
    rng, values, axes = np.random.default_rng(0), [], []
    for start in range(0, size, 8192):
        some = rows[np.arange(start, min(start + 8192, size)) % len(rows)]
        part = Memory.pack(some * rng.uniform(0.5, 1.5, some.shape).astype(np.float32), axes=16)
        values.append(part.values)
        axes.append(part.axes)
    return Memory(np.concatenate(values), np.concatenate(axes), rows.shape[1], encoder="tags")


def _time(memory: Memory, sounds: np.ndarray) -> float:
    memory.project(sounds[:1], 0.01)
    began = time.perf_counter()
    memory.project(sounds, 0.01)
    return time.perf_counter() - began


def _furthest(memory: Memory, sounds: np.ndarray, found: np.ndarray) -> str:
    """Against one softmax over all rows in float64; left out where that would not fit."""
    if len(memory) > 20_000:
        return ""
    dense = np.concatenate([block for _, block in memory.blocks()])
    plainly = np.stack([plain.project(dense, s, 0.01) for s in sounds])
    return f"{np.abs(plainly - found).max():.1e}"
