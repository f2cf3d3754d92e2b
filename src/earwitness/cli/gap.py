"""``earwitness gap``: how far sounds lie from sentences, as numbers for training."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from earwitness.cli.flags import Argument, Option
from earwitness.cli.progress import progress
from earwitness.cli.shared_flags import Debug

if TYPE_CHECKING:
    from earwitness.encoders.base import AudioTextEncoder


def gap(
    captions: Annotated[
        Path, Argument(metavar="TABLE", help="Captions by sound: several of each, for the noise.")
    ],
    encoder: Annotated[str, Option(help="The audio-text model, such as tags or clap:NAME.")] = "tags",
    sounds: Annotated[
        Path | None, Option(metavar="FOLDER", help="Sounds, not those of the captions: for the shift.")
    ] = None,
    output: Annotated[
        Path | None, Option("--output", "-o", metavar="FILE", help="Where to write the shift.")
    ] = None,
    most: Annotated[int, Option(min=1, help="Sounds and captions looked at for the shift.")] = 20000,
    debug: Debug = False,
) -> None:
    """Estimate the variance of the noise, and with --sounds the shift, that training is to add.

    The noise is CapDec's: captions of one sound mean the same, and lie as far apart as the noise may carry.
    """
    from earwitness.common.errors import OptionError
    from earwitness.encoders.registry import load_encoder

    if (sounds is None) != (output is None):
        raise OptionError(
            "a shift takes both --sounds, to be estimated from, and --output, to be written to."
        )
    model = load_encoder(encoder)
    found = _noise(captions, model)
    if sounds is not None and output is not None:
        found |= _shift(captions, sounds, output, model, most)
    print(json.dumps({"encoder": model.name, **found}, indent=1))


def _noise(table: Path, encoder: AudioTextEncoder) -> dict[str, Any]:
    from earwitness.datasets import read_references
    from earwitness.training.decoder.corpus.gap import noise_variance

    groups = [list(c) for c in read_references(table).captions.values() if len(c) > 1]
    texts = [text for group in groups for text in group]
    if not texts:
        from earwitness.common.errors import OptionError

        raise OptionError(
            f"{table.name} has one caption a sound; the noise is estimated from sounds with two or more."
        )
    rows, start, parts = encoder.embed_text(texts), 0, []
    for group in groups:
        parts.append(rows[start : start + len(group)])
        start += len(group)
    return {"sounds_with_several_captions": len(groups), "noise": noise_variance(parts)}


def _shift(table: Path, folder: Path, output: Path, encoder: AudioTextEncoder, most: int) -> dict[str, Any]:
    import numpy as np

    from earwitness.datasets.caption_list import read_captions
    from earwitness.training.decoder.corpus.gap import shift, write_shift
    from earwitness.training.decoder.corpus.sound_embeddings import hear_folder

    texts = read_captions([table]).captions[:most]
    with progress("listening") as heard:
        vectors, failed = hear_folder(folder, encoder, most, heard)
    vector = shift(vectors, encoder.embed_text(list(texts)))
    write_shift(vector, encoder.name, output)
    return {
        "sounds": len(vectors),
        "unreadable_or_silent": failed,
        "captions": len(texts),
        "shift_length": float(np.linalg.norm(vector)),
    }
