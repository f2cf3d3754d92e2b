"""What is no archive, is damaged, older or newer, is one sentence."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

import earwitness.archive as archives
from earwitness.archive import Archive
from earwitness.archive.store.schema import APPLICATION, STEPS, VERSION
from earwitness.common.errors import ArchiveError
from tests.archive.conftest import NameCaptioner, WordEncoder


def foreign(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE notes (text)")


def newer(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE files (id)")
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda p: None, "there is no archive"),
        (lambda p: p.write_bytes(b"RIFF" + bytes(100)), "not an SQLite file"),
        (lambda p: p.touch(), "not an SQLite file"),
        (lambda p: p.mkdir(), "cannot be opened"),
        (foreign, "an SQLite file of something else"),
        (newer, "newer earwitness"),
        (
            lambda p: p.write_bytes(b"SQLite format 3\0" + bytes(range(256)) * 64),
            "is damaged|no archive|cannot be used",
        ),
    ],
)
def test_what_is_no_archive_is_one_sentence(tmp_path: Path, make: object, said: str) -> None:
    path = tmp_path / "a.db"
    make(path)  # type: ignore[operator]
    with pytest.raises(ArchiveError, match=said) as caught:
        archives.open(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("where", [0.3, 0.5, 0.8])
def test_a_damaged_archive_is_one_sentence(
    archive: Archive, folder: Path, captioner: NameCaptioner, where: float
) -> None:
    archive.index([folder], captioner=captioner)
    archive.close()
    data = bytearray(archive.path.read_bytes())
    begin = int(len(data) * where) // 16384 * 16384
    data[begin : begin + 3 * 16384] = b"\xa5" * (3 * 16384)
    archive.path.write_bytes(bytes(data))
    with pytest.raises(ArchiveError) as caught, Archive(archive.path, encoder=WordEncoder()) as damaged:
        damaged.check()
    assert "damaged" in str(caught.value) and "Traceback" not in str(caught.value)


def test_an_archive_of_the_first_version_is_brought_up_to_date(
    tmp_path: Path, folder: Path, captioner: NameCaptioner
) -> None:
    path = tmp_path / "old.db"
    with sqlite3.connect(path) as connection:
        for statement in STEPS[0]:
            connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        connection.execute("PRAGMA user_version = 1")
        connection.execute(
            "INSERT INTO meta VALUES ('encoder', 'words'), ('dim', '6'), ('cut', 'segments of 10 s')"
        )
        connection.execute(
            "INSERT INTO files (id, path, size, modified, indexed) VALUES (1, X'2F61', 1, 1, 1)"
        )
        connection.execute("INSERT INTO texts (id, text) VALUES (1, 'A dog')")
        connection.execute("INSERT INTO words (rowid, text) VALUES (1, 'A dog')")
        connection.execute(
            "INSERT INTO events (file, start, \"end\", text, score, confidence, keywords) VALUES (1, 0, 1, 1, 1, 1, X'')"
        )
    with Archive(path, encoder=WordEncoder()) as archive:
        assert [h.text for h in archive.search("dog")] == ["A dog"]
        archive.index([folder], captioner=captioner)
        assert archive.stats().files == 7
    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (VERSION,)


def test_two_processes_may_make_the_same_archive(tmp_path: Path) -> None:
    code = "import sys, earwitness.archive as a; a.open(sys.argv[1], create=True).check()"
    path = str(tmp_path / "new.db")
    runs = [subprocess.Popen([sys.executable, "-c", code, path], stderr=subprocess.PIPE) for _ in range(4)]
    assert [(r.communicate()[1], r.returncode) for r in runs] == [(b"", 0)] * 4


@pytest.mark.skipif(sys.platform == "win32", reason="folders have other rights there")
def test_an_archive_on_read_only_media_answers(
    archive: Archive, folder: Path, captioner: NameCaptioner
) -> None:
    archive.index([folder], captioner=captioner)
    archive.close()
    from unittest.mock import patch

    # root may write everything, so the system is asked in its place
    with patch("os.access", return_value=False), Archive(archive.path, encoder=WordEncoder()) as frozen:
        assert len(frozen.search("dog")) == 6
        with pytest.raises(ArchiveError, match="readonly"):
            frozen.prune()


def test_a_closed_archive_says_so(archive: Archive) -> None:
    archive.close()
    with pytest.raises(ArchiveError, match="was closed"):
        archive.search("dog")


def test_importing_archives_needs_no_extra() -> None:
    code = "import sys, earwitness.archive; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"torch", "transformers", "onnxruntime", "pyarrow"} & set(loaded)
