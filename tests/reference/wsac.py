"""WSAC the slow way: one caption at a time, everything computed anew for every token, all padding kept.

Kept for tests and benchmarks: what ``earwitness.training`` and ``earwitness.methods`` do faster.
"""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F


@torch.inference_mode()
def logprobs(model: Any, words: Any, vector: np.ndarray, tokens: list[int]) -> np.ndarray:
    """Log-probabilities of the token after ``tokens``: (vocab,) float64, with the whole sentence run again."""
    before = torch.tensor([tokens], dtype=torch.long)
    logits = model(torch.from_numpy(vector)[None], before)[0, -1].double()
    logits[list(words.banned)] = -torch.inf
    return torch.log_softmax(logits, 0).numpy()


def greedy(model: Any, words: Any, vector: np.ndarray, limit: int) -> list[int]:
    """The likeliest token again and again, without the end mark."""
    tokens: list[int] = []
    while len(tokens) < limit:
        token = int(logprobs(model, words, vector, tokens).argmax())
        if token == words.end:
            break
        tokens.append(token)
    return tokens


def exhaustive(
    model: Any, words: Any, vector: np.ndarray, limit: int, power: float
) -> tuple[tuple[int, ...], float]:
    """The best of all finished sentences of fewer than ``limit`` tokens, and its score."""
    others = [t for t in range(model.config.vocab) if t != words.end and t not in words.banned]
    best: tuple[tuple[int, ...], float] = ((), -np.inf)
    for length in range(limit):
        for tokens in product(others, repeat=length):
            total, whole = 0.0, [*tokens, words.end]
            for i, token in enumerate(whole):
                total += logprobs(model, words, vector, whole[:i])[token]
            if total / len(whole) ** power > best[1]:
                best = (tokens, total / len(whole) ** power)
    return best


def beam(
    model: Any, words: Any, vector: np.ndarray, beams: int, limit: int, power: float
) -> list[tuple[list[int], float]]:
    """Finished sentences of a beam search, best first: tokens and score."""
    live: list[tuple[list[int], float]] = [([], 0.0)]
    finished: list[tuple[list[int], float]] = []
    for step in range(limit):
        ways = [
            (t, w, p) for t, total in live for w, p in enumerate(total + logprobs(model, words, vector, t))
        ]
        ways = sorted((w for w in ways if w[2] > -np.inf), key=lambda w: -w[2])[: 2 * beams]
        ends = [(t, p / (len(t) + 1) ** power) for t, w, p in ways[:beams] if w == words.end]
        finished += ends
        live = [([*t, w], p) for t, w, p in ways if w != words.end][:beams]
        if step + 1 == limit and not finished:
            finished = [(t, p / (len(t) + 1) ** power) for t, p in live]
        if len(finished) >= beams:
            worst = sorted(s for _, s in finished)[-beams]
            if beams == 1 or max(p for _, p in live) / (len(live[0][0]) + 1) ** power <= worst:
                break
    return sorted(finished, key=lambda f: -f[1])[:beams]


def diverse(
    model: Any,
    words: Any,
    vector: np.ndarray,
    sizes: tuple[int, int],
    strength: float,
    limit: int,
    power: float,
) -> dict[tuple[int, ...], float]:
    """Finished sentences of a diverse beam search and their scores; ``sizes`` are groups and beams of each."""
    groups, beams = sizes
    live: list[list[tuple[list[int], float]]] = [[([], 0.0)] for _ in range(groups)]
    finished: list[list[tuple[list[int], float]]] = [[] for _ in range(groups)]
    for step in range(limit):
        chosen: list[int] = []
        for g in range(groups):
            ways = [
                (t, w, p)
                for t, total in live[g]
                for w, p in enumerate(total + logprobs(model, words, vector, t))
            ]
            ways = [w for w in ways if w[2] > -np.inf]
            ways = sorted(ways, key=lambda w: -(w[2] - strength * chosen.count(w[1])))[: 2 * beams]
            finished[g] += [(t, p / (len(t) + 1) ** power) for t, w, p in ways[:beams] if w == words.end]
            live[g] = [([*t, w], p) for t, w, p in ways if w != words.end][:beams]
            if step + 1 == limit and not finished[g]:
                finished[g] = [(t, p / (len(t) + 1) ** power) for t, p in live[g]]
            if len(finished[g]) >= beams and live[g]:
                worst = sorted(s for _, s in finished[g])[-beams]
                if beams == 1 or max(p for _, p in live[g]) / (len(live[g][0][0]) + 1) ** power <= worst:
                    live[g] = []
            chosen += [t[-1] for t, _ in live[g]]
    return {tuple(t): score for group in finished for t, score in group}


def project(memory: np.ndarray, sound: np.ndarray, temperature: float) -> np.ndarray:
    """WSAC's projection of one sound, in float64 and at once."""
    match = memory.astype(np.float64) @ sound.astype(np.float64) / temperature
    weight = np.exp(match - match.max())
    mixed = weight @ memory.astype(np.float64) / weight.sum()
    return np.asarray(mixed / np.linalg.norm(mixed))


def loss(model: Any, vectors: torch.Tensor, tokens: list[list[int]]) -> float:
    """Mean cross-entropy of a token, caption by caption and token by token, without any padding."""
    losses = []
    for vector, ids in zip(vectors, tokens, strict=True):
        for i, token in enumerate(ids):
            logits = model(vector[None], torch.tensor([ids[:i]], dtype=torch.long))[0, -1]
            losses.append(F.cross_entropy(logits, torch.tensor(token)).item())
    return float(np.mean(losses))


def train_step(
    model: Any, optimiser: Any, encoder: Any, texts: list[str], words: Any, longest: int, inject: Any
) -> float:
    """A step of the published trainer: the texts embedded anew, every caption padded to the longest there is."""
    vectors = torch.from_numpy(inject(encoder.embed_text(texts)))
    ids = words.encode(texts, longest)
    tokens = torch.tensor([i + [words.pad] * (longest - len(i)) for i in ids])
    logits = model(vectors, tokens[:, :-1])
    value = F.cross_entropy(logits.flatten(0, 1), tokens.flatten(), ignore_index=words.pad)
    optimiser.zero_grad()
    value.backward()
    optimiser.step()
    return value.item()
