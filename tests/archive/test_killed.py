"""A run that is killed at any moment loses no event and has none twice."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.archive.conftest import make_sound

PROJECT = Path(__file__).parents[2]
RUN = """
import sys, time
import earwitness.archive.index as index
from earwitness.archive import Archive
from tests.archive.conftest import NameCaptioner, WordEncoder
index.COMMIT_SECONDS = 0.02
class Slow(NameCaptioner):
    def captions(self, source, seconds):
        time.sleep(0.004)
        return super().captions(source, seconds)
with Archive(sys.argv[1], create=True, encoder=WordEncoder()) as archive:
    print(archive.index([sys.argv[2]], captioner=Slow()).lines()[0])
"""
FILES = 120


def start(archive: Path, folder: Path) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(PROJECT), str(PROJECT / "src")])}
    return subprocess.Popen(
        [sys.executable, "-c", RUN, str(archive), str(folder)],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


@pytest.mark.skipif(sys.platform == "win32", reason="this system has no kill -9")
@pytest.mark.parametrize("kills", [6, pytest.param(50, marks=pytest.mark.slow)])
def test_killed_while_indexing(tmp_path: Path, kills: int) -> None:
    folder, archive = tmp_path / "sounds", tmp_path / "sounds.db"
    for i in range(FILES):
        make_sound(folder / f"dog_{i}.wav", seconds=1 + i % 3 * 10)
    rng = random.Random(kills)
    landed = 0
    for _ in range(kills):
        run = start(archive, folder)
        # some die while they start, most while they write
        deadline = time.monotonic() + 20
        while not archive.exists() and run.poll() is None and time.monotonic() < deadline:
            time.sleep(0.005)
        time.sleep(rng.uniform(0, 0.25))
        if run.poll() is None:
            run.send_signal(signal.SIGKILL)
            landed += 1
        run.communicate()
        if landed % 10 == 5:  # what was done is done again, and what is there meanwhile must not be lost
            for i in rng.sample(range(FILES), 5):
                make_sound(folder / f"dog_{i}.wav", seconds=1 + i % 3 * 10, seed=landed * 1000 + i)
    out, error = start(archive, folder).communicate()
    assert out, error.decode()
    with sqlite3.connect(archive) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        counts = dict(
            connection.execute(
                "SELECT f.path, count(*) FROM files f JOIN events e ON e.file = f.id GROUP BY f.id"
            ).fetchall()
        )
        distinct = connection.execute("SELECT count(DISTINCT file || ':' || start) FROM events").fetchone()[0]
        sealed = connection.execute("SELECT sum(count) FROM blocks").fetchone()[0]
        buried = connection.execute("SELECT count(*) FROM buried").fetchone()[0]
    expected = {os.fsencode(folder / f"dog_{i}.wav"): 1 + i % 3 for i in range(FILES)}
    assert counts == expected and distinct == sum(expected.values()) == sealed - buried
    assert landed > kills // 3  # else nothing was tried
