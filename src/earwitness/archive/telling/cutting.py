"""A stretch of a sound as a small wav file, for players that do not read every format."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import soundfile

from earwitness.audio import stream_windows
from earwitness.common.errors import OptionError

RATE = 24000
WINDOW_SECONDS = 5.0
MOST_SECONDS = 60.0  # of one stretch: 3 MB


def cut(path: Path, start: float, end: float) -> bytes:
    """The sound between two times in seconds, mono, at most a minute of it.

    Raises
    ------
    AudioError
        The file is not there or cannot be read.
    OptionError
        It has become shorter than that.
    """
    end = min(end, start + MOST_SECONDS)
    kept = []
    for window in stream_windows(path, RATE, WINDOW_SECONDS):
        if window.end > start:
            first = max(round((start - window.start) * RATE), 0)
            kept.append(window.samples[first : max(round((end - window.start) * RATE), 0)])
        if window.end >= end:
            break
    samples = np.concatenate(kept) if kept else np.zeros(0, np.float32)
    if not len(samples):
        raise OptionError("the sound has become shorter since it was indexed.")
    out = io.BytesIO()
    soundfile.write(out, samples, RATE, format="WAV", subtype="PCM_16")
    return out.getvalue()
