"""``earwitness import``: what the published programs wrote, as files of ours."""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from earwitness.cli.flags import Argument, Option
from earwitness.cli.progress import progress
from earwitness.cli.shared_flags import Debug, TextCacheFolder
from earwitness.common.counting import counted

if TYPE_CHECKING:
    from earwitness.methods.wsac.memory import Memory


class Kind(str, Enum):
    """What is imported."""

    wsac = "wsac"
    gap = "gap"


def import_(
    kind: Annotated[
        Kind, Argument(metavar="KIND", help="wsac: a decoder, epoch-N.pt; gap: a pickled modality gap.")
    ],
    file: Annotated[Path, Argument(metavar="FILE", help="The published program's file.")],
    output: Annotated[
        Path, Option("--output", "-o", help="The folder to write; for gap the .safetensors file.")
    ],
    encoder: Annotated[
        str, Option(help="The audio-text model it was made with, such as wavcaps:cnn14-bert.pt.")
    ],
    memory: Annotated[
        list[Path] | None,
        Option("--memory", metavar="FILE", help="Captions to remember; the training captions, mostly."),
    ] = None,
    bridge: Annotated[
        str | None,
        Option(help="audio, nearest or projection (AD, NND, PD); projection if there is a memory."),
    ] = None,
    as_published: Annotated[
        bool, Option("--as-published", help="Write with every legacy option, as preset wsac-paper.")
    ] = False,
    heads: Annotated[int, Option(min=1, help="Attention heads, which the weights do not tell.")] = 4,
    tokenizer: Annotated[
        Path | None, Option(metavar="FILE", help="A BERT tokenizer.json; bert-base-uncased otherwise.")
    ] = None,
    half: Annotated[bool, Option("--half", help="Weights as float16, half the size.")] = False,
    cache: TextCacheFolder = None,
    debug: Debug = False,
) -> None:
    """Make files of earwitness out of those of the published WSAC program.

    Nothing in the file is run: a checkpoint is read weights only, a pickled gap by its opcodes.
    """
    from earwitness.common.extras import require_torch

    if kind is Kind.gap:
        from earwitness.training.decoder.importing.model_folder import import_gap

        count = import_gap(file, output, encoder)
        _say(f"a shift of {count} numbers written to {output}; try: earwitness train wsac --shift {output}")
        return
    require_torch("an import")
    from earwitness.common.options import changed
    from earwitness.methods.presets import PAPER, WSAC_PUBLISHED
    from earwitness.training.decoder.importing.model_folder import Import, captions_of, import_wsac

    captions = captions_of(memory, published=as_published) if memory else ()
    chosen = WSAC_PUBLISHED if as_published else PAPER
    way = bridge or ("projection" if captions else "audio")
    writing = changed(chosen, {"bridge": way, "legacy_memory": as_published and bool(captions)})
    options = Import(encoder, writing, heads, tokenizer, half)
    import_wsac(file, output, options, _remember(file, captions, encoder, heads, cache, half))
    remembered = f" and {counted(len(captions), 'caption')}" if captions else ""
    _say(f"the decoder{remembered} written to {output}; try: earwitness caption --model {output} SOUND")


def _remember(
    file: Path, captions: tuple[str, ...], name: str, heads: int, cache: Path | None, half: bool
) -> Memory | None:
    if not captions:
        return None
    from earwitness.encoders.caption_embeddings import default_folder
    from earwitness.encoders.registry import load_encoder
    from earwitness.methods.wsac.remembering import remember
    from earwitness.training.decoder.importing.model_folder import check_space

    encoder = load_encoder(name)
    check_space(file, encoder, heads)
    with progress("embedding") as embedded:
        return remember(captions, encoder, cache or default_folder(), half=half, progress=embedded)


def _say(line: str) -> None:
    print(line, file=sys.stderr)
