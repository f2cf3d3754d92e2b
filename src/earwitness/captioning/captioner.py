"""Sounds in, captions out: the one object behind the command line and the Python API."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from earwitness.audio import AudioLimits, stream_windows
from earwitness.captioning.listener import Listener, plan_windows, stretches
from earwitness.classifier.base import AudibilityClassifier
from earwitness.common.caption import Caption
from earwitness.common.errors import EarwitnessError, OptionError
from earwitness.methods.base import Heard, Method, Written, as_caption

if TYPE_CHECKING:
    from earwitness.encoders.base import AudioTextEncoder

BATCH = 16  # sounds written about at once


@dataclass(frozen=True)
class CaptionOptions:
    """What is asked of each sound."""

    # cut long sounds into stretches of this many seconds, a caption each; None: one caption a sound
    segments: float | None = None
    # sentences a sound, best first; above 1 they are listed as alternatives
    top: int = 1
    # keywords a sound
    keywords: int = 5
    # weight of P(audible) beside the score when sentences are put in order: 0 keeps the method's order
    audible_weight: float = 0.0
    # the largest sound that is read
    limits: AudioLimits = field(default_factory=AudioLimits)

    def __post_init__(self) -> None:
        if self.segments is not None and not 0 < self.segments < math.inf:
            raise OptionError(f"segments is a length in seconds above 0, not {self.segments}.")
        if self.top < 1 or self.keywords < 0:
            raise OptionError(
                f"top is at least 1 and keywords at least 0, not {self.top} and {self.keywords}."
            )
        if not 0 <= self.audible_weight <= 1:
            raise OptionError(f"audible_weight is between 0 and 1, not {self.audible_weight}.")


@dataclass(frozen=True)
class Outcome:
    """What became of one source: its captions, or the error that stood in the way."""

    source: Any
    captions: tuple[Caption, ...] = ()
    error: EarwitnessError | None = None


class Captioner:
    """Captions any number of sounds.

    Parameters
    ----------
    encoder : AudioTextEncoder
        Hears.
    method : Method
        Writes.
    workers : int
        Sounds heard side by side; results do not depend on it.
    classifier : AudibilityClassifier, optional
        Judges every caption's audibility, and may put sentences in another order.

    Examples
    --------
    >>> import earwitness, numpy as np
    >>> captioner = earwitness.load()
    >>> captioner.caption((np.zeros(16000), 16000)).notes
    ('silent',)
    """

    def __init__(
        self,
        encoder: AudioTextEncoder,
        method: Method,
        workers: int = 2,
        classifier: AudibilityClassifier | None = None,
    ) -> None:
        self.encoder, self.method, self.workers = encoder, method, max(1, workers)
        self.classifier = classifier

    def caption(self, source: Any, options: CaptionOptions | None = None) -> Caption:
        """One caption of one whole sound.

        Parameters
        ----------
        source : path, bytes, binary file object, Clip, or (array, rate)
        options : CaptionOptions, optional

        Raises
        ------
        AudioError
            The sound cannot be captioned; the message says why.
        """
        options = options or CaptionOptions()
        if options.segments is not None:
            raise OptionError("caption() gives one caption of the whole sound; caption_segments() cuts it.")
        return self.caption_segments(source, options)[0]

    def caption_segments(self, source: Any, options: CaptionOptions | None = None) -> list[Caption]:
        """Captions of one sound in order of time, neighbours that say the same made one."""
        outcome = next(self.caption_many([source], options))
        if outcome.error:
            raise outcome.error
        return list(outcome.captions)

    def caption_many(
        self,
        sources: Iterable[Any],
        options: CaptionOptions | None = None,
        *,
        heard: Callable[[Any], None] | None = None,
    ) -> Iterator[Outcome]:
        """Caption sounds one after the other, in their order; a sound that fails is an outcome with an error.

        Parameters
        ----------
        sources : iterable of sources
            Read as needed, so it may be endless.
        heard : callable, optional
            Called with each source when its captions are ready, for progress bars.

        Yields
        ------
        Outcome
            One a source.
        """
        options = options or CaptionOptions()
        if options.audible_weight and self.classifier is None:
            raise OptionError(
                "audible_weight needs a classifier of what can be heard; this captioner has none."
            )
        with (
            ThreadPoolExecutor(self.workers) as pool,
            closing(self._listen(pool, sources, options)) as listening,
        ):
            for batch in iter(lambda: list(islice(listening, BATCH)), []):
                for outcome in self._write(batch, options):
                    if heard:
                        heard(outcome.source)
                    yield outcome

    def _listen(
        self, pool: ThreadPoolExecutor, sources: Iterable[Any], options: CaptionOptions
    ) -> Generator[tuple[Any, list[Heard], EarwitnessError | None], None, None]:
        """Hear sounds side by side, a bounded number ahead, and hand them on in order."""
        waiting: list[tuple[Any, Future[list[Heard]]]] = []
        for source in sources:
            waiting.append((source, pool.submit(self._hear, source, options)))
            if len(waiting) > self.workers + BATCH:
                yield _result(*waiting.pop(0))
        for source, future in waiting:
            yield _result(source, future)

    def _hear(self, source: Any, options: CaptionOptions) -> list[Heard]:
        listener = Listener(self.encoder, options.keywords)
        seconds, count = plan_windows(self.encoder.window_seconds, options.segments)
        windows = stream_windows(source, self.encoder.rate, seconds, limits=options.limits)
        return [listener.hear(stretch) for stretch in stretches(windows, count)]

    def _write(
        self, batch: Sequence[tuple[Any, list[Heard], EarwitnessError | None]], options: CaptionOptions
    ) -> Iterator[Outcome]:
        sounds = [h for _, all_heard, _ in batch for h in all_heard if h.vector is not None]
        written = iter(self._write_all(sounds, options.audible_weight))
        for source, all_heard, error in batch:
            captions = [
                as_caption(
                    h,
                    next(written) if h.vector is not None else None,
                    self.method.name,
                    self.encoder.name,
                    options.top,
                )
                for h in all_heard
            ]
            yield Outcome(source, tuple(merge(captions)), error)

    def _write_all(self, sounds: Sequence[Heard], weight: float) -> Iterator[Written]:
        import numpy as np

        from earwitness.methods.judging import judged

        for start in range(0, len(sounds), BATCH):
            some = sounds[start : start + BATCH]
            vectors = np.stack([h.vector for h in some if h.vector is not None])
            written = self.method.write(vectors, [h.keywords for h in some])
            yield from written if self.classifier is None else judged(written, self.classifier, weight)


def _result(source: Any, future: Future[list[Heard]]) -> tuple[Any, list[Heard], EarwitnessError | None]:
    try:
        return source, future.result(), None
    except EarwitnessError as error:
        return source, [], error


def merge(captions: Sequence[Caption]) -> list[Caption]:
    """Make one of neighbours that say the same; the merged score is the mean over time.

    >>> a = Caption("x", 0, 10, "Rain falls", 0.8); b = Caption("x", 10, 15, "Rain falls", 0.5)
    >>> [(c.start, c.end, round(c.score, 2)) for c in merge([a, b])]
    [(0, 15, 0.7)]
    """
    out: list[Caption] = []
    for caption in captions:
        last = out[-1] if out else None
        if last is None or last.text != caption.text or last.end != caption.start:
            out.append(caption)
            continue
        before, after = last.end - last.start, caption.end - caption.start
        score = (last.score * before + caption.score * after) / max(before + after, 1e-9)
        notes = tuple(dict.fromkeys((*last.notes, *caption.notes)))
        best = last if last.score >= caption.score else caption
        out[-1] = replace(best, start=last.start, end=caption.end, score=score, notes=notes)
    return out
