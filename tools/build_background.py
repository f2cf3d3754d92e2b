"""Fix the encoder's background and the memory of captions: what a score and a projection are measured against.

    python tools/build_background.py CAPTIONS_CSV

Writes background.safetensors (512 unlabelled sounds, quantiles of mismatched cosines) and memory.safetensors
(the captions' embeddings, sparse, with each one's usual match; no sentence) into src/earwitness/assets.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from build_decoder import captions
from safetensors.numpy import save_file
from sources import CACHE

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from earwitness.encoders.runtime import ASSETS
from earwitness.encoders.tags.encoder import DIM, TagEncoder
from earwitness.methods.wsac.memory import Memory
from earwitness.training.embedded.phrases import clean
from earwitness.training.embedded.sound_bank import SoundBank

SOUNDS, QUANTILES, KEPT = 512, 1001, 8


def main(path: str) -> None:
    bank = SoundBank.load(CACHE / "sounds.safetensors")
    sounds = np.zeros((SOUNDS, DIM), np.float32)
    sounds[:, : bank.vectors.shape[1]] = bank.sample(SOUNDS)
    texts = sorted({clean(c) for c in captions(path)})
    embeddings = TagEncoder().embed_text(texts)
    match = embeddings @ sounds.T
    quantiles = np.quantile(match, np.linspace(0, 1, QUANTILES)).astype(np.float32)
    save_file(
        {"sounds": sounds.astype(np.float16), "quantiles": quantiles}, ASSETS / "background.safetensors"
    )
    axes = np.sort(np.argsort(-embeddings, 1, kind="stable")[:, :KEPT], 1)
    values = np.take_along_axis(embeddings, axes, 1)
    lost = 1 - np.linalg.norm(values, axis=1)
    half = [a.astype(np.float16) for a in (values, match.mean(1), match.std(1))]
    Memory(half[0], axes.astype(np.uint16), DIM, half[1], half[2]).write(ASSETS / "memory.safetensors")
    print(
        f"{len(texts)} captions; length lost by keeping {KEPT} axes: median {np.median(lost):.4f}, most {lost.max():.3f}"
    )


if __name__ == "__main__":
    main(sys.argv[1])
