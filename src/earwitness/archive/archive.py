"""An archive: one SQLite file of sounds that were listened to once."""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from earwitness.archive.options import IndexOptions, SearchOptions
from earwitness.archive.results import Duplicates, Event, Hit, IndexReport, Progress, Stats
from earwitness.archive.store.database import connect, is_made, sentences, snapshot
from earwitness.archive.store.lock import writing
from earwitness.archive.store.writing import remembered
from earwitness.common.errors import ArchiveError, OptionError

if TYPE_CHECKING:
    from earwitness.archive.index import CaptionsMany
    from earwitness.encoders.base import AudioTextEncoder


def open(
    path: str | os.PathLike[str], *, create: bool = False, encoder: AudioTextEncoder | str | None = None
) -> Archive:
    """Open an archive.

    Parameters
    ----------
    path : path
    create : bool
        Make one where there is none.
    encoder : AudioTextEncoder or str, optional
        What queries are embedded with; the archive's own, by its name, unless given.

    Raises
    ------
    ArchiveError
        There is none, it is something else, damaged, or of a newer earwitness.

    Examples
    --------
    >>> import tempfile, numpy as np, soundfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     rng = np.random.default_rng(0)
    ...     soundfile.write(os.path.join(folder, "noise.wav"), rng.normal(0, 0.1, 16000).clip(-1, 1), 16000)
    ...     with open(os.path.join(folder, "sounds.db"), create=True) as archive:
    ...         report = archive.index([folder])
    ...         hits = archive.search("noise")
    >>> report.captioned, len(hits), hits[0].start, hits[0].end
    (1, 1, 0.0, 1.0)
    """
    return Archive(path, create=create, encoder=encoder)


class Archive:
    """See ``open``. A context manager; may be searched from several threads at once.

    Parameters
    ----------
    path : path
    create : bool
    encoder : AudioTextEncoder or str, optional
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        create: bool = False,
        encoder: AudioTextEncoder | str | None = None,
    ) -> None:
        self.path = Path(path)
        self._encoder = encoder
        self._lock = threading.Lock()
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._closed = False
        if create and not is_made(self.path):
            # two runs that both make it would each find the other's half
            with writing(self.path, wait=True):
                connect(self.path, create=True).close()
        self._connection()  # what cannot be opened is said now, not at the first search

    def __enter__(self) -> Archive:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._closed = True
            for connection in self._connections:
                connection.close()
            self._connections.clear()

    @property
    def encoder(self) -> AudioTextEncoder:
        """The encoder that the archive's embeddings are of, loaded when it is first needed.

        Raises
        ------
        OptionError
            The archive was opened with another one.
        """
        from earwitness.archive.index import check_encoder
        from earwitness.encoders.registry import load_encoder

        known = self.meta()
        with self._lock:
            asked = self._encoder
            check_encoder(known, known.get("encoder", "tags") if asked is None else _name(asked))
            if asked is None or isinstance(asked, str):
                self._encoder = load_encoder(asked or known.get("encoder", "tags"))
            return self._encoder  # type: ignore[return-value]

    def meta(self) -> dict[str, str]:
        """What holds for the whole archive: encoder, dim, cut; empty before anything was indexed."""
        with self._reading() as connection:
            return remembered(connection)

    def index(
        self,
        folders: Sequence[str | os.PathLike[str]],
        options: IndexOptions | None = None,
        *,
        captioner: CaptionsMany | None = None,
        tick: Callable[[Progress], None] | None = None,
    ) -> IndexReport:
        """Bring the archive to what is in some folders now; only what is new or changed is listened to.

        Parameters
        ----------
        folders : sequence of paths
            Folders and files.
        options : IndexOptions, optional
        captioner : Captioner, optional
            The embedded one, or that of the archive's encoder, unless given.
        tick : callable, optional
            Called with a ``Progress`` a file.

        Raises
        ------
        ArchiveError
            Another run writes the archive, or it cannot be written.
        AudioNotFoundError
            A folder is not there.
        OptionError
            The archive is of another encoder, or cut otherwise.
        """
        from earwitness.archive.index import Indexer

        options = options or IndexOptions()
        with writing(self.path, wait=options.wait), sentences(self.path):
            return Indexer(self._connection(), captioner or self._captioner(), options, tick).run(folders)

    def search(
        self, text: str | None = None, options: SearchOptions | None = None, *, like: Any = None
    ) -> list[Hit]:
        """Find stretches of sound by words, by a sound, or by both; by filters alone in the order of paths.

        What stands at the end of the words, after "without", "but no" or ", no", is not wanted, like
        ``SearchOptions.without``.

        Parameters
        ----------
        text : str, optional
        options : SearchOptions, optional
        like : path, bytes, binary file object, Clip, or (array, rate), optional
            A sound that the results are like.

        Raises
        ------
        OptionError
            The text is empty, the sound silent, or the archive was opened with another encoder.
        AudioError
            The sound cannot be read.
        """
        from earwitness.archive.finding.listing import listed
        from earwitness.archive.finding.query import asked_for, make_query, sound_vector

        options = options or SearchOptions()
        if text is None and like is None:
            with self._reading() as connection:
                return listed(connection, options)
        encoder = self.encoder
        vector = None if like is None else sound_vector(like, encoder)
        unwanted = tuple(options.without)
        if text is not None:
            text, named = asked_for(text)
            unwanted += named
        return self._search(make_query(encoder, text, vector, unwanted), options)

    def similar(self, event: int, options: SearchOptions | None = None) -> list[Hit]:
        """Stretches of sound that are like one of the archive's, by its number (``Hit.event``).

        Raises
        ------
        OptionError
            There is no such event, or it is silent.
        """
        from earwitness.archive.finding.query import make_query
        from earwitness.archive.store.packing import unpack_vectors

        options = options or SearchOptions()
        with self._reading() as connection:
            row = connection.execute("SELECT vector FROM events WHERE id = ?", (event,)).fetchone()
        if row is None or row[0] is None:
            raise OptionError(f"the archive has no event {event} that could be heard.")
        encoder = self.encoder
        vector = unpack_vectors([row[0]], encoder.dim)[0]
        return self._search(make_query(encoder, None, vector, options.without), options, {event})

    def event(self, number: int) -> Event | None:
        """One event of a file that is there, by its number; None where there is none."""
        from earwitness.archive.finding.reading import read_events

        with self._reading() as connection:
            return read_events(connection, [number]).get(number)

    def stats(self) -> Stats:
        """What is in the archive."""
        from earwitness.archive.telling.stats import read_stats

        with self._reading() as connection:
            return read_stats(connection, self.path)

    def duplicates(self, least: float = 0.9) -> list[Duplicates]:
        """Files that sound the same, the longest first; see ``duplicates.py``.

        Parameters
        ----------
        least : float
            Least correlation of two sounds' spectra over time; two recordings of one kind have below 0.5.
        """
        from earwitness.archive.telling.duplicates import find_duplicates

        with self._reading() as connection:
            return find_duplicates(connection, least)

    def export(self, to: str | os.PathLike[str], format: str | None = None, **options: Any) -> int:
        """Write all events as a table or a data set; how many there were. See ``export.py``."""
        from earwitness.archive.telling.export import export

        with self._reading() as connection:
            return export(connection, Path(to), format, **options)

    def prune(self, *, wait: bool = False) -> int:
        """Drop the files that are gone, with their events; how many there were."""
        from earwitness.archive.store.prune import prune, tidy

        with writing(self.path, wait=wait), sentences(self.path):
            count = prune(self._connection())
            tidy(self._connection())
            return count

    def check(self) -> None:
        """Read all of the file.

        Raises
        ------
        ArchiveError
            It is damaged.
        """
        with self._reading() as connection:
            said = connection.execute("PRAGMA integrity_check").fetchone()[0]
        if said != "ok":
            raise ArchiveError(f"{self.path} is damaged ({said}); restore a copy, or index again.")

    def _search(self, query: Any, options: SearchOptions, leave_out: set[int] | None = None) -> list[Hit]:
        from earwitness.archive.finding.search import search
        from earwitness.encoders.base import query_background_of

        with self._reading() as connection:
            return search(connection, query, options, query_background_of(self.encoder), leave_out or ())

    def _captioner(self) -> CaptionsMany:
        from earwitness.archive.making import captioner_for

        return captioner_for(self, encoder=None if self._encoder is None else _name(self._encoder))

    def _connection(self) -> sqlite3.Connection:
        """This thread's own."""
        with self._lock:
            if self._closed:
                raise ArchiveError(f"{self.path} was closed.")
            if not hasattr(self._local, "connection"):
                self._local.connection = connect(self.path)
                self._connections.append(self._local.connection)
        connection: sqlite3.Connection = self._local.connection
        return connection

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        connection = self._connection()
        with sentences(self.path):
            if connection.in_transaction:  # one call inside another
                yield connection
            else:
                with snapshot(connection):
                    yield connection


def _name(encoder: AudioTextEncoder | str) -> str:
    return encoder if isinstance(encoder, str) else encoder.name
