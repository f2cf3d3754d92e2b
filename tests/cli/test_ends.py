"""How runs of ``earwitness caption`` end, where they write, and what they say: a test a report of a user's."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from earwitness.cli.__main__ import main
from earwitness.common.files import open_locked

POSIX = pytest.mark.skipif(os.name != "posix", reason="signals, pipes and links are POSIX's")


@pytest.fixture(autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path_factory.mktemp("cache")
    monkeypatch.setenv("EARWITNESS_CACHE", str(folder))
    return folder


def sound(path: Path, seconds: float = 1.0) -> Path:
    rng = np.random.default_rng(5)
    soundfile.write(path, 0.2 * rng.standard_normal(round(16000 * seconds)).clip(-4, 4), 16000, format="WAV")
    return path


def caption(*words: object) -> int:
    """Run in this process; the exit code."""
    with pytest.raises(SystemExit) as left:
        main(["caption", *map(str, words)])
    return int(left.value.code or 0)


def start(*words: object, **options: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "earwitness", "caption", *map(str, words)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, **options)  # type: ignore[call-overload, no-any-return]


# ---- work that goes missing


@POSIX
def test_ctrl_c_stops_at_once_keeps_what_was_heard_and_says_how_to_go_on(tmp_path: Path) -> None:
    """A single long file; interrupted twice, as people do."""
    long = sound(tmp_path / "long.wav", 3600)
    output = tmp_path / "out.csv"
    run = start(long, "--segments", 10, "-o", output)
    heard = tmp_path / "out.csv.journal.heard"
    while run.poll() is None and not (
        heard.exists() and any(p.stat().st_size > 30000 for p in heard.iterdir())
    ):
        time.sleep(0.02)
    began = time.monotonic()
    run.send_signal(signal.SIGINT)
    time.sleep(0.1)
    run.send_signal(signal.SIGINT)
    said = run.communicate()[1]
    assert time.monotonic() - began < 4, "two seconds, and as much for a machine that is busy"
    assert run.returncode == 130
    assert said == "earwitness: interrupted: what was heard is kept; the same command goes on from here.\n"
    (kept,) = heard.iterdir()
    assert len(kept.read_text().splitlines()) > 1, "a head, and an answer a window"


@POSIX
def test_a_run_ends_when_its_reader_does(tmp_path: Path) -> None:
    sound(tmp_path / "a.wav")
    sound(tmp_path / "long.wav", 7200)
    run = start(tmp_path, stdout=subprocess.PIPE)
    assert run.stdout is not None
    assert "a.wav" in run.stdout.readline()
    run.stdout.close()
    began = time.monotonic()
    assert run.stderr is not None and run.stderr.read() == ""
    assert run.wait() == 1 and time.monotonic() - began < 5


def test_the_output_has_its_place_before_the_journal_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # a run that is killed between the two would have neither
    from earwitness.captioning.journal import Journal

    output, there = tmp_path / "out.csv", []
    leave = Journal.__exit__

    def leaving(self: Journal, *why: object) -> None:
        there.append(output.exists())
        leave(self, *why)  # type: ignore[arg-type]

    monkeypatch.setattr(Journal, "__exit__", leaving)
    assert caption(sound(tmp_path / "a.wav"), "-o", output) == 0
    assert there == [True]


def test_a_run_with_other_options_has_a_journal_of_its_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from earwitness.captioning.journal import Journal
    from earwitness.common.caption import Caption

    file = sound(tmp_path / "a.wav")
    output = tmp_path / "out.csv"
    with pytest.raises(KeyboardInterrupt), Journal(tmp_path / "out.csv.journal", {"other": 1}) as journal:
        journal.add(str(file), [Caption(str(file), 0, 1, "kept", 1)])
        raise KeyboardInterrupt
    assert caption(file, "-o", output) == 0
    assert "a run with other options was not finished, and can go on" in capsys.readouterr().err
    assert Journal(tmp_path / "out.csv.journal", {"other": 1}).finished == 1
    assert [p.name for p in tmp_path.glob("*.journal*")] == ["out.csv.journal"]


def test_a_place_that_cannot_be_written_costs_only_its_own_sound(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.wav", "b.wav", "c.wav"):
        sound(tmp_path / name)
    (tmp_path / "b.caption.txt").mkdir()  # root may write anywhere, but not into a folder
    assert caption(tmp_path, "-f", "sidecar") == 1
    assert (tmp_path / "a.caption.txt").is_file() and (tmp_path / "c.caption.txt").is_file()
    said = capsys.readouterr().err
    assert f"{tmp_path / 'b.caption.txt'} is a folder" in said and "1 of 3 sounds" in said


def test_a_cache_that_cannot_be_written_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("EARWITNESS_CACHE", str(tmp_path / "file"))
    sound(tmp_path / "a.wav")
    assert caption(tmp_path / "a.wav", "-f", "sidecar") == 0
    assert (tmp_path / "a.caption.txt").is_file()
    assert "cannot be written" in caplog.text and "begin anew" in caplog.text


def test_a_full_temporary_disk_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from earwitness.audio import read_clip
    from earwitness.common.errors import UnreadableAudioError

    class Full:
        def __enter__(self) -> Full:
            return self

        def __exit__(self, *_: object) -> None:
            return None

        def write(self, _: bytes) -> int:
            raise OSError(28, "No space left on device")

    class Pipe:
        def read(self, size: int) -> bytes:
            return b"x" * size

    monkeypatch.setattr("earwitness.audio.sources.tempfile.SpooledTemporaryFile", lambda **_: Full())
    with pytest.raises(UnreadableAudioError, match=r"<file> cannot seek, and has no room in .*No space left"):
        read_clip(Pipe(), 16000)  # type: ignore[arg-type]


@POSIX
def test_two_runs_to_one_output_have_a_loser(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = sound(tmp_path / "a.wav")
    with open_locked(tmp_path / "out.csv.part") as other:
        other.write(b"the other run's line\n")
        other.flush()
        assert caption(file, "-o", tmp_path / "out.csv") == 1
        assert "out.csv is being written by another run" in capsys.readouterr().err
        assert (tmp_path / "out.csv.part").read_text() == "the other run's line\n"
    with open_locked(tmp_path / "out.csv.journal"):
        assert caption(file, "-o", tmp_path / "out.csv") == 1
        assert "another run is writing this output" in capsys.readouterr().err


@POSIX
def test_devices_pipes_and_links_are_written_into(tmp_path: Path) -> None:
    file = sound(tmp_path / "a.wav")
    assert caption(file, "-o", "/dev/null") == 0
    assert Path("/dev/null").is_char_device()
    os.mkfifo(tmp_path / "pipe")
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append((tmp_path / "pipe").read_text()))
    reader.start()
    assert caption(file, "-o", tmp_path / "pipe", "-f", "jsonl") == 0
    reader.join()
    assert json.loads(read[0])["path"] == str(file) and (tmp_path / "pipe").is_fifo()
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "real.csv").chmod(0o640)
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    assert caption(file, "-o", tmp_path / "link.csv") == 0
    assert (tmp_path / "link.csv").is_symlink() and (tmp_path / "real.csv").read_text().startswith("path,")
    assert (tmp_path / "real.csv").stat().st_mode & 0o777 == 0o640
    assert not list(tmp_path.glob("*.part")) and not list(tmp_path.glob("*.journal*"))


def test_an_ending_that_no_format_has_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = sound(tmp_path / "a.wav")
    assert caption(file, "-o", tmp_path / "x.xlsx") == 1
    assert "no format has names that end in .xlsx" in capsys.readouterr().err
    assert caption(file, "-o", tmp_path / "x.xlsx", "-f", "text") == 0


# ---- names, places


@POSIX
def test_two_names_of_one_file_are_two_rows_heard_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from earwitness.encoders.tags.encoder import TagEncoder

    listened: list[str] = []
    tags = TagEncoder.window_tags
    monkeypatch.setattr(
        TagEncoder, "window_tags", lambda self, c: (listened.append(c.source), tags(self, c))[1]
    )
    store = tmp_path / ".objects"
    store.mkdir()
    sound(store / "key")
    for name in ("a.wav", "b.wav"):
        (tmp_path / name).symlink_to(store / "key")
    assert caption(tmp_path, "-f", "jsonl") == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [Path(r["path"]).name for r in rows] == ["a.wav", "b.wav"]
    assert rows[0]["text"] == rows[1]["text"] and len(listened) <= 1


def test_what_was_passed_over_is_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sound(tmp_path / "a.wav")
    (tmp_path / "app.ts").write_text("let a = 1;\n" * 99)
    (tmp_path / "notes").touch()
    assert caption(tmp_path) == 0
    assert "2 other files were passed over (no ending 1, .ts 1)." in capsys.readouterr().err


def test_a_name_with_an_escape_moves_no_cursor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "red\x1b[31m\nnew.wav").write_text("no sound")
    assert caption(tmp_path) == 1
    said = capsys.readouterr().err
    assert "red\\x1b[31m\\nnew.wav" in said and "\x1b" not in said and said.count("\n") == 1


def test_a_dash_is_standard_input(tmp_path: Path) -> None:
    data = sound(tmp_path / "a.wav").read_bytes()
    command = [sys.executable, "-m", "earwitness", "caption", "-", "-f", "jsonl"]
    done = subprocess.run(command, input=data, capture_output=True, check=True)
    assert json.loads(done.stdout)["path"] == "-"


def test_csv_for_excel_begins_with_a_mark(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = sound(tmp_path / "a.wav")
    assert caption(file, "-o", tmp_path / "out.csv", "--bom") == 0
    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbfpath,")
    assert caption(file, "-f", "json", "--bom") == 1
    assert "--bom is for csv" in capsys.readouterr().err


@POSIX
@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&-"])
def test_closed_streams_are_no_traceback(closed: str, tmp_path: Path) -> None:
    file = sound(tmp_path / "a.wav")
    words = f"exec {sys.executable} -m earwitness caption '{file}' {closed}"
    done = subprocess.run(["sh", "-c", words], capture_output=True, text=True)
    assert "Traceback" not in done.stderr
    assert done.returncode == (1 if closed.startswith(">") else 0)
    assert file.read_bytes()[:4] == b"RIFF", "nothing was written into what had the stream's number"


def test_a_console_that_cannot_print_a_character_gets_its_escape(tmp_path: Path) -> None:
    file = sound(tmp_path / "a.wav")
    command = [sys.executable, "-m", "earwitness", "match", str(file), "rain", "犬"]
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert done.returncode == 0 and "\\u72ac" in done.stdout


@pytest.mark.parametrize("wrapped", [False, True])
def test_ctrl_c_while_the_program_prepares_is_no_traceback(
    wrapped: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    from earwitness.cli import __main__ as program
    from earwitness.cli import console

    def interrupted() -> None:
        if wrapped:  # as Python 3.11 does while a class is made
            raise RuntimeError("Error calling __set_name__") from console.InterruptedRun(130)
        raise console.InterruptedRun(130)

    monkeypatch.setattr(console, "prepare", interrupted)
    monkeypatch.setattr("sys.argv", ["earwitness", "--version"])
    ended: list[int] = []

    def leave(code: int) -> None:
        ended.append(code)
        raise SystemExit(code)

    monkeypatch.setattr(console, "say_farewell", leave)
    with pytest.raises(SystemExit):
        program.main()
    assert ended == [130]
