"""Sounds in, captions out: the one object behind the command line and the Python API."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING, Any, TypeAlias

from earwitness.audio import Clip, stream_windows
from earwitness.captioning.listener import Listener, plan_windows, stretches
from earwitness.captioning.merging import merge
from earwitness.captioning.options import CaptionOptions, Outcome
from earwitness.captioning.remembering import Memory, StoppedError, remembering
from earwitness.classifier.base import AudibilityClassifier
from earwitness.common.caption import Caption
from earwitness.common.errors import EarwitnessError, OptionError
from earwitness.common.in_turn import InTurn
from earwitness.confidence.stepping_back import SteppingBack, believed
from earwitness.encoders.base import HasViews
from earwitness.methods.base import Heard, Method, Written, as_caption

if TYPE_CHECKING:
    from earwitness.confidence.estimator import ConfidenceEstimator
    from earwitness.encoders.base import AudioTextEncoder

BATCH = 16  # sounds written about at once
PATIENCE = 2.0  # seconds that a batch which is not full waits for the next sound


class Captioner:
    """Captions any number of sounds.

    Parameters
    ----------
    encoder : AudioTextEncoder
        Hears.
    method : Method
        Writes.
    workers : int
        Sounds heard side by side; 0 hears and writes in turn, in the caller's thread. Results do not depend
        on it.
    classifier : AudibilityClassifier, optional
        Judges every caption's audibility, and may put sentences in another order.
    confidence : ConfidenceEstimator, optional
        Says how far each sentence is to be believed; unless given, nothing does.

    Examples
    --------
    >>> import earwitness, numpy as np
    >>> captioner = earwitness.load()
    >>> captioner.caption((np.zeros(16000), 16000)).notes
    ('silent',)
    """

    remembers = True
    """Whether ``caption_many`` takes ``remember``."""

    def __init__(
        self,
        encoder: AudioTextEncoder,
        method: Method,
        workers: int = 2,
        classifier: AudibilityClassifier | None = None,
        confidence: ConfidenceEstimator | None = None,
    ) -> None:
        self.encoder, self.method, self.workers = encoder, method, max(0, workers)
        self.classifier, self.confidence = classifier, confidence

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
        if options.segments is not None or options.events is not None:
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
        remember: Callable[[Any], Memory | None] | None = None,
    ) -> Iterator[Outcome]:
        """Caption sounds one after the other, in their order; a sound that fails is an outcome with an error.

        Parameters
        ----------
        sources : iterable of sources
            Read as needed, so it may be endless.
        heard : callable, optional
            Called with each source when its captions are ready, for progress bars.
        remember : callable, optional
            Gives, for a source, where what is heard of it is kept until it is captioned.

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
        stop = Event()
        pool = ThreadPoolExecutor(self.workers) if self.workers else InTurn()
        try:
            for batch in _batches(self._listen(pool, sources, options, remember, stop)):
                for outcome in self._write(batch, options):
                    if heard:
                        heard(outcome.source)
                    yield outcome
        finally:
            # whoever leaves, by an error, Ctrl-C or a closed generator, waits for a window at most
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)

    def _listen(
        self,
        pool: Executor,
        sources: Iterable[Any],
        options: CaptionOptions,
        remember: Callable[[Any], Memory | None] | None,
        stop: Event,
    ) -> Iterator[_Listened | None]:
        """Hear sounds side by side, some ahead, hand them on in order; None while one is not yet heard."""
        waiting: deque[tuple[Any, Future[list[Heard]]]] = deque()

        def first() -> Iterator[_Listened | None]:
            source, future = waiting.popleft()
            while not wait([future], PATIENCE).done:
                yield None
            yield _result(source, future)

        for source in sources:
            memory = None if remember is None else remember(source)
            waiting.append((source, pool.submit(self._hear, source, options, memory, stop)))
            if len(waiting) > self.workers + BATCH:
                yield from first()
        while waiting:
            yield from first()

    def heard(self, source: Any, options: CaptionOptions | None = None) -> list[Heard]:
        """What is heard in each stretch of a sound, before anything is written; AudioError as ``caption``."""
        return self._hear(source, options or CaptionOptions(), None, Event())

    def _hear(self, source: Any, options: CaptionOptions, memory: Memory | None, stop: Event) -> list[Heard]:
        encoder = remembering(self.encoder, memory, stop)
        try:
            if options.events is not None:
                from earwitness.captioning.events import EventListener

                events = EventListener(encoder, options.keywords, options.events)
                return events.hear(source, options.limits, stream=options.stream)
            listener = Listener(encoder, options.keywords)
            seconds, count = plan_windows(encoder.window_seconds, options.segments)
            wide = encoder.wide_rate if isinstance(encoder, HasViews) else None
            windows = stream_windows(
                source, encoder.rate, seconds, limits=options.limits, stream=options.stream, wide=wide
            )
            return [listener.hear(stretch) for stretch in stretches(_until(stop, windows), count)]
        finally:
            if memory is not None:
                memory.close(forget=False)

    def _write(self, batch: Sequence[_Listened], options: CaptionOptions) -> Iterator[Outcome]:
        sounds = [h for _, all_heard, _ in batch for h in all_heard if h.vector is not None]
        written = iter(self._write_all(sounds, options))
        for source, all_heard, error in batch:
            captions = []
            for heard in all_heard:
                sound, sentences = (heard, None) if heard.vector is None else next(written)
                captions.append(
                    as_caption(sound, sentences, self.method.name, self.encoder.name, options.top)
                )
            if options.embeddings:
                captions = [replace(c, embedding=h.vector) for c, h in zip(captions, all_heard, strict=True)]
            yield Outcome(source, tuple(merge(captions)), error)

    def written(self, sounds: Sequence[Heard]) -> list[Written]:
        """The method's results, from all that it reads of each sound."""
        import numpy as np

        keywords = [h.keywords for h in sounds]
        views = [h.views for h in sounds if h.views is not None]
        if getattr(self.method, "reads_views", False) and len(views) == len(sounds):
            surest = np.stack([h.surest for h in sounds if h.surest is not None])
            brief = np.array([h.brief for h in sounds])
            return self.method.write(np.stack(views), keywords, surest, brief)  # type: ignore[call-arg]
        return self.method.write(np.stack([h.vector for h in sounds if h.vector is not None]), keywords)

    def _write_all(self, sounds: Sequence[Heard], options: CaptionOptions) -> Iterator[tuple[Heard, Written]]:
        from earwitness.methods.judging import judged

        least = SteppingBack(options.min_confidence, options.specific)
        for start in range(0, len(sounds), BATCH):
            some = sounds[start : start + BATCH]
            written = self.written(some)
            if self.classifier is not None:
                written = judged(written, self.classifier, options.audible_weight)
            for heard, one in zip(some, written, strict=True):
                yield (
                    (heard, one) if self.confidence is None else believed(heard, one, self.confidence, least)
                )


_Listened: TypeAlias = "tuple[Any, list[Heard], EarwitnessError | None]"


def _batches(listened: Iterator[_Listened | None]) -> Iterator[list[_Listened]]:
    """As many as are there, ``BATCH`` at most: nobody waits for a long sound behind a short one."""
    batch: list[_Listened] = []
    for one in listened:
        if one is not None:
            batch.append(one)
        if batch and (one is None or len(batch) == BATCH):
            yield batch
            batch = []
    if batch:
        yield batch


def _until(stop: Event, windows: Iterator[Clip]) -> Iterator[Clip]:
    for window in windows:
        if stop.is_set():
            raise StoppedError("the run was stopped.")
        yield window


def _result(source: Any, future: Future[list[Heard]]) -> _Listened:
    try:
        return source, future.result(), None
    except EarwitnessError as error:
        return source, [], error
