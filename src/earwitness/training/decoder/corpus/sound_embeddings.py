"""Embeddings of a folder of unlabelled sounds."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from earwitness.audio import find_sounds, stream_windows
from earwitness.captioning.listener import Listener
from earwitness.common.arrays import Floats
from earwitness.common.errors import AudioError, OptionError
from earwitness.encoders.base import AudioTextEncoder


def hear_folder(
    folder: Path,
    encoder: AudioTextEncoder,
    most: int = 20_000,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[Floats, int]:
    """Embed the sounds of a folder, spread evenly over it where there are more than ``most``.

    Returns
    -------
    (n, dim) float32, and how many sounds could not be read or are silent

    Raises
    ------
    OptionError
        No sound could be heard.
    """
    found = [f.path for f in find_sounds([folder])]
    chosen = [found[i] for i in np.unique(np.linspace(0, len(found) - 1, min(most, len(found))).astype(int))]
    vectors: list[Floats] = []
    listener = Listener(encoder, keywords=0)
    failed = 0
    for done, path in enumerate(chosen, 1):
        try:
            windows = stream_windows(path, encoder.rate, encoder.window_seconds)
            vector = listener.hear(windows).vector
        except AudioError:
            vector = None
        if vector is None:
            failed += 1
        else:
            vectors.append(vector)
        if progress:
            progress(done, len(chosen))
    if not vectors:
        raise OptionError(f"no sound in {folder} could be heard; {len(chosen)} were tried.")
    return np.stack(vectors), failed
