"""Time a step on the cache in factors against one by copies, and write cache_moves.md beside this file.

    python benchmarks/cache_moves.py [--threads N] [--lm gemma3]

What audibility guidance does before every token: the loss's gradient is taken through the cache, the cache is
moved, and the last token read again. Each way and number of rows has a process of its own, for its memory;
both step down the same loss, and their logits are compared.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch

from earwitness.language import LanguageModel, load_language_model
from earwitness.language.moves import CopiedMoves, moves_of
from earwitness.methods.audibility.options import BEST
from earwitness.methods.audibility.prompts import Prompts
from earwitness.methods.prompting.asking import Beginning

HERE = Path(__file__).resolve().parent
ROWS = (1, 6, 18, 72)
OWN = 12  # tokens that each row has read after the examples
TIMES = 5
STEPS = 3  # as published
WAYS = ("factors", "copies")


def state_of(model: LanguageModel, rows: int) -> Any:
    """So many texts after the examples of audibility-best, each of other tokens."""
    common = Prompts(model, BEST).common(Beginning())
    rng = np.random.default_rng(0)
    own = rng.integers(100, model.vocabulary, (rows, OWN)).tolist()
    return model.prompt_tokens([[*common, *some] for some in own], [common])


def stepped(model: LanguageModel, way: str, state: Any, weights: torch.Tensor) -> torch.Tensor:
    """The logits after the steps."""
    moves = moves_of(model, state) if way == "factors" else CopiedMoves(model, state.flat())
    for _ in range(STEPS):
        loss = (moves.logits().log_softmax(1) * weights).sum()
        moves.step(loss, BEST.step_size, BEST.grad_norm_factor)
    return moves.logits(gradient=False)


def one(name: str, way: str, rows: int, out: Path) -> dict[str, float]:
    """Seconds of processor time and the most memory that a way takes beyond the model and what was read."""
    model = load_language_model(name)
    state = state_of(model, rows)
    weights = torch.randn(state.logits.shape, generator=torch.Generator().manual_seed(0)) / 1000
    before, seconds = peak(), []
    logits = stepped(model, way, state, weights)
    memory = peak() - before
    for _ in range(TIMES):
        start = time.process_time()
        stepped(model, way, state, weights)
        seconds.append(time.process_time() - start)
    np.save(out, logits.numpy())
    moved = float((logits - state.logits).abs().max())
    return {"seconds": statistics.median(seconds), "memory": memory, "read": state.length, "moved": moved}


def peak() -> float:
    """GB held at most so far."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def measured(name: str, threads: int) -> list[dict[str, Any]]:
    """A row a number of rows, with both ways."""
    found = []
    for rows in ROWS:
        line: dict[str, Any] = {"rows": rows}
        with tempfile.TemporaryDirectory() as folder:
            logits = []
            for way in WAYS:
                path = Path(folder) / f"{way}.npy"
                asked = [sys.executable, __file__, "--lm", name, "--threads", str(threads)]
                said = subprocess.run(
                    [*asked, "--one", way, "--rows", str(rows), "--out", str(path)],
                    capture_output=True,
                    text=True,
                    check=True,
                ).stdout
                line[way] = json.loads(said.splitlines()[-1])
                logits.append(np.load(path))
            line["error"] = float(np.abs(logits[0] - logits[1]).max())
        found.append(line)
        print(line, flush=True)
    return found


def page(name: str, threads: int, lines: list[dict[str, Any]]) -> str:
    """The page."""
    read = int(lines[0]["factors"]["read"])
    out = [
        "# A step on the cache, in factors and by copies",
        "",
        f"Written by `benchmarks/cache_moves.py`: {name}, float32, torch {torch.__version__}, {threads}"
        f" thread(s), {platform.machine()} CPU. Seconds are of processor time; compare within a line.",
        "",
        f"What audibility guidance does before a token, with {STEPS} steps: the gradient of a loss on the next",
        f"token is taken through the cache of {read} tokens, all but {OWN} of them shared by all rows (the",
        "examples of `audibility-best`), the cache is moved, and the last token read again. *Copies* gives each",
        "row a cache of its own and adds a tensor to it, as the published program does; *factors* keeps what the",
        "steps add up to as a few numbers a place (`src/earwitness/language/moves.py`). *Error* is the largest",
        "difference of a logit after the last step, beside the most that a logit was moved by; *memory* is what",
        "a way takes at most, beyond the model.",
        "",
        "| rows | copies s | factors s | times | copies GB | factors GB | error | moved |",
        "|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for line in lines:
        copies, factors = line["copies"], line["factors"]
        out.append(
            f"| {line['rows']} | {copies['seconds']:.2f} | {factors['seconds']:.2f} |"
            f" **{copies['seconds'] / factors['seconds']:.1f}** | {copies['memory']:.2f} |"
            f" {factors['memory']:.2f} | {line['error']:.0e} | {factors['moved']:.1f} |"
        )
    return "\n".join(out) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--lm", default="gemma3")
    parser.add_argument("--one", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--rows", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    if asked.one:
        print(json.dumps(one(asked.lm, asked.one, asked.rows, asked.out)))
        return
    lines = measured(asked.lm, asked.threads)
    (HERE / "cache_moves.md").write_text(page(asked.lm, asked.threads, lines), encoding="utf-8")


if __name__ == "__main__":
    main()
