"""Measure text-only training on this machine and write wsac.md beside this file.

    python benchmarks/wsac.py AUDIOCAPS_FOLDER --sounds ESC10_FOLDER --hits HITS_PROGRAM

AUDIOCAPS_FOLDER holds train.csv and test.csv; HITS_PROGRAM counts, of captions given as JSON lines, those
that name the sound. Two small decoders are trained, with noise and without; a run that was stopped goes on.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import platform
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from wsac_speed import decoding_table, memory_table, training_table

from earwitness.audio import find_sounds, stream_windows
from earwitness.captioning.listener import Listener
from earwitness.datasets import read_references
from earwitness.datasets.caption_list import read_captions
from earwitness.encoders.caption_embeddings import embed_captions
from earwitness.encoders.tags.encoder import TagEncoder
from earwitness.methods.wsac.decoder import OnnxDecoder
from earwitness.methods.wsac.memory import Memory
from earwitness.methods.wsac.remembering import build_memory
from earwitness.training.decoder.corpus.batches import batches
from earwitness.training.decoder.corpus.vocabulary import Vocabulary
from earwitness.training.decoder.export.onnx_graphs import export_decoder
from earwitness.training.decoder.recipes import SMALL, Recipe
from earwitness.training.decoder.reconstruction import reconstruction_cider, rewrite
from earwitness.training.decoder.run import Run, train_on_captions

BRIDGES = {
    "audio (AD)": lambda memory, x: x,
    "nearest (NND)": lambda memory, x: memory.nearest(x),
    "projection (PD)": lambda memory, x: memory.project(x, 0.01),
    "projection, matches standardised": lambda memory, x: memory.project(x, 0.5, True),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("audiocaps", type=Path)
    parser.add_argument("--sounds", type=Path, required=True)
    parser.add_argument("--hits", type=Path, required=True)
    parser.add_argument("--captions", type=int, default=12000, help="train captions learned from")
    parser.add_argument("--epochs", type=int, default=6)
    parser.add_argument("--noise", type=float, nargs="*", default=[0.0, 0.001])
    parser.add_argument("--work", type=Path, default=Path(".cache/wsac"))
    parser.add_argument("--million", type=int, default=1_000_000)
    args = parser.parse_args()
    logging.basicConfig(format="%(message)s")
    logging.getLogger("earwitness").setLevel(logging.INFO)
    torch.set_num_threads(1)
    encoder = TagEncoder()
    captions = spread(read_captions([args.audiocaps / "train.csv"]).captions, args.captions)
    rows = embed_captions(encoder, captions, args.work / "texts")
    memory = build_memory(rows, encoder)
    recipe = replace(
        SMALL, width=192, layers=3, max_tokens=22, train=replace(SMALL.train, epochs=args.epochs, warmup=100)
    )
    sounds = hear(args.sounds, encoder)
    tests = list(read_references(args.audiocaps / "test.csv").captions.values())
    quality, decoders = [], []
    for noise in args.noise:
        decoder, folder = trained(captions, replace(recipe, noise=noise), encoder, args.work, noise)
        decoders.append(folder)
        for bridge in BRIDGES:
            quality.append(measure(noise, bridge, decoder, memory, encoder, tests, sounds, args.hits))
            logging.getLogger("earwitness").info("%s", quality[-1])
    speed = [
        *training_table(recipe, captions[:2048], encoder),
        *decoding_table(decoders[-1], embed_captions(encoder, [c[0] for c in tests], args.work / "texts")),
        *memory_table(rows, args.million, args.work),
    ]
    page = [*heading(args, recipe, len(tests), len(sounds[0])), *quality, "", *speed]
    (Path(__file__).parent / "wsac.md").write_text("\n".join(page) + "\n", encoding="utf-8")


def spread(captions: tuple[str, ...], count: int) -> list[str]:
    """Captions evenly spread over the list."""
    return [captions[i] for i in np.linspace(0, len(captions) - 1, min(count, len(captions))).astype(int)]


def trained(
    captions: list[str], recipe: Recipe, encoder: TagEncoder, work: Path, noise: float
) -> tuple[OnnxDecoder, Path]:
    """A decoder trained with this noise, exported and read again."""
    run = work / f"noise-{noise}"
    model = train_on_captions(Run(captions, run, cache=work / "texts"), recipe, encoder)
    words = Vocabulary.load(run)
    export_decoder(model, words.tokenizer, encoder.name, run / "model", end=words.end, banned=words.banned)
    return OnnxDecoder(run / "model"), run


def hear(folder: Path, encoder: TagEncoder) -> tuple[list[str], np.ndarray]:
    """Paths of a folder's sounds and their embeddings; silence is passed over."""
    listener, paths, vectors = Listener(encoder, 0), [], []
    for sound in find_sounds([folder]):
        heard = listener.hear(stream_windows(sound.path, encoder.rate, encoder.window_seconds))
        if heard.vector is not None:
            paths.append(str(sound.path))
            vectors.append(heard.vector)
    return paths, np.stack(vectors)


def measure(
    noise: float,
    bridge: str,
    decoder: OnnxDecoder,
    memory: Memory,
    encoder: TagEncoder,
    tests: list[tuple[str, ...]],
    sounds: tuple[list[str], np.ndarray],
    hits: Path,
) -> str:
    """A row of the table of quality."""
    texts = encoder.embed_text([c[0] for c in tests])
    written = rewrite(decoder, bridged(bridge, memory, texts))
    itself = reconstruction_cider(written, [c[:1] for c in tests])["cider_d"]
    others = reconstruction_cider(written, [c[1:] for c in tests])["cider_d"]
    named = rewrite(decoder, bridged(bridge, memory, sounds[1]))
    lines = [json.dumps({"path": p, "text": t}) for p, t in zip(sounds[0], named, strict=True)]
    found = subprocess.run(
        [sys.executable, str(hits)], input="\n".join(lines), capture_output=True, text=True, check=True
    )
    share = found.stdout.strip().splitlines()[-1].removeprefix("total ")
    return f"| {noise or 'none'} | {bridge} | {itself:.3f} | {others:.3f} | {share} |"


def bridged(bridge: str, memory: Memory, vectors: np.ndarray) -> np.ndarray:
    """What the decoder is handed, in blocks of few queries."""
    rows = batches([1] * len(vectors), 64, None)
    return np.concatenate([BRIDGES[bridge](memory, vectors[r]) for r in rows])


def heading(args: argparse.Namespace, recipe: Recipe, tests: int, sounds: int) -> list[str]:
    return f"""# Text-only training, measured

Written by `benchmarks/wsac.py` on {platform.machine()}, {os.cpu_count()} cores, one thread,
torch {torch.__version__}.
Other work may have run beside it: compare the rows of one table with each other, not with another day's.

## Quality

Small decoders (width {recipe.width}, {recipe.layers} layers, {recipe.prefix} prefix vectors) trained in tag
space on {args.captions} captions of AudioCaps' training set for {args.epochs} epochs; the memory holds the
same captions. They show what each choice does, not what the method can: the shipped decoder is trained
longer, on all captions and on simulated sounds. All sentences are greedy.

*itself*: CIDEr-D (10 at most) of the first test caption of each of {tests} clips rewritten from its own
embedding, against that caption; *others*: against the clip's other four. *ESC-10*: clips of {sounds} whose
caption, from the sound, names the sound. *standardised*: matches count by how unusual they are among
unlabelled sounds, at temperature 0.5.

| variance of the noise | bridge | itself | others | ESC-10 hits |
|---|---|---|---|---|""".splitlines()


if __name__ == "__main__":
    main()
