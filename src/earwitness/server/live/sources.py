"""What a terminal listens to: the microphone, a pipe of raw samples, or a sound file in their place."""

from __future__ import annotations

import queue
from collections.abc import Iterator
from typing import IO, Any

from earwitness.common.errors import MissingExtraError, OptionError
from earwitness.server.live.ear import LiveOptions, Samples

PENDING = 64
"""Blocks that wait while the model is busy; then the oldest are dropped: news before history."""
BLOCK_SECONDS = 0.25


def file_blocks(path: str, rate: int) -> Iterator[Samples]:
    """A sound file in blocks of mono samples at ``rate``, as fast as they are taken."""
    from earwitness.audio import stream_windows

    for clip in stream_windows(path, rate, BLOCK_SECONDS):
        yield clip.samples


def pipe_blocks(pipe: IO[bytes], options: LiveOptions) -> Iterator[bytes]:
    """Raw samples from a pipe, until it ends."""
    size = max(1, round(BLOCK_SECONDS * options.rate)) * options.channels
    read = getattr(pipe, "read1", pipe.read)  # what is there, instead of waiting for a whole block
    while data := read(4 * size):
        yield data


def microphone_blocks(rate: int, device: str | None = None) -> Iterator[Samples]:
    """The microphone, mono at ``rate``, until the caller stops asking.

    Raises
    ------
    MissingExtraError
        sounddevice, or the library it needs, is not here.
    OptionError
        There is no such device, or it cannot be opened.
    """
    sounddevice = _sounddevice()
    waiting: queue.Queue[Samples] = queue.Queue(PENDING)

    def heard(data: Any, frames: int, time: Any, status: Any) -> None:
        while True:
            try:
                waiting.put_nowait(data[:, 0].copy())
                return
            except queue.Full:
                waiting.get_nowait()

    try:
        stream = sounddevice.InputStream(
            samplerate=rate,
            channels=1,
            dtype="float32",
            blocksize=round(BLOCK_SECONDS * rate),
            device=int(device) if device is not None and device.isdigit() else device,
            callback=heard,
        )
    except (sounddevice.PortAudioError, ValueError) as error:
        raise OptionError(
            f"the microphone cannot be opened ({error}); 'earwitness live --devices' lists what there is; a"
            " file, or '-' for a pipe, can be named in its place."
        ) from error
    with stream:
        while True:
            yield waiting.get()


def microphones() -> list[tuple[int, str, int]]:
    """Devices that sound comes in by: number, name, channels."""
    found = enumerate(_sounddevice().query_devices())
    return [
        (i, str(d["name"]), int(d["max_input_channels"])) for i, d in found if d["max_input_channels"] > 0
    ]


def _sounddevice() -> Any:
    try:
        import sounddevice
    except ImportError as error:
        raise MissingExtraError(
            "the microphone needs sounddevice, which is not installed; run: pip install 'earwitness[live]'"
        ) from error
    except OSError as error:  # the Python part is there, and PortAudio is not
        raise MissingExtraError(
            f"the microphone needs the PortAudio library ({error}); on Debian: apt-get install libportaudio2"
        ) from error
    return sounddevice
