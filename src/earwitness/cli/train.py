"""``earwitness train``: a decoder for any audio-text model, from captions alone."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from earwitness.cli.progress import progress

if TYPE_CHECKING:
    from earwitness.training.decoder.recipes import Recipe


def train(
    recipe: Annotated[
        str,
        typer.Argument(
            metavar="RECIPE",
            help="wsac, decap, capdec, small (for a processor), audibility, audibility-paper.",
        ),
    ],
    captions: Annotated[
        list[Path],
        typer.Argument(metavar="CAPTIONS...", help="Lists or tables of captions; for audibility see below."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="The run's folder; a stopped run goes on.")],
    encoder: Annotated[str, typer.Option(help="The audio-text model, such as tags or clap:NAME.")] = "tags",
    held_out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Captions to validate on; else some of CAPTIONS.")
    ] = None,
    hold_out: Annotated[int, typer.Option(min=0, help="Captions to hold out, a twentieth at most.")] = 500,
    epochs: Annotated[int | None, typer.Option(help="Passes over the captions.")] = None,
    batch: Annotated[int | None, typer.Option(help="Captions learned from at once.")] = None,
    rate: Annotated[float | None, typer.Option(help="Learning rate at its highest.")] = None,
    warmup: Annotated[int | None, typer.Option(help="Steps until it is reached.")] = None,
    schedule: Annotated[str | None, typer.Option(help="Then linear or cosine.")] = None,
    weight_decay: Annotated[float | None, typer.Option(help="Of AdamW.")] = None,
    clip: Annotated[float | None, typer.Option(help="Longest gradient; 0 cuts none.")] = None,
    label_smoothing: Annotated[float | None, typer.Option(help="Share spread over all words.")] = None,
    seed: Annotated[int | None, typer.Option(help="Of everything random.")] = None,
    noise: Annotated[float | None, typer.Option(help="Variance of the noise on embeddings; see gap.")] = None,
    shift: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A shift towards sounds, written by gap.")
    ] = None,
    skip_shift_without_noise: Annotated[
        bool, typer.Option("--skip-shift-without-noise", help="With --noise 0 no shift: the published rule.")
    ] = False,
    words: Annotated[str | None, typer.Option(help="learned, learned:SIZE or wordpiece.")] = None,
    pretrained: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Begin as this GPT-2 or DistilBERT: hub id or folder; '' for none."
        ),
    ] = None,
    prefix: Annotated[int | None, typer.Option(help="Vectors that an embedding becomes.")] = None,
    mapper: Annotated[
        int | None, typer.Option(help="Layers between embedding and prefix; 0: linear.")
    ] = None,
    width: Annotated[
        int | None, typer.Option(help="Width of the decoder, or of audibility's hidden layer.")
    ] = None,
    layers: Annotated[int | None, typer.Option(help="Its layers.")] = None,
    heads: Annotated[int | None, typer.Option(help="Its attention heads.")] = None,
    max_tokens: Annotated[int | None, typer.Option(help="Longest caption.")] = None,
    dropout: Annotated[float | None, typer.Option(help="Share of activations dropped.")] = None,
    device: Annotated[str, typer.Option(help="auto, or a device by torch's name.")] = "auto",
    bf16: Annotated[bool, typer.Option("--bf16", help="bfloat16 products: faster on GPUs.")] = False,
    keep_epochs: Annotated[
        bool, typer.Option("--keep-epochs", help="Keep the weights of every epoch.")
    ] = False,
    cache: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where caption embeddings are kept between runs.")
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show where an error came from.")] = False,
) -> None:
    """Train a decoder on captions alone; what is not given is as in the recipe.

    Prints each epoch's loss, validation loss and how well held-out captions are rewritten (CIDEr-D). Several
    GPUs: accelerate launch -m earwitness train ...

    audibility learns which sentences speak of what can be heard: train audibility AUDIBLE.txt INAUDIBLE.txt
    -o FOLDER, or one table with columns text and label; audibility-paper does so by the published recipe.
    """
    from earwitness.cli.train_classifier import RECIPES, train_audible

    if recipe in RECIPES:
        given = {k: v for k, v in locals().items() if k in _ALL and v is not False and v != _ALL[k]}
        train_audible(recipe, captions, output, given, device)
        return
    from earwitness.common.extras import require_torch

    require_torch("training")
    from earwitness.encoders.registry import load_encoder
    from earwitness.training.decoder.corpus.caption_list import read_captions
    from earwitness.training.decoder.corpus.gap import read_shift
    from earwitness.training.decoder.corpus.text_embeddings import default_folder
    from earwitness.training.decoder.devices import find_machine
    from earwitness.training.decoder.run import Run, train_on_captions

    chosen = _with(recipe, {k: v for k, v in locals().items() if k in _RECIPE or k in _TRAIN})
    model = load_encoder(encoder)
    run = Run(
        captions=read_captions(captions, keep_repeats=True).captions,
        folder=output,
        held_out=read_captions([held_out], keep_repeats=True).captions if held_out else (),
        hold_out=hold_out,
        shift=read_shift(shift, model.name) if shift else (),
        cache=cache or default_folder(),
        keep_epochs=keep_epochs,
    )
    machine = find_machine(device, "bfloat16" if bf16 else "float32")
    with progress("embedding") as embedded, progress("training") as stepped:
        train_on_captions(
            run,
            chosen,
            model,
            machine=machine,
            embedded=embedded,
            after_step=stepped if machine.main else None,
            after_epoch=_report,
        )


_TRAIN = (
    "epochs", "batch", "rate", "warmup", "schedule", "weight_decay", "clip", "label_smoothing", "seed",
)  # fmt: skip
_RECIPE = (
    "noise", "words", "pretrained", "prefix", "mapper", "width", "layers", "heads", "max_tokens", "dropout",
    "skip_shift_without_noise",
)  # fmt: skip


# Every option but those of all recipes, with what it is where it was not given.
_ALL: dict[str, object] = dict.fromkeys(
    (*_TRAIN, *_RECIPE, "held_out", "shift", "bf16", "keep_epochs", "cache")
)
_ALL |= {"encoder": "tags", "hold_out": 500}


def _with(name: str, options: dict[str, object]) -> Recipe:
    """A recipe by name, with the options that were given in place of its own."""
    from dataclasses import replace

    from earwitness.training.decoder.recipes import recipe

    chosen = recipe(name)
    given = {k: v for k, v in options.items() if v is not None}
    learning = replace(chosen.train, **{k: given[k] for k in _TRAIN if k in given})  # type: ignore[arg-type]
    return replace(chosen, train=learning, **{k: given[k] for k in _RECIPE if k in given})  # type: ignore[arg-type]


def _report(figures: dict[str, float]) -> None:
    print(
        "epoch {epoch:.0f}: loss {loss:.3f}, validation {validation:.3f}, rewritten CIDEr-D {cider_d:.3f}, "
        "{seconds:.0f} s".format(**figures),
        file=sys.stderr,
    )
