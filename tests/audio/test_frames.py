"""Frames that FFmpeg decodes, as tables of samples: every sample format, any number of channels."""

from __future__ import annotations

import numpy as np
import pytest

av = pytest.importorskip("av", reason="needs FFmpeg through PyAV: pip install earwitness[av]")

from earwitness.audio.decoders.ffmpeg import SAMPLES, _to_block

VALUES = np.array([[0.0, 0.5], [-0.5, 0.25], [0.75, -1.0]])


def frame_of(name: str, layout: str, rows: np.ndarray) -> object:
    """A frame in which each plane is a row."""
    frame = av.AudioFrame(format=name, layout=layout, samples=len(VALUES))
    for row, plane in zip(rows, frame.planes, strict=False):
        whole = np.zeros(plane.buffer_size, np.uint8)
        whole[: row.nbytes] = np.frombuffer(row.tobytes(), np.uint8)
        plane.update(whole)
    return frame


@pytest.mark.parametrize("planar", [False, True])
@pytest.mark.parametrize("name", list(SAMPLES))
def test_every_sample_format_is_read_as_the_same_sound(name: str, planar: bool) -> None:
    kind = np.dtype(SAMPLES[name])
    stored = VALUES
    if kind.kind in "iu":
        full = 2.0 ** (8 * kind.itemsize - 1)
        stored = VALUES * full + (full if kind.kind == "u" else 0)
    table = np.asarray(stored).astype(kind)
    rows = np.ascontiguousarray(table.T) if planar else table.reshape(1, -1)
    frame = frame_of(name + "p" * planar, "stereo", rows)
    assert np.allclose(_to_block(frame), VALUES)


@pytest.mark.parametrize("layout", ["22.2", "27 channels", "64 channels"])
def test_a_frame_of_more_than_eight_channels_is_not_read_past_its_memory(layout: str) -> None:
    # a damaged m4a whose frames claimed 27 channels ended the program: PyAV counts planes until a null pointer
    channels = av.AudioLayout(layout).nb_channels
    rows = np.arange(3 * channels, dtype=np.float32).reshape(channels, 3)
    assert np.array_equal(_to_block(frame_of("fltp", layout, rows)), rows.T)
