"""Several processes caption as one does: the same sentences, the same order, nobody left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import earwitness
from earwitness.batch.crew import Crew
from earwitness.batch.one_machine import captioner_for
from earwitness.batch.options import Captioning
from earwitness.captioning.captioner import Captioner
from earwitness.common.errors import AssetError, UnreadableAudioError
from tests.batch.helpers import Deadly, folder, sound

POSIX = pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    there = folder(tmp_path_factory.mktemp("sounds"), 12, bad=[5])
    return sorted(str(p) for p in there.iterdir())


def test_captions_are_those_of_one_process_in_its_order(sounds: list[str]) -> None:
    one = list(earwitness.load().caption_many(sounds))
    many = list(Crew(2, Captioning()).caption_many(sounds))
    assert [o.source for o in many] == sounds
    assert [[c.to_dict() for c in o.captions] for o in many] == [
        [c.to_dict() for c in o.captions] for o in one
    ]
    assert [type(o.error) for o in many] == [type(o.error) for o in one]


@POSIX
def test_a_sound_that_kills_its_process_is_the_only_one_that_is_lost(
    sounds: list[str], tmp_path: Path
) -> None:
    deadly = str(sound(tmp_path / "deadly.wav"))
    asked = [*sounds[:3], deadly, *sounds[3:5]]
    outcomes = list(Crew(2, Captioning({"encoder": Deadly()})).caption_many(asked))
    assert [o.source for o in outcomes] == asked
    assert [o.source for o in outcomes if o.error] == [deadly]
    assert isinstance(outcomes[3].error, UnreadableAudioError) and deadly in str(outcomes[3].error)


def test_a_model_that_is_not_there_is_said_as_ever(sounds: list[str], tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="nowhere"):
        list(Crew(2, Captioning({"model": str(tmp_path / "nowhere")})).caption_many(sounds))


def test_threads_for_few_cores_processes_for_many_and_torch_once() -> None:
    names = [f"{n}.wav" for n in range(9)]
    assert isinstance(captioner_for(names, {}, 2), Captioner)
    crew = captioner_for(names, {}, 12)
    assert isinstance(crew, Crew) and crew.count == 9
    assert isinstance(captioner_for([*names, "-"], {}, 12), Captioner)
    assert isinstance(captioner_for(names, {"device": "cpu"}, 12), Captioner)


def run(*words: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "earwitness", "caption", *map(str, words)]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True)


def children(pid: int) -> list[int]:
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == pid and fields[0] != "Z":
            found.append(int(status.parent.name))
    return found


def alive(pids: list[int]) -> list[int]:
    return [p for p in pids if (stat := Path(f"/proc/{p}/stat")).exists() and ") Z " not in stat.read_text()]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("blow", [signal.SIGINT, signal.SIGKILL], ids=["ctrl-c", "kill -9"])
def test_a_run_that_is_stopped_leaves_no_process_and_goes_on(
    blow: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C is said to the whole group of processes, as a terminal does."""
    monkeypatch.setenv("EARWITNESS_CACHE", str(tmp_path / "cache"))
    there = tmp_path / "in"
    for number in range(40):
        sound(there / f"{number:02d}.wav", number, seconds=20)
    output = tmp_path / "out.csv"
    begun = run(there, "-o", output, "--workers", 3)
    journal = tmp_path / "out.csv.journal"
    while begun.poll() is None and not (journal.exists() and journal.read_bytes().count(b"\n") > 3):
        time.sleep(0.05)
    started = children(begun.pid)
    assert begun.poll() is None and len(started) >= 3
    (os.killpg if blow is signal.SIGINT else os.kill)(begun.pid, blow)
    said = begun.communicate(timeout=60)[1]
    if blow is signal.SIGINT:
        assert begun.returncode == 130
        assert "interrupted" in said and "goes on from here" in said and "Traceback" not in said
    end = time.monotonic() + 20
    while alive(started) and time.monotonic() < end:
        time.sleep(0.05)
    assert not alive(started)
    done = journal.read_bytes().count(b'"captions": [')
    assert 3 <= done < 40
    again = run(there, "-o", output, "--workers", 3)
    said = again.communicate(timeout=300)[1]
    assert again.returncode == 0 and f"{done} of 40 sounds were captioned before" in said
    lines = output.read_text().splitlines()[1:]
    assert [Path(line.split(",")[0]).name for line in lines] == [f"{n:02d}.wav" for n in range(40)]
