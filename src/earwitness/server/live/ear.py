"""The last seconds of a sound that goes on, and whether there is news in them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from earwitness.audio import Clip
from earwitness.common.errors import OptionError
from earwitness.common.options import option

if TYPE_CHECKING:
    from earwitness.captioning.captioner import Captioner
    from earwitness.common.caption import Caption

Samples = npt.NDArray[np.float32]

ENCODINGS = {
    "s16le": ("<i2", 2.0**15),
    "s32le": ("<i4", 2.0**31),
    "f32le": ("<f4", 1.0),
    "u8": ("u1", 2.0**7),
}
"""How samples may be written: numpy's type, and full scale."""

SAME_SOUND = 0.85
"""Cosine of two captions' keywords from which on they were heard in the same sound."""
KEYWORDS = 10


@dataclass(frozen=True)
class LiveOptions:
    """What arrives, and how it is listened to.

    >>> LiveOptions(rate=44100, encoding="s24le")
    Traceback (most recent call last):
    earwitness.common.errors.OptionError: encoding is one of s16le, s32le, f32le, u8, not 's24le'.
    """

    rate: int = option(16000, "samples per second and channel, in Hz")
    channels: int = option(1, "channels, interleaved; they are mixed to their mean")
    encoding: str = option("s16le", "how a sample is written")
    window: float = option(4.0, "seconds that are listened to at a time")
    hop: float = option(1.0, "seconds from one listening to the next, at least one")

    def __post_init__(self) -> None:
        if self.encoding not in ENCODINGS:
            raise OptionError(f"encoding is one of {', '.join(ENCODINGS)}, not {self.encoding!r}.")
        for name, low, high in (("rate", 4000, 384_000), ("channels", 1, 32)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
                raise OptionError(f"{name} is a whole number from {low} to {high}, not {value!r}.")
        for name, most in (("hop", 60.0), ("window", 30.0)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 1 <= value <= most:
                raise OptionError(f"{name} is a number of seconds from 1 to {most:g}, not {value!r}.")


class Ear:
    """Keeps the last window of what arrives, never more, and says when it is time to listen again.

    >>> ear = Ear(LiveOptions(rate=8000))
    >>> ear.push(bytes(2 * 8000 * 60)); ear.due, ear.window().seconds, ear.window().start, ear.due
    (True, 4.0, 56.0, False)
    """

    def __init__(self, options: LiveOptions, source: str = "live") -> None:
        self.options, self.source = options, source
        self._total = self._heard = 0
        self._rest = b""
        # a ring: the sample that came as number n lies at n modulo its length
        self._ring = np.zeros(round(options.window * options.rate), np.float32)

    def push(self, data: bytes) -> None:
        """Take samples as they arrive; a message may end within one."""
        kind, full = ENCODINGS[self.options.encoding]
        frame = np.dtype(kind).itemsize * self.options.channels
        data = self._rest + data
        whole = len(data) // frame * frame
        self._rest = data[whole:]
        values = np.frombuffer(data[:whole], kind).reshape(-1, self.options.channels).astype(np.float32)
        if kind == "u1":
            values -= full
        self.add((values / full).mean(axis=1, dtype=np.float32))

    def add(self, samples: Samples) -> None:
        """Take mono samples at the ear's rate."""
        size = len(self._ring)
        self._total += len(samples)
        kept = samples[-size:]
        places = np.arange(self._total - len(kept), self._total) % size
        self._ring[places] = kept

    @property
    def due(self) -> bool:
        """Whether a hop of new sound is here."""
        return self._total - self._heard >= self.options.hop * self.options.rate

    @property
    def fresh(self) -> bool:
        """Whether there is sound that was not listened to, a tenth of a second at least."""
        return self._total - self._heard >= 0.1 * self.options.rate

    def window(self) -> Clip:
        """The last window, or what there is of it; what it holds counts as listened to.

        Raises
        ------
        InvalidSamplesError
            NaN or infinity arrived.
        """
        self._heard = self._total
        size = len(self._ring)
        first = max(0, self._total - size)
        samples = self._ring[np.arange(first, self._total) % size]
        # what is beyond full scale is cut; NaN stays, and the clip refuses it
        return Clip(np.clip(samples, -1, 1), self.options.rate, first / self.options.rate, self.source)


class Reporter:
    """Tells news from what was said already."""

    def __init__(self) -> None:
        self.last: Caption | None = None

    def is_news(self, caption: Caption) -> bool:
        """Whether to say a caption, given what was said last; if so it becomes that.

        News is another sound, not another wording: what was heard (the keywords and how strong they are) has
        to have changed along with the sentence.
        """
        last = self.last
        if last is not None and caption.text == last.text:
            return False
        if last is None and not caption.text:
            return False  # silence at the beginning is none
        if last is not None and last.text and caption.text and _same_sound(last, caption):
            return False
        self.last = caption
        return True


def _same_sound(a: Caption, b: Caption) -> bool:
    """Whether the strongest keyword is the same and the others are about as strong."""
    if not a.keywords or not b.keywords or a.keywords[0].text != b.keywords[0].text:
        return False
    first, second = ({k.text: k.score for k in c.keywords} for c in (a, b))
    dot = sum(score * second.get(text, 0.0) for text, score in first.items())
    norms = math.prod(math.sqrt(sum(v * v for v in d.values())) for d in (first, second))
    return dot >= SAME_SOUND * norms


def listen(captioner: Captioner, blocks: Iterable[Samples | bytes], ear: Ear) -> Iterator[Caption]:
    """Captions of a sound as it comes in, one whenever what is heard changes.

    Parameters
    ----------
    captioner : Captioner
    blocks : iterable of bytes, or of (n,) float32 arrays
        Bytes are as the ear's options say, arrays mono at its rate.
    ear : Ear

    Yields
    ------
    Caption
        Of the last seconds; ``start`` and ``end`` count from the beginning of the listening.
    """
    reporter, options = Reporter(), live_caption_options()
    for block in blocks:
        if isinstance(block, bytes):
            ear.push(block)
        else:
            ear.add(block)
        if ear.due:
            yield from _told(captioner, ear, reporter, options)
    if ear.fresh:
        yield from _told(captioner, ear, reporter, options)


def _told(captioner: Captioner, ear: Ear, reporter: Reporter, options: Any) -> Iterator[Caption]:
    caption = captioner.caption(ear.window(), options)
    if reporter.is_news(caption):
        yield caption


def live_caption_options(**given: Any) -> Any:
    """Options of captions for listening: as many keywords as it takes to compare sounds."""
    from earwitness.captioning.options import CaptionOptions

    return CaptionOptions(keywords=KEYWORDS, **given)
