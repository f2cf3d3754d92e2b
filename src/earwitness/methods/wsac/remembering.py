"""From captions to a memory: embeddings, sparse where the space is, with the statistics of their matches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from earwitness.common.arrays import Floats
from earwitness.encoders.base import AudioTextEncoder, HasSparseTexts, background_of
from earwitness.encoders.caption_embeddings import embed_captions
from earwitness.methods.wsac.memory import Memory


def remember(
    captions: Sequence[str],
    encoder: AudioTextEncoder,
    cache: Path | None = None,
    *,
    half: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> Memory:
    """A memory of captions in an encoder's space.

    Parameters
    ----------
    captions : sequence of str
        One that is there twice counts twice.
    encoder : AudioTextEncoder
    cache : Path, optional
        Where embeddings are kept between runs.
    half : bool
        Keep rows as float16: half the size, one rounding of each number.
    progress : callable, optional
        Captions embedded so far, of how many.
    """
    return build_memory(embed_captions(encoder, captions, cache, progress=progress), encoder, half=half)


def build_memory(embeddings: Floats, encoder: AudioTextEncoder, *, half: bool = True) -> Memory:
    """A memory of caption embeddings (n, dim), unit rows, sparse where the encoder's space is.

    Where the encoder has a background, its sounds give each row the statistics by which matches can be
    standardised.
    """
    axes = encoder.text_axes if isinstance(encoder, HasSparseTexts) else None
    memory = Memory.pack(embeddings, encoder.name, axes=axes, half=half)
    background = background_of(encoder)
    if background is not None:
        mean, spread = np.empty(len(memory), np.float32), np.empty(len(memory), np.float32)
        for at, block in memory.blocks():
            match = block @ background.sounds.T
            mean[at], spread[at] = match.mean(1), match.std(1)
        memory.mean, memory.spread = mean, spread
    return memory
