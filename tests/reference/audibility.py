"""Audibility guidance the plain way: one clip, one beam, everything anew in every iteration.

From the formulas (arXiv 2309.03884 and ZeroCap): the only cache is the one that is moved.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

Embed = Callable[[list[str]], np.ndarray]


@dataclass
class Hypothesis:
    tokens: list[int] = field(default_factory=list)
    total: float = 0.0
    stopped: bool = False
    losses: list[list[dict[str, float]]] = field(default_factory=list)

    @property
    def mean(self) -> float:
        return self.total / max(1, len(self.tokens))


class Plain:
    """A language model, its tokenizer, the prompt's tokens, and two functions of texts."""

    def __init__(
        self, model: Any, tokenizer: Any, prompt: list[int], embed: Embed, audible: Embed, options: Any
    ) -> None:
        self.model, self.tokenizer, self.prompt, self.options = model, tokenizer, prompt, options
        self.embed, self.audible = embed, audible
        words = tokenizer.get_vocab()
        marks = {"(", ",", ")", "!", ":", "Ċ"}
        self.end = words["."]
        self.forbidden = [i for w, i in words.items() if re.fullmatch(r"[0-9]+", w) or w in marks]

    def text(self, tokens: Sequence[int]) -> str:
        return self.tokenizer.decode(tokens, skip_special_tokens=True, clean_up_tokenization_spaces=False)

    def caption(self, vector: np.ndarray) -> list[Hypothesis]:
        """Beams of one clip, the best match first."""
        o, beams = self.options, [Hypothesis()]
        for step in range(o.tokens):
            if all(b.stopped for b in beams):
                break
            beams = self.extend(beams, step, vector)
        beams.sort(key=lambda b: -float(self.embed([self.text(b.tokens).strip()])[0] @ vector))
        return beams

    def extend(self, beams: list[Hypothesis], step: int, vector: np.ndarray) -> list[Hypothesis]:
        o = self.options
        guided = [None if b.stopped else self.next(b.tokens, step, vector) for b in beams]
        total = sum(1.0 if g is None else g[0].sum().item() for g in guided)
        ways: list[Hypothesis] = []
        for beam, found in zip(beams, guided, strict=True):
            if found is None:
                ways.append(beam)
                continue
            p, losses = found
            logp = (p / (total if o.legacy_beam_sum else p.sum())).log()
            for t in logp.argsort(descending=True)[: o.beams].tolist():
                total_logp = beam.total + logp[t].item()
                ways.append(Hypothesis([*beam.tokens, t], total_logp, t == self.end, [*beam.losses, losses]))
        return sorted(ways, key=lambda b: -b.mean)[: o.beams]

    def next(
        self, tokens: list[int], step: int, vector: np.ndarray
    ) -> tuple[torch.Tensor, list[dict[str, float]]]:
        """The fused prediction, not normalised, in double precision, and the losses of each iteration."""
        o, context = self.options, [*self.prompt, *tokens]
        with torch.no_grad():
            past = self.model(input_ids=torch.tensor([context[:-1]]), use_cache=True).past_key_values
            p0 = self.model(input_ids=torch.tensor([context]), use_cache=False).logits[0, -1].softmax(0)
        cache = [t for layer in past.layers for t in (layer.keys, layer.values)]
        deltas, told = [torch.zeros_like(t) for t in cache], []
        for _ in range(o.iterations):
            deltas = [d.detach().requires_grad_() for d in deltas]
            p = self.read(context[-1], cache, deltas).softmax(0)
            ids = p.detach().topk(min(o.candidates, len(p))).indices
            texts = [self.text(context) + self.text([t]) for t in ids.tolist()]
            losses = self.losses(p, p0, ids, texts, vector)
            sum(losses.values()).backward()
            told.append({name: value.item() for name, value in losses.items()})
            deltas = [
                d - o.step_size * d.grad / (d.grad.norm() + 1e-15) ** o.grad_norm_factor for d in deltas
            ]
        with torch.no_grad():
            logits = self.special(self.read(context[-1], cache, deltas), step, context)
        return logits.double().softmax(0) ** o.fusion * p0.double() ** (1 - o.fusion), told

    def read(self, token: int, cache: list[torch.Tensor], deltas: list[torch.Tensor]) -> torch.Tensor:
        from transformers import DynamicCache

        moved = DynamicCache()
        for i in range(0, len(cache), 2):
            moved.update(cache[i] + deltas[i], cache[i + 1] + deltas[i + 1], i // 2)
        return self.model(input_ids=torch.tensor([[token]]), past_key_values=moved, use_cache=True).logits[
            0, -1
        ]

    def losses(
        self, p: torch.Tensor, p0: torch.Tensor, ids: torch.Tensor, texts: list[str], vector: np.ndarray
    ) -> dict[str, torch.Tensor]:
        o = self.options
        cosines = torch.tensor((self.embed(texts) @ vector).tolist())
        h = torch.tensor(np.asarray(self.audible(texts)).tolist()) if o.lambda2 else torch.zeros(len(texts))
        fluency = o.lambda0 * (p * (p.log() - p0.log())).sum()
        if o.objective == "target":
            q = ((cosines + o.lambda2 * h).double() / o.temperature).softmax(0).float()
            return {"match": o.lambda1 * -(q * p[ids].log()).sum(), "fluency": fluency}
        share = p[ids] / p[ids].sum()
        return {
            "match": o.lambda1 * (share * -cosines).sum(),
            "audibility": o.lambda2 * (share * -h.clamp_min(1e-6).log()).sum(),
            "fluency": fluency,
        }

    def special(self, logits: torch.Tensor, step: int, context: list[int]) -> torch.Tensor:
        o, logits = self.options, logits.clone()

        def scale(token: int, factor: float) -> None:
            logits[token] *= 1 / factor if logits[token] > 0 else factor

        for token in set(context[-4:]):
            scale(token, o.repetition_penalty)
        scale(self.end, o.first_end_factor if step == 0 else 1 / o.end_factor)
        for token in self.forbidden:
            scale(token, o.forbidden_factor)
        return logits


def target(cosines: list[float], audible: list[float], weight: float, temperature: float) -> list[float]:
    """The fixed distribution, one exponential after the other."""
    raised = [math.exp((c + weight * a) / temperature) for c, a in zip(cosines, audible, strict=True)]
    return [r / sum(raised) for r in raised]
