"""Any sound, as checked mono windows: decode, mix down, resample and cut, in memory that stays flat.

>>> import numpy as np
>>> tone = np.sin(2 * np.pi * 440 * np.arange(44100 * 25) / 44100)
>>> [(c.start, c.end) for c in stream_windows((tone, 44100), 16000, 10)]
[(0.0, 10.0), (10.0, 20.0), (20.0, 25.0)]
"""

from __future__ import annotations

from earwitness.audio.clip import Clip
from earwitness.audio.decode import list_streams
from earwitness.audio.decoders.streams import AudioStream
from earwitness.audio.find import SOUND_EXTENSIONS, FoundSound, Search, find_sounds, search_sounds
from earwitness.audio.limits import AudioLimits
from earwitness.audio.samples import SILENCE_PEAK, SILENT, Wide
from earwitness.audio.sources import Source
from earwitness.audio.stream import SHORT_SECONDS
from earwitness.audio.windows import MIN_TAIL_SECONDS, read_clip, stream_windows

__all__ = [
    "MIN_TAIL_SECONDS",
    "SHORT_SECONDS",
    "SILENCE_PEAK",
    "SILENT",
    "SOUND_EXTENSIONS",
    "AudioLimits",
    "AudioStream",
    "Clip",
    "FoundSound",
    "Search",
    "Source",
    "Wide",
    "find_sounds",
    "list_streams",
    "read_clip",
    "search_sounds",
    "stream_windows",
]
