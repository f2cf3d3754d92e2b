"""WSAC as its program does it, the plain way: GPT-2 of transformers, everything anew, one clip at a time.

Written from the facts: a linear layer makes one prefix vector, a GPT-2 without pretraining goes on from it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

CLS, SEP, PAD = 101, 102, 0


class Decoder(torch.nn.Module):
    """The published modules by their published names, so that a state dict is a published checkpoint."""

    def __init__(
        self,
        dim: int,
        *,
        width: int = 768,
        layers: int = 4,
        heads: int = 4,
        vocab: int = 50257,
        places: int = 1024,
    ) -> None:
        from transformers import GPT2Config, GPT2LMHeadModel

        super().__init__()
        config = GPT2Config(vocab_size=vocab, n_positions=places, n_embd=width, n_layer=layers, n_head=heads)
        self.decoder = GPT2LMHeadModel(config)
        self.clap_project = torch.nn.Module()
        self.clap_project.model = torch.nn.Sequential(torch.nn.Linear(dim, width))

    def forward(self, vectors: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """(b, dim), (b, s) -> logits (b, s + 1, vocab)."""
        prefix = self.clap_project.model(vectors)[:, None]
        return self.decoder(inputs_embeds=torch.cat([prefix, self.decoder.transformer.wte(tokens)], 1)).logits


def token_rows(tokenizer: Any, captions: Sequence[str], longest: int = 22) -> torch.Tensor:
    """[CLS] words [SEP], filled with zeros or cut to ``longest``, whatever is lost by that."""
    rows = torch.zeros(len(captions), longest, dtype=torch.long)
    for row, caption in zip(rows, captions, strict=True):
        ids = [CLS, *tokenizer.encode(caption, add_special_tokens=False).ids, SEP][:longest]
        row[: len(ids)] = torch.tensor(ids)
    return rows


class AdamW:
    """Every weight by itself, in double precision but for what is stored."""

    def __init__(self, weights: Sequence[torch.Tensor], rate: float, decay: float, eps: float = 1e-6) -> None:
        self.weights, self.rate, self.decay, self.eps, self.t = list(weights), rate, decay, eps, 0
        self.first = [torch.zeros_like(w) for w in self.weights]
        self.second = [torch.zeros_like(w) for w in self.weights]

    @torch.no_grad()
    def step(self, share: float) -> None:
        self.t += 1
        rate = self.rate * share
        size = rate * (1 - 0.999**self.t) ** 0.5 / (1 - 0.9**self.t)
        for w, m, v in zip(self.weights, self.first, self.second, strict=True):
            if w.grad is None:
                continue
            m.copy_(0.9 * m + 0.1 * w.grad)
            v.copy_(0.999 * v + 0.001 * w.grad**2)
            w.copy_(w - size * m / (v.sqrt() + self.eps))
            w.copy_(w - rate * self.decay * w)


def train(
    model: Decoder,
    rows: torch.Tensor,
    vectors: np.ndarray,
    *,
    epochs: int,
    batch: int = 64,
    rate: float = 1e-5,
    warmup: int = 100,
    decay: float = 0.02,
    perturb: Callable[[np.ndarray], np.ndarray] = lambda x: x,
) -> list[float]:
    """The losses of every step; the last captions that fill no batch are left out, the order is as given."""
    steps_each = len(rows) // batch
    steps, optimiser = epochs * steps_each, AdamW(list(model.parameters()), rate, decay)
    losses: list[float] = []
    model.train()
    for _ in range(epochs):
        for i in range(steps_each):
            at = slice(i * batch, (i + 1) * batch)
            heard = torch.from_numpy(perturb(vectors[at])).float()
            logits = model(heard, rows[at])[:, :-1]
            loss = torch.nn.functional.cross_entropy(
                logits.reshape(-1, logits.shape[-1]), rows[at].flatten(), ignore_index=PAD
            )
            model.zero_grad()
            loss.backward()
            t = len(losses)
            optimiser.step(t / warmup if t < warmup else max(0.0, (steps - t) / max(1, steps - warmup)))
            losses.append(loss.item())
    return losses


@torch.no_grad()
def write(model: Decoder, vector: np.ndarray, most: int = 30) -> list[int]:
    """Greedily up to ``most`` tokens, [SEP] included where it comes."""
    model.eval()
    tokens: list[int] = []
    while len(tokens) < most:
        before = torch.tensor([tokens], dtype=torch.long)
        tokens.append(int(model(torch.from_numpy(vector)[None], before)[0, -1].argmax()))
        if tokens[-1] == SEP:
            break
    return tokens


def text(tokenizer: Any, tokens: list[int], *, tidy: bool = False) -> str:
    """What is printed: all but the first and the last token; "None" where there is only one."""
    if len(tokens) < 2:
        return "None"
    words = str(tokenizer.decode(tokens[1:-1], skip_special_tokens=False))
    return tidied(words) if tidy else words


def tidied(words: str) -> str:
    """What the tokenizers of the time did to every text that they decoded."""
    for mark in (".", "?", "!", ","):
        words = words.replace(" " + mark, mark)
    words = words.replace(" ' ", "'")
    for end in ("n't", "'m", "'s", "'ve", "'re"):
        words = words.replace(" " + end, end)
    return words


def bridged(memory: np.ndarray, sound: np.ndarray, way: str) -> np.ndarray:
    """The prefix's embedding by AD, NND or PD, of a memory whose last partial thousand is left out."""
    memory = memory[: len(memory) // 1000 * 1000].astype(np.float64)
    match = memory @ sound.astype(np.float64)
    if way == "audio":
        return sound
    if way == "nearest":
        return memory[match.argmax()].astype(np.float32)
    weight = np.exp(100 * (match - match.max()))
    mixed = weight @ memory / weight.sum()
    return (mixed / np.linalg.norm(mixed)).astype(np.float32)
