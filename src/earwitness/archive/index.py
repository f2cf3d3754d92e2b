"""Folders into an archive: what is new is captioned, a sound at a time, each wholly there or not at all.

A sound's file and its events are written in one transaction, several sounds to a commit, so a run that is
killed loses at most the sounds of the last second, and the next one captions those again. What was read is
noted with the size and time that the file had before it was read: one that changes meanwhile is read again.
"""

from __future__ import annotations

import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from earwitness.archive.options import IndexOptions
from earwitness.archive.results import IndexReport, Progress
from earwitness.archive.store.database import transaction
from earwitness.archive.store.prune import prune, tidy
from earwitness.archive.store.scan import Found, gone_files, list_files, look_at
from earwitness.archive.store.writing import Rows, Stamp, remember, remembered
from earwitness.captioning.options import CaptionOptions, Outcome
from earwitness.common.errors import OptionError

logger = logging.getLogger(__name__)

COMMIT_SECONDS = 1.0
COMMIT_EVENTS = 4000


class CaptionsMany(Protocol):
    """What an archive needs of a ``Captioner``."""

    @property
    def encoder(self) -> Any:
        """Hears; its name and dim are kept in the archive."""
        ...

    def caption_many(self, sources: Any, options: CaptionOptions) -> Iterator[Outcome]:
        """One outcome a sound, in order, each caption with its embedding."""
        ...


@dataclass
class _Counts:
    """What a run has done so far."""

    captioned: int = 0
    unchanged: int = 0
    moved: int = 0
    copied: int = 0
    events: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)


class Indexer:
    """One indexing run; the caller holds the archive's lock.

    Parameters
    ----------
    connection : sqlite3.Connection
    captioner : Captioner, or what has ``encoder`` and ``caption_many``
    options : IndexOptions
    tick : callable, optional
        Called with a ``Progress`` a file.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        captioner: CaptionsMany,
        options: IndexOptions,
        tick: Callable[[Progress], None] | None = None,
    ) -> None:
        self.connection, self.captioner, self.options, self.tick = connection, captioner, options, tick
        self.rows, self.counts = Rows(connection, captioner.encoder.embed_text), _Counts()
        self._pending: dict[str, Found] = {}
        self._contents: set[bytes] = set()
        self._copies: list[bytes] = []
        self._batch: list[Callable[[], None]] = []
        self._batch_events, self._begun, self._done, self._total = 0, time.monotonic(), 0, 0

    def run(self, folders: Sequence[str | os.PathLike[str]]) -> IndexReport:
        """Bring the archive to what is in the folders now."""
        self._settle()
        paths = list_files(folders)
        self._total = len(paths)
        asked = self.options
        caption_options = CaptionOptions(
            segments=None if asked.events else asked.segments,
            events=asked.events,
            keywords=asked.keywords,
            embeddings=True,
        )
        # the second time round come the copies of sounds that were new in this same run
        for files in (paths, self._copies):
            fresh = self._fresh(files, copies=files is paths)
            for outcome in self.captioner.caption_many(fresh, caption_options):
                self._take(outcome)
            self._commit()
        missing = gone_files(self.connection, folders, paths)
        with transaction(self.connection):
            self.connection.executemany(
                "UPDATE files SET missing = ? WHERE id = ?", [(time.time(), i) for i in missing]
            )
        pruned = prune(self.connection) if self.options.prune else 0
        tidy(self.connection)
        counts = {k: v for k, v in vars(self.counts).items() if k != "failed"}
        return IndexReport(**counts, missing=len(missing), pruned=pruned, failed=tuple(self.counts.failed))

    def _settle(self) -> None:
        """Make sure that the archive is of this encoder and cut like this, and keep both in a new one."""
        known, encoder = remembered(self.connection), self.captioner.encoder
        check_encoder(known, encoder.name)
        cut = self.options.cut
        if known.get("cut", cut) != cut:
            raise OptionError(
                f"this archive holds {known['cut']}, not {cut}; index into another archive to cut otherwise."
            )
        with transaction(self.connection):
            remember(self.connection, encoder=encoder.name, dim=str(encoder.dim), cut=cut)

    def _fresh(self, paths: Sequence[bytes], *, copies: bool = True) -> Iterator[str]:
        """The files that have to be captioned; what is to be done about the others is done on the way."""
        for found in look_at(self.connection, paths, retry=self.options.retry):
            content = found.stamp.hash
            if found.what == "new":
                if copies and content is not None and content in self._contents:
                    self._copies.append(found.path)
                    continue
                if content is not None:
                    self._contents.add(content)
                path = os.fsdecode(found.path)
                self._pending[path] = found
                yield path
            else:
                self._change(found)

    def _change(self, found: Found) -> None:
        assert found.known is not None
        known, stamp = found.known, found.stamp
        if found.what == "touched":
            self._later(lambda: self._place(known.id, found.path, stamp))
            self._tell(found.path, "unchanged")
        elif found.what == "moved":
            # at once: the next file with this content must not be taken for the same one moved
            self._commit()
            with transaction(self.connection):
                self._place(known.id, found.path, stamp)
            self._tell(found.path, "moved")
        elif found.what == "copied":
            self._later(lambda: self._copy(known.id, found.path, stamp))
            self._tell(found.path, "copied")
        else:
            self._tell(found.path, "unchanged")

    def _place(self, file: int, path: bytes, stamp: Stamp) -> None:
        self.connection.execute(
            "UPDATE files SET path = ?, size = ?, modified = ?, missing = NULL WHERE id = ?",
            (path, stamp.size, stamp.modified, file),
        )

    def _copy(self, source: int, path: bytes, stamp: Stamp) -> None:
        file = self.rows.put_file(path, stamp)
        self.rows.copy_events(source, file)
        self.connection.execute(
            "UPDATE files SET seconds = (SELECT seconds FROM files WHERE id = ?) WHERE id = ?", (source, file)
        )

    def _take(self, outcome: Outcome) -> None:
        found = self._pending.pop(str(outcome.source))
        error = None if outcome.error is None else str(outcome.error)
        captions = [replace(c, alternatives=(), trace=()) for c in outcome.captions]
        if error is not None:
            self._contents.discard(found.stamp.hash or b"")
            self.counts.failed.append((str(outcome.source), error))
        self.counts.events += len(captions)
        self._batch_events += len(captions)
        self._later(lambda: _ignore(self.rows.put_file(found.path, found.stamp, captions, error)))
        self._tell(found.path, "captioned" if error is None else "failed")

    def _later(self, write: Callable[[], None]) -> None:
        """Write with the next commit; the database is never held while a sound is being listened to."""
        self._batch.append(write)
        if self._batch_events >= COMMIT_EVENTS or time.monotonic() - self._begun >= COMMIT_SECONDS:
            self._commit()

    def _commit(self) -> None:
        batch, self._batch, self._batch_events = self._batch, [], 0
        if batch:
            try:
                with transaction(self.connection):
                    for write in batch:
                        write()
                    self.rows.seal()
            except BaseException:
                self.rows.forget()
                raise
        self._begun = time.monotonic()

    def _tell(self, path: bytes, what: str) -> None:
        self._done += 1
        if what != "failed":
            setattr(self.counts, what, getattr(self.counts, what) + 1)
        if self.tick:
            self.tick(Progress(self._done, self._total, os.fsdecode(path), what))


def _ignore(_: object) -> None:
    """For what is done for its effect alone."""


def check_encoder(known: dict[str, str], name: str) -> None:
    """Raise OptionError where an archive's embeddings are another encoder's."""
    if known.get("encoder", name) != name:
        raise OptionError(
            f"this archive's embeddings are of the encoder {known['encoder']!r}, and those of {name!r} "
            f"cannot be compared with them; use --encoder {known['encoder']}, or index into another archive."
        )
