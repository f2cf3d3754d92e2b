"""Captions by several processes of this machine: every core is used, whatever Python lets threads do.

A process that dies takes no sound with it: what it had in hand is captioned again, sound by sound, and one
that kills its process twice is a sound that failed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from types import TracebackType
from typing import Any

from earwitness.audio.sources import name_of
from earwitness.batch.options import Captioning
from earwitness.batch.processes import Chunk, Team
from earwitness.captioning.options import CaptionOptions, Outcome
from earwitness.captioning.remembering import Memory
from earwitness.common.errors import EarwitnessError, UnreadableAudioError

CHUNK = 8  # sounds handed over at once: enough to write about together
TRIES = 2  # of a sound alone, before it is held to kill its process


class Crew:
    """A captioner of several processes, each with the model.

    Parameters
    ----------
    count : int
        Processes.
    captioning : Captioning
        What each of them loads; its ``options`` count where ``caption_many`` is given none.

    Examples
    --------
    >>> list(Crew(2, Captioning()).caption_many([]))
    []
    """

    remembers = True
    """Whether ``caption_many`` takes ``remember``."""

    def __init__(self, count: int, captioning: Captioning) -> None:
        self.count, self._captioning = max(1, count), captioning

    def caption_many(
        self,
        sources: Iterable[Any],
        options: CaptionOptions | None = None,
        *,
        remember: Callable[[Any], Memory | None] | None = None,
    ) -> Iterator[Outcome]:
        """Outcomes in the order of the sources, as ``Captioner.caption_many`` has them.

        Parameters
        ----------
        sources : iterable of sources
            Such as can be sent to a process: paths, bytes, (array, rate).
        options : CaptionOptions, optional
        remember : callable, optional
            See ``Captioner.caption_many``.

        Yields
        ------
        Outcome
            One a source.
        """
        options = options or self._captioning.options
        asked = ((source, None if remember is None else remember(source)) for source in sources)
        team = Team(self.count, self._captioning)
        waiting: deque[tuple[Chunk, Future[list[Outcome]] | None]] = deque()
        try:
            while chunk := list(islice(asked, self._chunk(sources))):
                waiting.append((chunk, team.submit(chunk, options)))
                if len(waiting) > 2 * self.count:
                    yield from self._first(waiting, team, options)
            while waiting:
                yield from self._first(waiting, team, options)
        finally:
            team.dismiss()

    def _chunk(self, sources: Iterable[Any]) -> int:
        """Of few sounds, nobody is to have many while others have none."""
        if not isinstance(sources, Sequence):
            return CHUNK
        return max(1, min(CHUNK, -(-len(sources) // (2 * self.count))))

    def _first(
        self,
        waiting: deque[tuple[Chunk, Future[list[Outcome]] | None]],
        team: Team,
        options: CaptionOptions,
    ) -> Iterator[Outcome]:
        chunk, future = waiting.popleft()
        try:
            if future is None:
                raise BrokenProcessPool
            outcomes = future.result()
        except BrokenProcessPool:
            team.dismiss()
            # what the others had in hand is lost with it; each is looked at when its turn comes
            lost = [(other, None) for other, _ in waiting]
            waiting.clear()
            waiting.extend(lost)
            with Alone(self._captioning) as alone:
                outcomes = [alone.caption(source, options, memory) for source, memory in chunk]
        yield from outcomes


class Alone:
    """Captions one sound after the other in a process that may die of it; a context manager.

    Parameters
    ----------
    captioning : Captioning
    """

    def __init__(self, captioning: Captioning) -> None:
        self._team = Team(1, captioning)

    def __enter__(self) -> Alone:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._team.dismiss()

    def caption(self, source: Any, options: CaptionOptions, memory: Memory | None = None) -> Outcome:
        """What became of a sound, whatever it does to the process.

        Raises
        ------
        EarwitnessError
            There is no captioner to be had.
        """
        for _ in range(TRIES):
            try:
                return self._team.submit([(source, memory)], options).result()[0]
            except BrokenProcessPool:
                self._team.dismiss()
            except EarwitnessError:
                raise
            except Exception as error:  # noqa: BLE001 - it is this sound's, and said of it
                words = f"{name_of(source)}: {type(error).__name__}: {error}"
                return Outcome(source, (), EarwitnessError(words))
        words = f"{name_of(source)}: the process that listened to it died of it, {TRIES} times."
        return Outcome(source, (), UnreadableAudioError(words))
