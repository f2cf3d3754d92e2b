"""``earwitness train``: a decoder for any audio-text model from captions alone, or a classifier."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from earwitness.cli.flags import Argument, Option
from earwitness.cli.method_options import CONTEXT, split_options
from earwitness.cli.progress import progress
from earwitness.cli.shared_flags import Debug, TextCacheFolder

if TYPE_CHECKING:
    from earwitness.encoders.base import AudioTextEncoder
    from earwitness.training.decoder.recipes import Recipe
    from earwitness.training.decoder.run import Run

__all__ = ["CONTEXT", "train"]


def train(
    recipe: Annotated[str, Argument(metavar="RECIPE", help="What to train; earwitness recipes lists them.")],
    captions: Annotated[
        list[str],
        Argument(
            metavar="CAPTIONS...",
            help="Lists or tables of captions; for a classifier AUDIBLE INAUDIBLE, or a table.",
        ),
    ],
    output: Annotated[Path, Option("--output", "-o", help="The run's folder; a stopped run goes on.")],
    encoder: Annotated[
        str | None,
        Option(help="The audio-text model, such as clap:NAME; tags, but for wsac, unless given."),
    ] = None,
    held_out: Annotated[
        Path | None, Option(metavar="FILE", help="Captions to validate on; else some of CAPTIONS.")
    ] = None,
    shift: Annotated[
        Path | None, Option(metavar="FILE", help="A shift towards sounds, written by gap.")
    ] = None,
    begin_with: Annotated[
        Path | None, Option(metavar="FILE", help="Weights to begin with: the published program's .pt.")
    ] = None,
    keep_headers: Annotated[
        bool, Option("--keep-headers", help="Learn words like caption_1 too, as the published program.")
    ] = False,
    device: Annotated[str, Option(help="auto, or a device by torch's name.")] = "auto",
    bf16: Annotated[bool, Option("--bf16", help="bfloat16 products: faster on GPUs.")] = False,
    keep_epochs: Annotated[bool, Option("--keep-epochs", help="Keep the weights of every epoch.")] = False,
    cache: TextCacheFolder = None,
    debug: Debug = False,
) -> None:
    """Train a decoder on captions alone, or a classifier of what can be heard.

    Every option of a recipe is a flag, such as --epochs 20; 'earwitness recipes NAME' lists them. Prints each
    epoch's figures. Several GPUs: accelerate launch -m earwitness train ...
    """
    from earwitness.common.options import changed
    from earwitness.training.recipes import encoder_for, find_trainable

    chosen = find_trainable(recipe)
    paths, given = split_options(captions, chosen.options)
    options = changed(chosen.options, given)
    if chosen.kind != "decoder":
        from earwitness.cli.train_classifier import refuse, train_classifier

        refuse(recipe, encoder=encoder, held_out=held_out, shift=shift, bf16=bf16, keep_epochs=keep_epochs,
               cache=cache, begin_with=begin_with, keep_headers=keep_headers)  # fmt: skip
        train_classifier(chosen.kind, [Path(p) for p in paths], output, options, device)
        return
    from earwitness.common.extras import require_torch

    require_torch("training")
    from earwitness.datasets.caption_list import read_captions
    from earwitness.encoders.caption_embeddings import default_folder
    from earwitness.encoders.registry import load_encoder
    from earwitness.training.decoder.corpus.gap import read_shift
    from earwitness.training.decoder.run import Run

    files, options_of = [Path(p) for p in paths], {"keep_repeats": True, "keep_headers": keep_headers}
    model = load_encoder(encoder_for(recipe, encoder))
    run = Run(
        captions=read_captions(files, **options_of).captions,
        folder=output,
        held_out=read_captions([held_out], keep_repeats=True).captions if held_out else (),
        shift=read_shift(shift, model.name) if shift else (),
        cache=cache or default_folder(),
        keep_epochs=keep_epochs,
        start=begin_with,
    )
    _train_decoder(run, options, model, device, bf16)


def _train_decoder(run: Run, recipe: Recipe, encoder: AudioTextEncoder, device: str, bf16: bool) -> None:
    from earwitness.training.decoder.devices import find_machine
    from earwitness.training.decoder.run import train_on_captions

    machine = find_machine(device, "bfloat16" if bf16 else "float32")
    with progress("embedding") as embedded, progress("training") as stepped:
        train_on_captions(
            run,
            recipe,
            encoder,
            machine=machine,
            embedded=embedded,
            after_step=stepped if machine.main else None,
            after_epoch=_report,
        )


def _report(figures: dict[str, float]) -> None:
    print(
        "epoch {epoch:.0f}: loss {loss:.3f}, validation {validation:.3f}, rewritten CIDEr-D {cider_d:.3f}, "
        "{seconds:.0f} s".format(**figures),
        file=sys.stderr,
    )
