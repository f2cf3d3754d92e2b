"""Where a query lies in tag space: assets/queries.safetensors, from what is said of each class.

    python tools/build_queries.py CAPTIONS_CSV

A class is the mean of MiniLM's embeddings of its five captions (data/class-captions), in eight bits with a scale
a class. The quantiles are those of the match of captions, placed like queries, with the background's sounds; of
every eighth caption, which tell as much as all.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

import numpy as np
from build_decoder import captions
from safetensors.numpy import save_file

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "src"))

from earwitness.encoders.runtime import ASSETS
from earwitness.encoders.tags.encoder import TagEncoder, class_names
from earwitness.encoders.tags.minilm import sentence_embeddings
from earwitness.training.embedded.phrases import clean

QUANTILES = 1001
FULL = 127
EVERY = 8


def class_means() -> np.ndarray:
    """The mean embedding of each class's captions: (classes, 384)."""
    told: dict[str, list[str]] = {name: [] for name in class_names()}
    table = HERE.parent / "data" / "class-captions" / "captions.tsv"
    with table.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            told[row["class"]].append(row["caption"])
    return np.stack([sentence_embeddings(texts).mean(0) for texts in told.values()])


def main(path: str) -> None:
    means = class_means()
    scales = (np.abs(means).max(1) / FULL).astype(np.float32)
    tensors = {"classes": np.rint(means / scales[:, None]).astype(np.int8), "scales": scales}
    # the encoder reads the file for the quantiles that are to stand in it
    save_file({**tensors, "quantiles": np.zeros(1, np.float32)}, ASSETS / "queries.safetensors")
    encoder = TagEncoder()
    texts = sorted({clean(c) for c in captions(path)})[::EVERY]
    match = encoder.embed_query(texts) @ encoder.background().sounds.T
    quantiles = np.quantile(match, np.linspace(0, 1, QUANTILES)).astype(np.float32)
    save_file({**tensors, "quantiles": quantiles}, ASSETS / "queries.safetensors")
    print(f"{len(means)} classes, {len(texts)} captions")


if __name__ == "__main__":
    main(sys.argv[1])
