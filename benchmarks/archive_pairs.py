"""Two named sounds together, or one after the other: what the placing of a query that tells of both is chosen by."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import soundfile
from archive_queries import CHOOSING

RATE, LEVEL, SEED = 16000, 0.05, 21
TOGETHER, IN_TURN = (" and ", " while "), (" followed by ", ", then ")
STEPS = 1, 7  # from a query of ``CHOOSING`` to the one that is put beside it
LONGEST, LONGEST_IN_TURN = 10 * RATE, 5 * RATE


def pairs(named: Path, folder: Path) -> list[tuple[str, set[str]]]:
    """Write the sounds into a folder; each one's query, a sentence of two, and the one right answer."""
    folder.mkdir(parents=True, exist_ok=True)
    queries = []
    for name, text, samples in _mixed(named):
        path = folder / name
        soundfile.write(path, np.clip(samples, -1, 1), RATE)
        queries.append((text, {str(path.absolute())}))
    return queries


def _mixed(named: Path) -> Iterator[tuple[str, str, np.ndarray]]:
    rng = np.random.default_rng(SEED)
    labels = {row["file"]: row["label"] for row in json.loads((named / "labels.json").read_text("utf-8"))}
    kinds = [(q[1], [f for f, x in labels.items() if re.search(p, x)]) for p, q in CHOOSING.items()]
    for step in STEPS:
        for i, (said, files) in enumerate(kinds):
            other, others = kinds[(i + step) % len(kinds)]
            a, b = (_levelled(named / str(rng.choice(some))) for some in (files, others))
            joint = (*TOGETHER, *IN_TURN)[i % 4]
            if joint in TOGETHER:
                samples = np.zeros(max(len(a), len(b)), np.float32)
                samples[: len(a)] += a
                samples[: len(b)] += b
            else:
                samples = np.concatenate([a[:LONGEST_IN_TURN], b[:LONGEST_IN_TURN]])
            yield f"{step}_{i:02d}.wav", f"{said}{joint}{other}", samples


def _levelled(path: Path) -> np.ndarray:
    from earwitness.audio import read_clip

    samples = read_clip(path, RATE).samples[:LONGEST]
    return np.asarray(LEVEL * samples / max(float(np.sqrt((samples**2).mean())), 1e-6), np.float32)
