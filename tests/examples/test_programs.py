"""The programs that people copy are run as a person would run them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.pages.shelf import EXAMPLES, RATE, SUBTITLES, evening

PROJECT = Path(__file__).resolve().parents[2]


def run(program: str, *arguments: str, cwd: Path) -> str:
    """What a program prints."""
    env = {
        **os.environ,
        "PYTHONPATH": str(PROJECT / "src"),
        "EARWITNESS_CACHE": str(cwd),
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, str(EXAMPLES / program), *arguments]
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_folder_becomes_a_parquet_file(tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="parquet needs the extra archive")
    sounds = tmp_path / "sounds"
    sounds.mkdir()
    shutil.copy(EXAMPLES / "kitten.wav", sounds)
    shutil.copy(EXAMPLES / "rooster.wav", sounds)
    (sounds / "broken.wav").write_bytes(b"no sound")
    assert (
        run("folder_to_parquet.py", "sounds", "out.parquet", cwd=tmp_path)
        == "3 sounds, 3 rows in out.parquet\n"
    )
    rows = {Path(r["path"]).name: r for r in parquet.read_table(tmp_path / "out.parquet").to_pylist()}
    assert "cat" in rows["kitten.wav"]["text"].lower() and 0 < rows["kitten.wav"]["confidence"] <= 1
    assert "Cat" in rows["kitten.wav"]["heard"] and rows["kitten.wav"]["error"] is None
    assert rows["broken.wav"]["text"] is None and "broken.wav" in rows["broken.wav"]["error"]


def test_a_film_gets_its_sounds_described_among_what_is_spoken(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "film.flac", evening()[: 20 * RATE], RATE)
    (tmp_path / "spoken.srt").write_text(SUBTITLES, encoding="utf-8")
    assert run("subtitles.py", "film.flac", "film.srt", cwd=tmp_path).startswith(
        "2 sounds described in film.srt"
    )
    run("subtitles.py", "film.flac", "woven.srt", "spoken.srt", cwd=tmp_path)
    alone, woven = ((tmp_path / name).read_text(encoding="utf-8") for name in ("film.srt", "woven.srt"))
    assert re.findall(r"\[(\w+)", alone)[0] == "rooster" and "bell" in alone
    assert "It will be morning soon." in woven and woven.index("morning") < woven.index(
        "[rooster"
    ) < woven.index("Listen.")


def alarm(seconds: float = 4.0, rate: int = 16000) -> np.ndarray:
    """A smoke alarm: three beeps of half a second at 3.1 kHz, and a pause, (frames,)."""
    time = np.arange(int(seconds * rate)) / rate
    beeping = ((time % 4.0) < 3.0) & ((time % 1.0) < 0.5)
    return 0.5 * np.sin(2 * np.pi * 3100 * time) * beeping


def test_an_alarm_is_said_once_and_a_cock_s_crow_never(tmp_path: Path) -> None:
    pytest.importorskip("starlette", reason="what listens live belongs to the extra serve")
    crow, rate = soundfile.read(EXAMPLES / "rooster.wav", always_2d=True)
    crow = np.interp(np.arange(0, len(crow) / rate, 1 / 16000), np.arange(len(crow)) / rate, crow[:, 0])
    soundfile.write(
        tmp_path / "day.wav", np.concatenate([crow, np.zeros(32000), alarm(), np.zeros(48000)]), 16000
    )
    said = run("watcher.py", "day.wav", cwd=tmp_path).splitlines()
    assert len(said) == 1 and re.fullmatch(r"00:0[4-9]  alarm \(0\.\d\d\)", said[0])


def test_ten_captions_teach_a_decoder_to_caption(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="training needs the extra torch")
    sounds = [str(EXAMPLES / name) for name in ("bell.wav", "horse.wav")]
    said = run("train_on_captions.py", str(EXAMPLES / "captions.csv"), *sounds, cwd=tmp_path)
    assert said.splitlines() == [
        "bell.wav: A church bell rings slowly in the distance",
        "horse.wav: A horse trots along a stone road",
    ]


def test_a_new_encoder_ranks_sentences(tmp_path: Path) -> None:
    said = run("toy_encoder.py", str(EXAMPLES / "bell.wav"), "a loud bell", "soft rain", cwd=tmp_path)
    assert re.fullmatch(r"\d\.\d\d  a loud bell\n\d\.\d\d  soft rain\n", said)


def test_the_programs_are_short_and_listed() -> None:
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    programs = sorted(EXAMPLES.glob("*.py"))
    assert len(programs) == 5
    for path in programs:
        assert f"]({path.name})" in page
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 60, path.name
