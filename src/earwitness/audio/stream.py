"""From a decoder's blocks to one stream of mono sound at one rate, and what is noticed on the way."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from earwitness.audio.decoders.blocks import BLOCK, Decoder, Gap
from earwitness.audio.limits import AudioLimits
from earwitness.audio.samples import FEW, SILENCE_PEAK, SILENT, Samples, check_finite, is_silent
from earwitness.audio.scaling import divisor, is_clipped, mix_down
from earwitness.common.errors import EmptyAudioError, UnreadableAudioError

NOTICEABLE_SECONDS = 0.05
"""A loss below this would be written as 0.0 s, and is not."""

NOTICEABLE_BYTES = 1000
"""Fewer bytes than these that nothing could be made of are a tag, or a frame or two."""

SHORT_SECONDS = 0.1
"""A whole sound shorter than this is noted as ``short``."""

EDGE = FEW
"""Samples at an end of a sound that show whether it lies at an offset there."""


@dataclass
class Noticed:
    """Notes on stretches of a sound, until the windows that hold the stretches are made."""

    # (begin, end, note) in seconds, in order
    stretches: deque[tuple[float, float, str]] = field(default_factory=deque)
    # on the sound as a whole: known from the first window on, known only at the end
    whole: list[str] = field(default_factory=list)
    final: list[str] = field(default_factory=list)

    def between(self, begin: float, end: float) -> list[str]:
        """Notes on what lies between two times; what ended before is forgotten, for windows come in order."""
        while self.stretches and self.stretches[0][1] <= begin:
            self.stretches.popleft()
        return [note for b, e, note in self.stretches if b < end and e > begin]

    def notes(self, samples: Samples, begin: float, *, end: float, last: bool) -> tuple[str, ...]:
        """All that is to be said of a window; times in seconds from the first sample of the sound."""
        found = [*self.whole, *self.between(begin, end)]
        if is_silent(samples):
            found.insert(0, SILENT)
        if last:
            found += self.final
            if begin == 0 and end < SHORT_SECONDS:
                found.append(f"short: {1000 * end:.3g} ms")
        return tuple(dict.fromkeys(found))


def mono_blocks(decoder: Decoder, name: str, limits: AudioLimits, noticed: Noticed) -> Iterator[Samples]:
    """Check, scale, clip and mix down block by block; never yields nothing at all.

    A gap becomes silence, so that what follows it keeps its time.
    """
    rate = decoder.rate
    scale = _scale(decoder, name, limits, noticed) if decoder.loose else 1.0
    frames = heard = 0
    noticed.stretches.extend((0.0, 1 / rate, remark) for remark in decoder.remarks)
    for block in decoder.blocks():
        begin, frames = frames, frames + (block.frames if isinstance(block, Gap) else len(block))
        limits.check_length(frames, rate, name)
        span = (begin / rate, frames / rate)
        if isinstance(block, Gap):
            noticed.stretches.append((*span, f"gap: {block.frames / rate:.1f} s without sound"))
            yield from _silence(block.frames)
            continue
        heard += len(block)
        check_finite(block, begin, rate, name)
        if scale != 1.0:
            block = block / scale
        if is_clipped(block):
            noticed.stretches.append((*span, "clipped"))
            block = np.clip(block, -1, 1)
        mono, cancelled = mix_down(block)
        if cancelled:
            noticed.stretches.append((*span, "out of phase: the loudest channel was kept"))
        yield mono
    if heard == 0:
        raise _nothing(decoder, name)
    noticed.final += _losses(decoder, frames)


def _silence(frames: int) -> Iterator[Samples]:
    for begin in range(0, frames, BLOCK):
        yield np.zeros(min(BLOCK, frames - begin), np.float32)


def _scale(decoder: Decoder, name: str, limits: AudioLimits, noticed: Noticed) -> float:
    """What to divide floats by, from a first pass over all of them: one number for the whole sound."""
    peak, frames = 0.0, 0
    for block in decoder.blocks():
        if isinstance(block, Gap):
            continue
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
    words = [f"{missing:.1f} s of {total:.1f} s missing"] if lost else []
    if decoder.lost_bytes >= NOTICEABLE_BYTES:
        words += [] if lost else [f"{frames / decoder.rate:.1f} s read"]
        words.append(f"{decoder.lost_bytes / 1000:.0f} kB not understood")
    if decoder.damage and (words or decoder.promised is None or "packets" in decoder.damage):
        # words about junk behind a complete sound are not worth a note
        return [f"partly unreadable: {', '.join([decoder.damage, *words])}"]
    return [f"truncated: {', '.join(words)}"] if words else []


def resampled(parts: Iterator[Samples], rate: int, target: int) -> Iterator[Samples]:
    """Resample a stream; n samples become n × target / rate, rounded, and at least one.

    To the resampler there is nothing before and after a sound. One that lies at an offset where it begins or
    ends would get a step there, and ring: it goes on at its offset instead.
    """
    if rate == target:
        yield from parts
        return
    import soxr

    stream = soxr.ResampleStream(rate, target, 1, dtype="float32", quality="HQ")
    # no more than a block comes out of one call, whatever the ratio
    step = max(1, BLOCK * rate // max(rate, target))
    taken = made = 0
    first, tail, offset = np.zeros(1, np.float32), np.zeros(0, np.float32), np.float32(0)
    for part in parts:
        if taken == 0:
            first, offset = part[:1].copy(), _offset(part[:EDGE])
        taken += len(part)
        tail = part[-EDGE:].copy()
        for begin in range(0, len(part), step):
            chunk = stream.resample_chunk(np.ascontiguousarray(part[begin : begin + step] - offset))
            made += len(chunk)
            yield _within(chunk + offset)
    if (level := _offset(tail)) != offset:
        beyond = np.full(rate // 20 + 1, level - offset, np.float32)
        chunk = stream.resample_chunk(beyond, last=True)
        chunk = chunk[: max(0, round(taken * target / rate) - made)]
    else:
        chunk = stream.resample_chunk(np.zeros(0, dtype=np.float32), last=True)
    # a sample or two at a high rate are less than half a sample at a low one, and still a sound
    yield _within(chunk + offset) if made + len(chunk) else first


def _offset(edge: Samples) -> np.float32:
    """The level that an end of a sound lies at, 0 where it does not rest there."""
    level = np.float32(edge.mean(dtype=np.float64))
    return level if abs(level) >= SILENCE_PEAK and is_silent(edge) else np.float32(0)


def _within(samples: Samples) -> Samples:
    # a band-limited curve through samples at full scale passes above them between two samples: not a fault
    # of the recording, so cut without a note
    return np.clip(samples, -1, 1, out=samples)
