"""What an actor does: a part of the plan in, one file of the output."""

from __future__ import annotations

import logging
import os
import time
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from earwitness.batch.crew import Alone
from earwitness.batch.inputs import Item
from earwitness.batch.notes import Notes
from earwitness.batch.options import BatchOptions, Captioning
from earwitness.batch.places import Place, joined, place_of
from earwitness.batch.plan import Part
from earwitness.batch.reading import sounds_of
from earwitness.batch.rows import encode, failed, rows_of
from earwitness.captioning.captioner import Captioner
from earwitness.captioning.options import CaptionOptions, Outcome
from earwitness.common.errors import EarwitnessError

log = logging.getLogger(__name__)

BOLD = 2  # times that a part is begun with all its sounds at once


@dataclass(frozen=True)
class Job:
    """What every actor of a run knows."""

    output: str
    captioning: Captioning
    options: BatchOptions
    # what the captions depend on, for the files themselves
    facts: dict[str, str] = field(default_factory=dict)
    # parts that are captioned although they are there
    again: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Done:
    """What became of a part; ``trouble`` is what stands in the way of the whole run."""

    part: str
    sounds: int = 0
    rows: int = 0
    errors: int = 0
    seconds: float = 0.0
    process: int = 0
    trouble: str = ""


class Worker:
    """Holds the model, and writes parts.

    Parameters
    ----------
    job : Job
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self._place: Place = place_of(job.output, job.options.storage)
        self._notes = Notes(self._place, job.output)
        self._captioner: Captioner | None = None

    def __call__(self, batch: Any) -> Any:
        """Parts as the rows of a pyarrow table, and what became of them."""
        import pyarrow as pa

        return pa.Table.from_pylist([asdict(self.write(from_row(row))) for row in batch.to_pylist()])

    def write(self, part: Part) -> Done:
        """Caption a part's sounds, and put its file there; a part that is there is left as it is."""
        began = time.monotonic()
        try:
            target = joined(self.job.output, part.name)
            if part.name not in self.job.again and self._place.size(target) >= 0:
                return Done(part.name, process=os.getpid())
            tries = self._notes.begin(part.name)
            rows, sounds = self._captioned(part, careful=tries >= BOLD)
            errors = failed(rows)
            embeddings = self.job.captioning.options.embeddings
            content = encode(rows, self.job.options.format, embeddings=embeddings, facts=self.job.facts)
            self._notes.failures(part.name, errors)
            self._place.write(target, content)
            self._notes.end(part.name)
        except EarwitnessError as error:
            return Done(part.name, process=os.getpid(), trouble=str(error))
        return Done(part.name, sounds, len(rows), errors, time.monotonic() - began, os.getpid())

    def _captioned(self, part: Part, *, careful: bool) -> tuple[list[dict[str, Any]], int]:
        if not careful:
            try:
                return self._rows(part, self._loaded().caption_many)
            except EarwitnessError:
                raise
            except Exception:  # whatever it was, it was one sound's
                log.warning(
                    "%s: an error nobody foresaw; its sounds are taken one by one", part.name, exc_info=True
                )
        return self._rows(part, self._one_by_one)

    def _loaded(self) -> Captioner:
        if self._captioner is None:
            from earwitness.captioning.loading import load

            # one core hears and writes in turn; more hear while one writes
            cpus = self.job.options.cpus
            workers = 0 if cpus == 1 else cpus
            self._captioner = load(**{**self.job.captioning.named, "workers": workers})
        return self._captioner

    def _rows(self, part: Part, caption_many: Any) -> tuple[list[dict[str, Any]], int]:
        options = self.job.captioning.options
        taken: deque[str] = deque()

        def sources() -> Iterator[Any]:
            for sound in sounds_of(part, self.job.options, options.limits):
                taken.append(sound.name)
                yield sound.source

        rows: list[dict[str, Any]] = []
        count = 0
        for count, outcome in enumerate(caption_many(sources(), options), 1):  # noqa: B007 - counted
            rows += rows_of(taken.popleft(), outcome, embeddings=options.embeddings)
        return rows, count

    def _one_by_one(self, sources: Iterable[Any], options: CaptionOptions) -> Iterator[Outcome]:
        with Alone(self.job.captioning) as alone:
            for source in sources:
                yield alone.caption(source, options)


def to_row(part: Part) -> dict[str, Any]:
    """A part as what a pyarrow table holds; names as bytes, for not every one is UTF-8."""
    items = [{**asdict(item), "source": os.fsencode(item.source)} for item in part.items]
    return {"number": part.number, "name": part.name, "base": os.fsencode(part.base), "items": items}


def from_row(row: dict[str, Any]) -> Part:
    """The part again."""
    items = (Item(**{**item, "source": os.fsdecode(item["source"])}) for item in row["items"])
    return Part(row["number"], row["name"], tuple(items), os.fsdecode(row["base"]))
