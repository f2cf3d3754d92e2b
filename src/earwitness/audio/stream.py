"""From a decoder's blocks to one stream of mono sound at one rate, and what is noticed on the way."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from earwitness.audio.clip import Samples, check_finite
from earwitness.audio.decode import BLOCK, Decoder
from earwitness.audio.limits import AudioLimits
from earwitness.audio.scaling import divisor, is_clipped, mix_down
from earwitness.audio.sources import Source, name_of
from earwitness.common.errors import EmptyAudioError, UnreadableAudioError

NOTICEABLE_SECONDS = 0.05
"""A loss below this would be written as 0.0 s, and is not."""


@dataclass
class Noticed:
    """Notes on stretches of a sound, until the windows that hold the stretches are made."""

    # (begin, end, note) in seconds, in order
    stretches: deque[tuple[float, float, str]] = field(default_factory=deque)
    # on the sound as a whole: known from the first window on, known only at the end
    whole: list[str] = field(default_factory=list)
    final: list[str] = field(default_factory=list)

    def of(self, begin: float, end: float) -> list[str]:
        """Notes on what lies between two times; what ended before is forgotten, for windows come in order."""
        while self.stretches and self.stretches[0][1] <= begin:
            self.stretches.popleft()
        return [note for b, e, note in self.stretches if b < end and e > begin]


def mono_blocks(decoder: Decoder, source: Source, limits: AudioLimits, noticed: Noticed) -> Iterator[Samples]:
    """Check, scale, clip and mix down block by block; never yields nothing at all."""
    name, rate = name_of(source), decoder.rate
    scale = _scale(decoder, name, limits, noticed) if decoder.loose else 1.0
    frames = 0
    for block in decoder.blocks():
        check_finite(block, frames, rate, name)
        begin, frames = frames, frames + len(block)
        limits.check_length(frames, rate, name)
        span = (begin / rate, frames / rate)
        if scale != 1.0:
            block = block / scale
        if is_clipped(block):
            noticed.stretches.append((*span, "clipped"))
            block = np.clip(block, -1, 1)
        mono, cancelled = mix_down(block)
        if cancelled:
            noticed.stretches.append((*span, "out of phase: the loudest channel was kept"))
        yield mono
    if frames == 0:
        raise _nothing(decoder, name)
    noticed.final += _losses(decoder, frames)


def _scale(decoder: Decoder, name: str, limits: AudioLimits, noticed: Noticed) -> float:
    """What to divide floats by, from a first pass over all of them: one number for the whole sound."""
    peak, frames = 0.0, 0
    for block in decoder.blocks():
        check_finite(block, frames, decoder.rate, name)
        frames += len(block)
        limits.check_length(frames, decoder.rate, name)
        peak = max(peak, -float(block.min()), float(block.max()))
    scale = divisor(peak)
    if scale != 1.0:
        noticed.whole.append(f"scaled: divided by {scale:.10g}")
    return scale


def _nothing(decoder: Decoder, name: str) -> Exception:
    if decoder.damage:
        return UnreadableAudioError(f"{name}: nothing of it can be decoded ({decoder.damage}).")
    return EmptyAudioError(f"{name} is empty: a header and no samples behind it.")


def _losses(decoder: Decoder, frames: int) -> list[str]:
    promised = decoder.promised or 0
    missing, total = (promised - frames) / decoder.rate, promised / decoder.rate
    lost = missing >= NOTICEABLE_SECONDS
    length = f"{missing:.1f} s of {total:.1f} s missing"
    if decoder.damage and (lost or decoder.promised is None or "packets" in decoder.damage):
        # words about junk behind a complete sound are not worth a note
        return [f"partly unreadable: {decoder.damage}" + (f", {length}" if lost else "")]
    return [f"truncated: {length}"] if lost else []


def resampled(parts: Iterator[Samples], rate: int, target: int) -> Iterator[Samples]:
    """Resample a stream; n samples become n × target / rate, rounded, and at least one."""
    if rate == target:
        yield from parts
        return
    import soxr

    stream = soxr.ResampleStream(rate, target, 1, dtype="float32", quality="HQ")
    # no more than a block comes out of one call, whatever the ratio
    step = max(1, BLOCK * rate // max(rate, target))
    made, first = 0, np.zeros(1, dtype=np.float32)
    for part in parts:
        first = part[:1] if made == 0 else first
        for begin in range(0, len(part), step):
            chunk = stream.resample_chunk(np.ascontiguousarray(part[begin : begin + step]))
            made += len(chunk)
            yield _within(chunk)
    rest = stream.resample_chunk(np.zeros(0, dtype=np.float32), last=True)
    # a sample or two at a high rate are less than half a sample at a low one, and still a sound
    yield _within(rest) if made + len(rest) else first


def _within(samples: Samples) -> Samples:
    # a band-limited curve through samples at full scale passes above them between two samples: not a fault
    # of the recording, so cut without a note
    return np.clip(samples, -1, 1, out=samples)
