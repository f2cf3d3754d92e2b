"""A training run from captions to a decoder: its folder, its card, and what is measured after every epoch."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from earwitness.common.errors import OptionError
from earwitness.encoders.base import AudioTextEncoder
from earwitness.encoders.caption_embeddings import embed_captions
from earwitness.methods.wsac.search import SearchOptions
from earwitness.training.decoder.checkpoints import FIGURES
from earwitness.training.decoder.corpus.caption_corpus import CaptionCorpus, split
from earwitness.training.decoder.corpus.noise import NoiseOptions
from earwitness.training.decoder.corpus.vocabulary import Vocabulary, make_vocabulary
from earwitness.training.decoder.devices import Machine
from earwitness.training.decoder.gpt2 import load_gpt2
from earwitness.training.decoder.loop import train
from earwitness.training.decoder.model import CaptionDecoder, DecoderConfig
from earwitness.training.decoder.published_start import given_start, published_start
from earwitness.training.decoder.recipes import Recipe
from earwitness.training.decoder.reconstruction import reconstruction_cider, rewrite
from earwitness.training.decoder.run_card import CARD, check_folder, make_card
from earwitness.training.decoder.torch_decoder import TorchDecoder

MEASURED = 500  # held-out captions rewritten after every epoch, at most


@dataclass(frozen=True)
class Run:
    """What is learned from, and where."""

    captions: Sequence[str]
    folder: Path
    # captions to validate on; where there are none, up to ``hold_out`` of the others, a twentieth at most;
    # None: as many as the recipe says
    held_out: Sequence[str] = ()
    hold_out: int | None = None
    # a checkpoint of the published program to begin with, in place of random weights
    start: Path | None = None
    # added to every embedding: see training/gap.py
    shift: tuple[float, ...] = field(default=(), repr=False)
    # where embeddings are kept between runs; None keeps none
    cache: Path | None = None
    # keep the weights of every epoch, not only the last
    keep_epochs: bool = False


def train_on_captions(
    run: Run,
    recipe: Recipe,
    encoder: AudioTextEncoder,
    *,
    machine: Machine | None = None,
    embedded: Callable[[int, int], None] | None = None,
    after_step: Callable[[int, int], None] | None = None,
    after_epoch: Callable[[dict[str, float]], None] | None = None,
) -> CaptionDecoder:
    """Train a decoder on captions, or go on where the run was stopped.

    Parameters
    ----------
    run : Run
    recipe : Recipe
    encoder : AudioTextEncoder
        Only its texts are embedded.
    machine : Machine, optional
        The processor unless given.
    embedded, after_step : callable, optional
        Progress of embedding and of training: done, of how many.
    after_epoch : callable, optional
        Called with each epoch's figures.

    Returns
    -------
    CaptionDecoder
        ``run.folder`` then holds ``checkpoint.pt``, ``tokenizer.json``, ``vocabulary.json``, ``run.json``
        (its card) and ``epochs.jsonl``.

    Raises
    ------
    OptionError
        The folder holds a run with other options or captions.
    """
    learned, held_out = _divide(run, recipe)
    config, weights, words = _decoder(recipe, learned, encoder.dim, run.start)
    card = make_card(recipe, encoder.name, config, learned, held_out, run.shift, run.start)
    check_folder(run.folder, card)
    noise = NoiseOptions(recipe.noise, recipe.skip_shift_without_noise, run.shift)
    rows = embed_captions(encoder, [*learned, *held_out], run.cache, progress=embedded)
    corpus = CaptionCorpus(learned, rows[: len(learned)], noise)
    if held_out:
        validation = CaptionCorpus(held_out, rows[len(learned) :], noise)
    else:
        few = np.linspace(0, len(learned) - 1, min(MEASURED, len(learned))).astype(int)
        validation = CaptionCorpus([learned[i] for i in few], corpus.embeddings[few], noise)
    machine = machine or Machine()
    machine.wait()  # every process has looked at the folder before one of them writes there
    if machine.main:
        _open_folder(run.folder, card, words)

    def measure(model: CaptionDecoder) -> dict[str, float]:
        texts = validation.texts[:MEASURED]
        limit = SearchOptions(max_tokens=config.max_tokens)
        written = rewrite(TorchDecoder(model, words), validation.clean()[: len(texts)], limit)
        return reconstruction_cider(written, [[t] for t in texts])

    def keep(epoch: int, model: CaptionDecoder, figures: dict[str, float]) -> None:
        if run.keep_epochs:
            _save_epoch(model, run.folder / f"epoch-{epoch:02d}.safetensors")
        if after_epoch:
            after_epoch(figures)

    return train(
        corpus,
        validation,
        words,
        config,
        recipe.train,
        run.folder,
        weights=weights,
        machine=machine,
        measure=measure,
        after_epoch=keep,
        after_step=after_step,
    )


def _divide(run: Run, recipe: Recipe) -> tuple[list[str], list[str]]:
    """Captions to learn from, in their order, and captions to validate on."""
    captions, seed = list(run.captions), recipe.train.seed
    if len(captions) < 2:
        raise OptionError(f"a decoder is trained on two captions or more, not on {len(captions)}.")
    hold_out = recipe.hold_out if run.hold_out is None else run.hold_out
    held_out = list(run.held_out)
    if not held_out and hold_out > 0:
        learned, other = split(len(captions), min(hold_out, len(captions) // 20), seed)
        captions, held_out = [captions[i] for i in learned], [captions[i] for i in other]
    if recipe.train.order == "once":
        # as ``random.seed(seed); random.shuffle(captions)`` has them: the published program shuffles so
        random.Random(seed).shuffle(captions)
    return captions, held_out


def _decoder(
    recipe: Recipe, captions: Sequence[str], dim: int, start: Path | None
) -> tuple[DecoderConfig, dict[str, Tensor] | None, Vocabulary]:
    seed, positions = recipe.train.seed, recipe.positions
    shape = {k: getattr(recipe, k) for k in ("prefix", "mapper", "max_tokens", "dropout")}
    if recipe.pretrained:
        if start is not None:
            raise OptionError("a run begins with a pretrained GPT-2 or with a checkpoint, not with both.")
        return load_gpt2(recipe.pretrained, dim, seed=seed, **shape)
    words = make_vocabulary(recipe.words, captions)
    sizes = {"width": recipe.width, "layers": recipe.layers, "heads": recipe.heads}
    rows = max(recipe.rows, words.size)
    config = DecoderConfig(dim=dim, vocab=rows, positions=positions, **sizes, **shape)
    if start is not None:
        return *given_start(start, config), words
    return config, published_start(config, seed) if recipe.start == "published" else None, words


def _open_folder(folder: Path, card: dict[str, Any], words: Vocabulary) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    words.save(folder)
    if not (folder / "checkpoint.pt").is_file():
        (folder / FIGURES).unlink(missing_ok=True)
    (folder / CARD).write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _save_epoch(model: CaptionDecoder, path: Path) -> None:
    from safetensors.torch import save_file

    save_file({k: v.contiguous() for k, v in model.state_dict().items()}, path)
