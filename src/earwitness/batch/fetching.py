"""Sounds at addresses for ``earwitness caption``: fetched ahead of the captioner, if asked for."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from earwitness.batch.reading import fetched
from earwitness.captioning.options import CaptionOptions, Outcome
from earwitness.captioning.remembering import Memory


class RemembersSounds(Protocol):
    """What a ``Captioner`` and a ``Crew`` do."""

    def caption_many(
        self,
        sources: Any,
        options: CaptionOptions | None = None,
        *,
        remember: Callable[[Any], Memory | None] | None = None,
    ) -> Iterator[Outcome]: ...


class Fetching:
    """A captioner that is given names, and fetches those that are addresses.

    Parameters
    ----------
    captioner : Captioner or Crew
    storage : mapping, optional
        Arguments of the store's client.
    """

    remembers = True

    def __init__(self, captioner: RemembersSounds, storage: Mapping[str, str] | None = None) -> None:
        self._captioner, self._storage = captioner, dict(storage or {})

    def caption_many(
        self,
        sources: Sequence[str],
        options: CaptionOptions | None = None,
        *,
        remember: Callable[[Any], Memory | None] | None = None,
    ) -> Iterator[Outcome]:
        """One outcome a name, in order; what is heard of what was fetched is not remembered."""
        names: deque[str] = deque()

        def taken() -> Iterator[Any]:
            for sound in fetched(sources, str(Path.cwd()), self._storage, as_named=True):
                names.append(sound.name)
                yield sound.source

        for outcome in self._captioner.caption_many(taken(), options, remember=remember):
            yield replace(outcome, source=names.popleft())
