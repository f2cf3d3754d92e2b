"""Train the shipped decoder on captions alone and write src/earwitness/assets/decoder.

    python tools/build_decoder.py CAPTIONS_CSV HELD_OUT_CSV [--epochs 10] [--out .cache/decoder]

CAPTIONS_CSV is AudioCaps' train.csv, of which only the captions are read, with the slips of the pen in
data/corrections.tsv put right; data/class-captions is learned beside it. The run goes on where it was stopped.
Needs .cache/sounds.safetensors (tools/build_sounds.py).
"""

from __future__ import annotations

import argparse
import csv
import logging
import re
import sys
from pathlib import Path

import numpy as np
import torch
from sources import CACHE

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from earwitness.encoders.runtime import ASSETS
from earwitness.encoders.tags.encoder import DIM
from earwitness.training.decoder.corpus.learned_tokenizer import learn_tokenizer
from earwitness.training.decoder.export.onnx_graphs import export_decoder
from earwitness.training.decoder.loop import END, PAD, UNKNOWN, train
from earwitness.training.decoder.model import DecoderConfig
from earwitness.training.decoder.options import TrainOptions
from earwitness.training.embedded.simulation import TagSimulator
from earwitness.training.embedded.sound_bank import SoundBank
from earwitness.training.embedded.tag_corpus import CorpusOptions, TagCorpus

VOCABULARY = 3000
DATA = Path(__file__).resolve().parents[1] / "data"


def captions(path: str) -> list[str]:
    """The ``caption`` column of an AudioCaps table, its commonest slips put right."""
    with (DATA / "corrections.tsv").open(encoding="utf-8", newline="") as file:
        meant = {row["said"]: row["meant"] for row in csv.DictReader(file, delimiter="\t")}
    slip = re.compile(rf"\b(?:{'|'.join(map(re.escape, meant))})\b", re.I)
    with Path(path).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [slip.sub(lambda m: meant[m[0].lower()], row["caption"]) for row in rows]


def class_captions() -> list[tuple[str, str]]:
    """The project's own captions, with the class that each was written for."""
    with (DATA / "class-captions" / "captions.tsv").open(encoding="utf-8", newline="") as file:
        return [(row["class"], row["caption"]) for row in csv.DictReader(file, delimiter="\t")]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("captions")
    parser.add_argument("held_out")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--out", type=Path, default=CACHE / "decoder")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument(
        "--export-only", action="store_true", help="export the newest checkpoint, train no more"
    )
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(args.threads)
    simulator = TagSimulator(SoundBank.load(CACHE / "sounds.safetensors"))
    corpus = TagCorpus(captions(args.captions), simulator, named=class_captions())
    plain = CorpusOptions(min_word_count=1, parts_share=0, balance=0)
    held_out = TagCorpus(captions(args.held_out), simulator, plain).epoch(np.random.default_rng(0))
    # Every telling that can be drawn is in the vocabulary: the parts, and captions with and without gender.
    texts = corpus.epoch(np.random.default_rng(0)).texts + corpus.captions
    tokenizer = learn_tokenizer(texts, VOCABULARY)
    config = DecoderConfig(dim=DIM, vocab=tokenizer.get_vocab_size(), prefix=2)
    logging.info("%d captions, %d parts, vocabulary %d", len(corpus), len(corpus.parts), config.vocab)
    options = TrainOptions(epochs=args.epochs)
    if args.export_only:
        from earwitness.training.decoder.model import CaptionDecoder

        model = CaptionDecoder(config)
        model.load_state_dict(torch.load(args.out / "checkpoint.pt", weights_only=True)["model"])
    else:
        model = train(corpus, held_out, tokenizer, config, options, args.out)
    export_decoder(model, tokenizer, "tags", ASSETS / "decoder", end=END, banned=(PAD, UNKNOWN))


if __name__ == "__main__":
    main()
