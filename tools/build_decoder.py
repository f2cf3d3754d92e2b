"""Train the shipped decoder on captions alone and write src/earwitness/assets/decoder.

    python tools/build_decoder.py CAPTIONS_CSV HELD_OUT_CSV [--out .cache/decoder]
    python tools/build_decoder.py CAPTIONS_CSV HELD_OUT_CSV --views-from src/earwitness/assets/decoder

The first run learns to write from one vector of a sound: the shipped decoder. The second goes on from there
with several (encoders/tags/views.py) and exports into .cache/decoder-views: what it was taught in a quarter of
an hour was not better than drafts from several vectors by the shipped one (benchmarks/captions.md). CAPTIONS_CSV is
AudioCaps' train.csv, of which only the captions are read, with the slips of the pen in data/corrections.tsv
put right; data/class-captions is learned beside it. A run goes on where it was stopped. Needs
.cache/sounds.safetensors (tools/build_sounds.py).
"""

from __future__ import annotations

import argparse
import csv
import logging
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sources import CACHE
from tokenizers import Tokenizer
from warm import exported_weights, with_views

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from earwitness.encoders.runtime import ASSETS
from earwitness.encoders.tags.encoder import DIM
from earwitness.encoders.tags.views import VIEWS
from earwitness.training.decoder.corpus.learned_tokenizer import learn_tokenizer
from earwitness.training.decoder.corpus.vocabulary import Vocabulary
from earwitness.training.decoder.export.onnx_graphs import export_decoder
from earwitness.training.decoder.loop import END, PAD, UNKNOWN, train
from earwitness.training.decoder.model import DecoderConfig
from earwitness.training.decoder.options import TrainOptions
from earwitness.training.embedded.simulation import SmearOptions, TagSimulator
from earwitness.training.embedded.sound_bank import SoundBank
from earwitness.training.embedded.tag_corpus import CorpusOptions, TagCorpus

VOCABULARY, PREFIX = 3000, 2
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


# Fewer single parts, and surer sounds than with one vector: a peak shows what a mean hides.
VIEWS_CORPUS = CorpusOptions(parts_share=0.2, balance=0.7, views=True)
VIEWS_NOISE = SmearOptions(mean=0.3, ambience_most=0.15)
ONE, SEVERAL = TrainOptions(epochs=10), TrainOptions(epochs=1, rate=6e-4, warmup=40)


def corpora(args: argparse.Namespace, options: CorpusOptions, noise: SmearOptions) -> tuple[TagCorpus, Any]:
    """What is learned, and what is held out."""
    simulator = TagSimulator(SoundBank.load(CACHE / "sounds.safetensors"), noise)
    corpus = TagCorpus(captions(args.captions), simulator, options, named=class_captions())
    plain = replace(options, min_word_count=1, parts_share=0, balance=0)
    return corpus, TagCorpus(captions(args.held_out), simulator, plain).epoch(np.random.default_rng(0))


def from_one_vector(args: argparse.Namespace) -> None:
    """The first run."""
    corpus, held_out = corpora(args, CorpusOptions(), SmearOptions())
    # Every telling that can be drawn is in the vocabulary: the parts, and captions with and without gender.
    texts = corpus.epoch(np.random.default_rng(0)).texts + corpus.captions
    tokenizer = learn_tokenizer(texts, VOCABULARY)
    config = DecoderConfig(dim=DIM, vocab=tokenizer.get_vocab_size(), prefix=PREFIX)
    logging.info("%d captions, %d parts, vocabulary %d", len(corpus), len(corpus.parts), config.vocab)
    words = Vocabulary(tokenizer, tokenizer.get_vocab_size())
    model = train(corpus, held_out, words, config, ONE, args.out)
    export_decoder(model, tokenizer, "tags", ASSETS / "decoder", end=END, banned=(PAD, UNKNOWN))


def from_several(args: argparse.Namespace) -> None:
    """The second run."""
    corpus, held_out = corpora(args, VIEWS_CORPUS, VIEWS_NOISE)
    tokenizer = Tokenizer.from_file(str(args.views_from / "tokenizer.json"))
    config = DecoderConfig(dim=DIM, vocab=tokenizer.get_vocab_size(), prefix=PREFIX, views=len(VIEWS))
    weights = with_views(exported_weights(args.views_from), PREFIX, len(VIEWS))
    logging.info("%d captions, %d parts", len(corpus), len(corpus.parts))
    words = Vocabulary(tokenizer, tokenizer.get_vocab_size())
    model = train(corpus, held_out, words, config, SEVERAL, args.out, weights=weights)
    export_decoder(
        model, tokenizer, "tags", args.out / "exported", end=END, banned=(PAD, UNKNOWN), views=VIEWS
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("captions")
    parser.add_argument("held_out")
    parser.add_argument("--out", type=Path, help="where the run is kept, to be gone on with")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--views-from", type=Path, help="the exported decoder that is taught several vectors")
    args = parser.parse_args()
    args.out = args.out or CACHE / ("decoder-views" if args.views_from else "decoder")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    torch.set_num_threads(args.threads)
    from_several(args) if args.views_from else from_one_vector(args)


if __name__ == "__main__":
    main()
