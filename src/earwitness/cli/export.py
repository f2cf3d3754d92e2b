"""``earwitness export``: a trained decoder and its memory as one folder for ``caption --model``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

from earwitness.cli.flags import Argument, Option
from earwitness.cli.progress import progress
from earwitness.cli.shared_flags import Debug, TextCacheFolder
from earwitness.common.counting import counted


def export(
    run: Annotated[Path, Argument(metavar="RUN", help="A folder of earwitness train.")],
    output: Annotated[Path, Option("--output", "-o", help="The folder to write.")],
    memory: Annotated[
        list[Path] | None,
        Option("--memory", metavar="FILE", help="Captions to remember; the training captions, mostly."),
    ] = None,
    keep_repeats: Annotated[
        bool, Option("--keep-repeats", help="Remember a caption as often as it is there.")
    ] = False,
    bridge: Annotated[
        str | None,
        Option(help="audio, nearest or projection; projection unless there is no memory."),
    ] = None,
    temperature: Annotated[
        float | None, Option(help="Of the projection; 0.01, with --standardise 0.5.")
    ] = None,
    standardise: Annotated[
        bool | None, Option(help="Match by how unusual a match is; usual for the encoder tags.")
    ] = None,
    beams: Annotated[int, Option(min=1, help="Partial sentences kept; 1 is greedy.")] = 1,
    max_tokens: Annotated[int, Option(min=1, help="Longest sentence.")] = 30,
    rerank: Annotated[float, Option(help="Weight of the match in ranking (encoder tags).")] = 0.0,
    epoch: Annotated[int | None, Option(help="An earlier epoch of a run that kept them.")] = None,
    exact: Annotated[bool, Option("--exact", help="Weights and memory as float32, twice the size.")] = False,
    cache: TextCacheFolder = None,
    debug: Debug = False,
) -> None:
    """Write a trained decoder, its memory and how it writes as one folder.

    With the encoder tags the folder needs no torch.
    """
    from earwitness.common.extras import require_torch

    require_torch("an export")
    from earwitness.datasets.caption_list import read_captions
    from earwitness.encoders.caption_embeddings import default_folder
    from earwitness.encoders.registry import load_encoder
    from earwitness.methods.wsac.method import WsacOptions
    from earwitness.methods.wsac.search import SearchOptions
    from earwitness.training.decoder.export.model_folder import Export, export_run, usual_writing
    from earwitness.training.decoder.run_card import read_card

    captions = read_captions(memory, keep_repeats=keep_repeats).captions if memory else ()
    encoder = load_encoder(str(read_card(run)["encoder"])) if captions else None
    usual = usual_writing(encoder)
    standard = usual.standardise if standardise is None else standardise
    writing = WsacOptions(
        bridge=bridge or usual.bridge,  # type: ignore[arg-type]
        temperature=temperature or (0.5 if standard else 0.01),
        standardise=standard,
        search=SearchOptions(beams=beams, max_tokens=max_tokens),
        rerank=rerank,
    )
    what = Export(captions, writing, epoch, not exact, cache or default_folder())
    with progress("embedding") as embedded:
        export_run(run, output, what, encoder, embedded=embedded)
    remembered = f" and {counted(len(captions), 'caption')}" if captions else ""
    print(
        f"the decoder{remembered} written to {output}; try: earwitness caption --model {output} SOUND",
        file=sys.stderr,
    )
