"""ZerAuCap the slow way, from the formulas: one sound, no cache, every candidate read whole, all padding kept.

Kept for tests and benchmarks: what ``earwitness.methods.zeraucap.writer`` does faster.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch


@dataclass(frozen=True)
class Settings:
    """The paper's names and values."""

    k: int = 45
    beta: float = 0.5
    tau: float = 10.0
    alpha: float = 0.0
    gamma: float = 0.1
    max_tokens: int = 78
    text_tokens: int = 77
    legacy: bool = False


def embed(model: Any, tokenizer: Any, texts: list[str], most: int) -> torch.Tensor:
    """A ClapModel's embeddings of texts, all padded to ``most`` tokens: (n, dim), unit rows."""
    rows = tokenizer(texts, padding="max_length", truncation=True, max_length=most, return_tensors="pt")
    with torch.no_grad():
        out = model.get_text_features(input_ids=rows["input_ids"], attention_mask=rows["attention_mask"])
    vectors = getattr(out, "pooler_output", out)
    return vectors / vectors.norm(dim=1, keepdim=True)


def scores(
    p: torch.Tensor, cosine: torch.Tensor, like: torch.Tensor, breaks: list[bool], step: int, s: Settings
) -> torch.Tensor:
    """Of each candidate, likeliest first: (k,)."""
    f = torch.softmax(s.tau * cosine, dim=0)
    score = (1 - s.alpha) * p - s.alpha * like + s.beta * f
    if s.legacy:  # the rank in the sorted list is taken for a place in the unsorted one
        order = score.sort(descending=True, stable=True).indices.tolist()
        places = [rank for rank, i in enumerate(order) if breaks[i]]
    else:
        places = [i for i, ends in enumerate(breaks) if ends]
    for place in places:
        score[place] = score[place] * (s.gamma * step)
    return score


def write(
    model: Any,
    tokenizer: Any,
    embed: Callable[[list[str]], torch.Tensor],
    sound: torch.Tensor,
    prompt: list[int],
    s: Settings,
    steps: int | None = None,
    luck: Callable[[int, int], float] | None = None,
) -> list[int]:
    """The tokens that follow a prompt, up to ``steps`` of them.

    ``model`` is one of transformers', ``prompt`` its tokens with the special ones, ``sound`` a unit vector.
    With ``luck``, of a step and a token, they are drawn.
    """
    breaks = tokenizer.encode(". ! ?")
    written: list[int] = []
    while len(prompt) + len(written) < s.max_tokens and (steps is None or len(written) < steps):
        step = len(written)
        logits, before = _read(model, [prompt + written])
        p = torch.softmax(logits[0].double(), dim=0)
        candidates = logits[0].topk(s.k).indices.tolist()
        _, hidden = _read(model, [[*prompt, *written, c] for c in candidates])
        like = torch.cosine_similarity(hidden[:, -1:].double(), before.double(), dim=2).max(1).values
        texts = [tokenizer.decode([*written, c][-s.text_tokens :]) for c in candidates]
        cosine = embed(texts).double() @ sound.double()
        score = scores(p[candidates], cosine, like, [c in breaks for c in candidates], step, s)
        if luck is not None:
            score = score.log() + torch.tensor([luck(step, c) for c in candidates], dtype=torch.float64)
        written.append(candidates[int(score.argmax())])
        if written[-1] in breaks:
            break
    return written


def gumbel(prompt: list[int], which: int, step: int, token: int, temperature: float) -> float:
    """The luck of a token, in whole numbers of any size: SplitMix64 twice, then Gumbel's distribution."""

    def mixed(z: int) -> int:
        z = (z + 0x9E3779B97F4A7C15) % 2**64
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9 % 2**64
        z = (z ^ z >> 27) * 0x94D049BB133111EB % 2**64
        return z ^ z >> 31

    seed = zlib.crc32(b"".join(struct.pack("<q", n) for n in (which, *prompt)))
    uniform = ((mixed(mixed(token) ^ (seed << 32 | step)) >> 11) + 0.5) / 2**53
    return -temperature * math.log(-math.log(uniform))


def text(tokenizer: Any, prompt: list[int], written: list[int], sentence_prompt: str) -> str:
    """The caption: prompt and sentence up to the first end mark, single spaces, what follows the prompt."""
    end = tokenizer.eos_token_id
    ids = prompt + written
    ids = ids[1:] if ids[0] == end else ids
    ids = ids[: ids.index(end)] if end in ids else ids
    return " ".join(tokenizer.decode(ids).split()).split(sentence_prompt)[-1]


def _read(model: Any, rows: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    with torch.no_grad():
        out = model(input_ids=torch.tensor(rows), use_cache=False, output_hidden_states=True)
    return out.logits[:, -1], out.hidden_states[-1]
