"""A run that was killed goes on where it stopped, and ends as an unbroken one would have."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from earwitness.captioning.journal import Journal, caption_on
from earwitness.captioning.options import CaptionOptions, Outcome
from earwitness.common.caption import Alternative, Caption, Keyword
from earwitness.common.errors import AudioError, OptionError

EXAMPLES = Path(__file__).parents[2] / "examples"
CAPTION = Caption(
    "a.wav", 0.0, 1.23456789, "A dog barks", 0.123456789, (Keyword("Dog", 0.5),), "wsac", "tags", ("clipped",),
    0.25, (Alternative("A dog barks", 0.1), Alternative("A dog", 0.05, 0.5)), ({"step": 0, "candidates": []},),
)  # fmt: skip


@pytest.fixture
def sound(tmp_path: Path) -> str:
    path = tmp_path / "a.wav"
    path.write_bytes(b"sound")
    return str(path)


def test_what_is_kept_comes_back_exactly(tmp_path: Path, sound: str) -> None:
    path = tmp_path / "j" / "journal"
    with pytest.raises(KeyboardInterrupt), Journal(path, {"top": 1}) as journal:
        assert journal.get(sound) is None
        journal.add(sound, [CAPTION])
        raise KeyboardInterrupt
    assert Journal(path, {"top": 1}).get(sound) == (CAPTION,)


def test_a_journal_counts_only_for_the_same_sound_and_settings(tmp_path: Path, sound: str) -> None:
    path = tmp_path / "journal"
    with pytest.raises(KeyboardInterrupt), Journal(path, {"top": 1, "pair": (1, 2)}) as journal:
        journal.add(sound, [CAPTION])
        raise KeyboardInterrupt
    assert Journal(path, {"top": 2, "pair": (1, 2)}).finished == 0
    with path.open("a") as file:
        file.write('{"path": "half a li')
    assert Journal(path, {"top": 1, "pair": (1, 2)}).finished == 1
    Path(sound).write_bytes(b"another sound")
    assert Journal(path, {"top": 1, "pair": (1, 2)}).get(sound) is None
    with Journal(path, {"top": 1, "pair": (1, 2)}):
        pass
    assert not path.exists(), "a complete run takes its journal away"


@pytest.mark.parametrize("content", [b"\n", b"[]", b'{"clips": 3}', b"\x80\x04K\x01.", b'{"earwitness": "0'])
def test_a_file_that_is_no_journal_is_not_overwritten(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "notes.json"
    path.write_bytes(content)
    with pytest.raises(OptionError, match="is no journal of captions: move it away"):
        Journal(path, {})
    assert path.read_bytes() == content


class Counting:
    """Says the name of each sound, and which it was asked for; one of them cannot be read."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def caption_many(self, sources: Any, options: CaptionOptions) -> Iterator[Outcome]:
        for source in sources:
            self.asked.append(Path(source).name)
            if "bad" in source:
                yield Outcome(source, error=AudioError("it is bad."))
            else:
                yield Outcome(source, (Caption(source, 0, 1, Path(source).stem, 0.5),))


def test_only_what_is_missing_is_captioned_and_the_order_stays(tmp_path: Path) -> None:
    sounds = [str(tmp_path / f"{name}.wav") for name in ("a", "bad", "b", "c")]
    for sound in sounds:
        Path(sound).write_bytes(b"x")
    path = tmp_path / "journal"
    first, second = Counting(), Counting()
    with pytest.raises(KeyboardInterrupt), Journal(path, {}) as journal:
        for outcome in caption_on(first, sounds, CaptionOptions(), journal):  # type: ignore[arg-type]
            if outcome.source.endswith("b.wav"):
                raise KeyboardInterrupt
    with Journal(path, {}) as journal:
        ticks: list[str] = []
        again = list(caption_on(second, sounds, CaptionOptions(), journal, heard=ticks.append))  # type: ignore[arg-type]
    assert [o.source for o in again] == sounds == ticks
    assert [c.text for o in again for c in o.captions] == ["a", "b", "c"]
    assert second.asked == ["bad.wav", "c.wav"], "a failure is tried again"


@pytest.mark.skipif(os.name != "posix", reason="kill -9 is POSIX's")
@pytest.mark.parametrize("form", ["csv", "srt"])
def test_a_killed_run_ends_as_an_unbroken_one(tmp_path: Path, form: str) -> None:
    folder = tmp_path / "sounds"
    folder.mkdir()
    for i in range(4):
        for example in EXAMPLES.glob("*.wav"):
            shutil.copy2(example, folder / f"{i:02d}-{example.name}")
    whole, broken = tmp_path / f"whole.{form}", tmp_path / f"broken.{form}"
    if form == "srt":
        whole, broken = tmp_path / "whole", tmp_path / "broken"
    command = [
        sys.executable,
        "-m",
        "earwitness",
        "caption",
        str(folder),
        "-f",
        form,
        "--segments",
        "2",
        "-o",
    ]
    subprocess.run([*command, str(whole)], check=True)
    journal = broken / ".earwitness.journal" if form == "srt" else tmp_path / "broken.csv.journal"
    run = subprocess.Popen([*command, str(broken)])
    while run.poll() is None and (not journal.exists() or len(journal.read_text().splitlines()) < 10):
        time.sleep(0.005)
    run.send_signal(signal.SIGKILL)
    run.wait()
    rows = [json.loads(line) for line in journal.read_text().splitlines() if line.endswith("}")]
    assert len(rows) >= 10 and all(row["captions"] for row in rows[1:])
    done = subprocess.run([*command, str(broken)], check=True, capture_output=True, text=True)
    assert "sounds were captioned before" in done.stderr and not journal.exists()
    files = [(whole, broken)] if form == "csv" else [(p, broken / p.name) for p in sorted(whole.iterdir())]
    assert files and all(a.read_bytes() == b.read_bytes() for a, b in files)
