"""``earwitness serve`` and ``earwitness live`` from a terminal."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import soundfile

PROJECT = Path(__file__).resolve().parents[2]
ROOSTER = PROJECT / "examples" / "rooster.wav"


def run(*arguments: str, data: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "earwitness", *arguments]
    told = {k: v for k, v in os.environ.items() if k != "EARWITNESS_KEY"}
    told |= {"PYTHONPATH": str(PROJECT / "src"), **environment}
    return subprocess.run(command, input=data, capture_output=True, timeout=120, env=told)


def test_an_address_that_others_reach_needs_a_key(tmp_path: Path) -> None:
    pytest.importorskip("uvicorn")
    done = run("serve", "--host", "0.0.0.0")
    assert done.returncode == 1 and b"needs a key" in done.stderr and b"Traceback" not in done.stderr
    (tmp_path / "key").write_text("\n")
    assert b"is empty" in run("serve", "--key-file", str(tmp_path / "key")).stderr
    assert b"cannot be read" in run("serve", "--key-file", str(tmp_path / "none")).stderr


def test_a_port_that_is_taken_is_one_sentence(tmp_path: Path) -> None:
    pytest.importorskip("uvicorn")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("serve", "--port", str(taken.getsockname()[1]), EARWITNESS_CACHE=str(tmp_path))
    assert done.returncode == 1 and b"--port names another" in done.stderr and b"Traceback" not in done.stderr


def test_a_missing_extra_is_named() -> None:
    code = (
        "import sys; sys.modules['starlette'] = None; sys.modules['uvicorn'] = None; sys.modules['sounddevice'] = None\n"
        "from earwitness.cli.__main__ import main\nmain(sys.argv[1:])"
    )
    for arguments, extra in ((["serve"], b"earwitness[serve]"), (["live"], b"earwitness[live]")):
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            capture_output=True,
            env={**os.environ, "PYTHONPATH": str(PROJECT / "src")},
        )
        assert done.returncode == 1 and extra in done.stderr and b"Traceback" not in done.stderr


def test_the_command_line_needs_no_server() -> None:
    code = "import sys, earwitness.cli.__main__, earwitness.server.live.ear; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"starlette", "uvicorn", "sounddevice", "websockets"} & set(done.stdout.split())


def test_a_file_in_the_microphones_place() -> None:
    done = run("live", str(ROOSTER), "--format", "jsonl")
    captions = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and captions
    assert any("rooster" in c["text"].lower() for c in captions)
    assert all(c["end"] - c["start"] <= 4.0 for c in captions)
    assert [c["end"] for c in captions] == sorted(c["end"] for c in captions)


def test_a_pipe_of_raw_samples_says_the_same_as_the_file() -> None:
    samples, rate = soundfile.read(ROOSTER, dtype="int16", always_2d=True)
    arguments = ["live", "-", "--rate", str(rate), "--channels", str(samples.shape[1])]
    done = run(*arguments, data=samples.tobytes())
    assert done.returncode == 0 and b"ooster" in done.stdout, done.stderr
    assert b"0:0" in done.stdout


def test_a_file_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    done = run("live", str(tmp_path / "none.wav"))
    assert done.returncode == 1 and b"no such file" in done.stderr


def test_no_microphone_is_one_sentence() -> None:
    done = run("live", "--device", "there is no microphone of this name")
    assert done.returncode == 1 and b"Traceback" not in done.stderr and done.stderr.count(b"\n") == 1
