"""Only what is new is listened to: changed, moved, copied, gone, and one run at a time."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from earwitness.archive import Archive, IndexOptions, SearchOptions
from earwitness.archive.store.lock import writing
from earwitness.common.errors import ArchiveError, AudioNotFoundError, OptionError
from tests.archive.conftest import NameCaptioner, WordEncoder, make_sound


def rows(archive: Archive) -> list[tuple[bytes, float, float, str]]:
    """All events as they stand in the file, with nothing of this program's own in between."""
    with sqlite3.connect(archive.path) as connection:
        return connection.execute(
            'SELECT f.path, e.start, e."end", t.text FROM events e JOIN files f ON f.id = e.file '
            "JOIN texts t ON t.id = e.text ORDER BY 1, 2"
        ).fetchall()


def test_a_second_run_listens_to_nothing(archive: Archive, folder: Path, captioner: NameCaptioner) -> None:
    first = archive.index([folder], captioner=captioner)
    again = archive.index([folder], captioner=captioner)
    assert (first.captioned, first.events, again.unchanged, again.captioned) == (6, 6, 6, 0)
    assert len(captioner.asked) == 6 and len(rows(archive)) == 6


def test_new_and_changed_files_only(archive: Archive, folder: Path, captioner: NameCaptioner) -> None:
    archive.index([folder], captioner=captioner)
    make_sound(folder / "crowd_cheers.wav")
    make_sound(folder / "bell_rings.wav", seconds=25)
    report = archive.index([folder], captioner=captioner)
    assert (report.captioned, report.unchanged) == (2, 5)
    ends = [end for path, _, end, _ in rows(archive) if path.endswith(b"bell_rings.wav")]
    assert ends == [10, 20, 25]


def test_a_file_with_a_new_time_and_the_same_content_is_unchanged(
    archive: Archive, folder: Path, captioner: NameCaptioner
) -> None:
    archive.index([folder], captioner=captioner)
    os.utime(folder / "bell_rings.wav", (1, 1))
    assert archive.index([folder], captioner=captioner).unchanged == 6
    assert len(captioner.asked) == 6


def test_moved_files_are_known_by_their_content(
    archive: Archive, folder: Path, captioner: NameCaptioner
) -> None:
    archive.index([folder], captioner=captioner)
    before = {text for *_, text in rows(archive)}
    (folder / "dog_barks.wav").rename(folder / "field" / "x.wav")
    (folder / "rain_falls.wav").rename(folder / "a.wav")
    report = archive.index([folder], captioner=captioner)
    assert (report.moved, report.captioned, report.missing) == (2, 0, 0)
    assert {text for *_, text in rows(archive)} == before and len(rows(archive)) == 6
    assert any(p.endswith(b"field/x.wav") and t == "A dog barks" for p, *_, t in rows(archive))


def test_copies_are_not_listened_to(archive: Archive, folder: Path, captioner: NameCaptioner) -> None:
    data = (folder / "dog_barks.wav").read_bytes()
    (folder / "zz_copy.wav").write_bytes(data)  # in the same run as the first
    report = archive.index([folder], captioner=captioner)
    assert (report.captioned, report.copied) == (6, 1)
    (folder / "another.wav").write_bytes(data)
    assert archive.index([folder], captioner=captioner).copied == 1
    assert sum(text == "A dog barks" for *_, text in rows(archive)) == 3 and len(captioner.asked) == 6


def test_gone_files_are_marked_then_dropped(archive: Archive, folder: Path, captioner: NameCaptioner) -> None:
    archive.index([folder], captioner=captioner)
    (folder / "bell_rings.wav").unlink()
    report = archive.index([folder], captioner=captioner)
    assert report.missing == 1 and archive.stats().missing == 1
    assert not [h for h in archive.search("bell") if h.path.endswith("bell_rings.wav")]
    assert archive.index([folder], IndexOptions(prune=True), captioner=captioner).pruned == 1
    assert archive.stats().missing == 0 and len(rows(archive)) == 5
    with sqlite3.connect(archive.path) as connection:
        assert not connection.execute("SELECT * FROM words WHERE words MATCH 'bell'").fetchall()
    archive.check()


def test_a_file_that_comes_back_is_there_again(
    archive: Archive, folder: Path, captioner: NameCaptioner, tmp_path: Path
) -> None:
    archive.index([folder], captioner=captioner)
    (folder / "bell_rings.wav").rename(tmp_path / "kept")
    archive.index([folder], captioner=captioner)
    (tmp_path / "kept").rename(folder / "bell_rings.wav")
    archive.index([folder], captioner=captioner)
    assert archive.stats().missing == 0 and len(captioner.asked) == 6


def test_another_folder_says_nothing_of_the_first(
    archive: Archive, folder: Path, captioner: NameCaptioner, tmp_path: Path
) -> None:
    archive.index([folder], captioner=captioner)
    make_sound(tmp_path / "other" / "crowd.wav")
    assert archive.index([tmp_path / "other"], captioner=captioner).missing == 0
    with pytest.raises(AudioNotFoundError, match="no-such"):
        archive.index([tmp_path / "no-such"], captioner=captioner)
    assert archive.stats().files == 7 and archive.stats().missing == 0


def test_what_cannot_be_read_is_named_kept_in_mind_and_tried_again(
    archive: Archive, folder: Path, captioner: NameCaptioner
) -> None:
    (folder / "broken.wav").write_text("this is no sound")
    (folder / "broken_too.wav").write_text("this is no sound")
    report = archive.index([folder], captioner=captioner)
    assert report.captioned == 6 and len(report.failed) == 2 and archive.stats().unreadable == 2
    archive.index([folder], IndexOptions(retry=False), captioner=captioner)
    assert len(captioner.asked) == 8
    make_sound(folder / "broken.wav")
    assert archive.index([folder], captioner=captioner).captioned == 1
    assert archive.stats().unreadable == 1


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="these systems have names of text alone")
@pytest.mark.parametrize(
    "name", [b"\xff\xfe.wav", b"new\nline.wav", b"'quote\";--.wav", "žluťoučký 犬.wav".encode()]
)
def test_names_of_any_bytes(archive: Archive, captioner: NameCaptioner, tmp_path: Path, name: bytes) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    plain = make_sound(tmp_path / "dog.wav")
    os.rename(plain, os.fsencode(folder) + b"/" + name)  # noqa: PTH104 - bytes
    assert archive.index([folder], captioner=captioner).captioned == 1
    hits = archive.search()
    assert os.fsencode(hits[0].path) == os.fsencode(folder) + b"/" + name and Path(hits[0].path).is_file()
    assert archive.index([folder], captioner=captioner).unchanged == 1


def test_one_run_at_a_time(archive: Archive, folder: Path, captioner: NameCaptioner) -> None:
    with writing(archive.path), pytest.raises(ArchiveError, match=f"process {os.getpid()} on .* since"):
        archive.index([folder], captioner=captioner)
    order: list[str] = []

    def second() -> None:
        archive.index([folder], IndexOptions(wait=True), captioner=captioner)
        order.append("second")

    with writing(archive.path):
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(0.5)
        order.append("first")
    thread.join(20)
    assert order == ["first", "second"] and archive.stats().files == 6
    assert not archive.path.with_name("sounds.db.lock").exists()


def test_a_lock_of_a_dead_process_holds_nobody_up(
    archive: Archive, folder: Path, captioner: NameCaptioner
) -> None:
    code = (
        "import sys, os; from pathlib import Path; from earwitness.archive.store.lock import writing\n"
        "with writing(Path(sys.argv[1])): os._exit(9)"
    )
    subprocess.run([sys.executable, "-c", code, str(archive.path)], check=False)
    assert archive.path.with_name("sounds.db.lock").exists()
    assert archive.index([folder], captioner=captioner).captioned == 6


def test_another_encoder_and_another_cut_are_refused(
    archive: Archive, folder: Path, captioner: NameCaptioner
) -> None:
    archive.index([folder], captioner=captioner)
    other = NameCaptioner()
    other.encoder = WordEncoder()
    other.encoder.name = "clap:other"  # type: ignore[misc]
    with pytest.raises(OptionError, match=r"of the encoder 'words'.*'clap:other'"):
        archive.index([folder], captioner=other)
    with pytest.raises(OptionError, match="segments of 10 s, not whole sounds"):
        archive.index([folder], IndexOptions(segments=None), captioner=captioner)
    with (
        Archive(archive.path, encoder="tags") as wrong,
        pytest.raises(OptionError, match="of the encoder 'words'"),
    ):
        wrong.search("dog")


def test_searching_while_another_writes_sees_whole_sounds(
    archive: Archive, folder: Path, captioner: NameCaptioner
) -> None:
    for i in range(40):
        make_sound(folder / "more" / f"dog_{i}.wav", seconds=30)
    counts: list[int] = []
    done = threading.Event()

    def look() -> None:
        while not done.is_set():
            hits = archive.search("dog", SearchOptions(top=500))
            counts.append(sum("more" in Path(h.path).parts for h in hits))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        archive.index([folder], captioner=captioner)
    finally:
        done.set()
        thread.join()
    assert len(archive.search("dog", SearchOptions(top=500))) == 6 + 3 * 40
    assert all(n % 3 == 0 for n in counts) and counts == sorted(counts)


def test_the_embedding_kept_is_that_of_the_sound(
    archive: Archive, folder: Path, captioner: NameCaptioner
) -> None:
    from earwitness.archive.store.packing import unpack_vectors

    archive.index([folder], captioner=captioner)
    with sqlite3.connect(archive.path) as connection:
        found = connection.execute(
            "SELECT t.text, e.vector FROM events e JOIN texts t ON t.id = e.text"
        ).fetchall()
    for text, blob in found:
        np.testing.assert_allclose(
            unpack_vectors([blob], 6)[0], captioner.encoder.embed_text([text])[0], atol=1e-3
        )
