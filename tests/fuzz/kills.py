"""Runs killed at random moments, by -9 and by Ctrl-C, until they come to their end: every sound once, none anew.

    python -m tests.fuzz.kills --kills 200

goes through every format, folders of short and of long files, with and without ``--segments``. A run that was
killed as often as it takes writes what an unbroken one writes, byte for byte; of what it had heard, at most the
windows that were being heard when it was killed are heard again.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle, product
from pathlib import Path

import numpy as np
import soundfile

FORMATS = ("text", "json", "jsonl", "csv", "srt", "vtt", "sidecar", "audacity")
WORKERS = 2
MOST_SECONDS_TO_STOP = 2.0

# the command line, with a line in a log for each window that is heard
PROGRAM = """
import os, sys
from earwitness.captioning import remembering
keep = remembering.Memory.keep
log = open(os.environ["HEARD"], "a", buffering=1)
def counted(self, question, answer):
    log.write(f"{self.path.name} {question}\\n")
    keep(self, question, answer)
remembering.Memory.keep = counted
from earwitness.cli.__main__ import main
main()
"""


@dataclass
class Tally:
    kills: int = 0
    runs: int = 0
    windows: int = 0
    again: int = 0
    slowest_stop: float = 0.0
    faults: list[str] = field(default_factory=list)


def make(folder: Path, kind: str) -> Path:
    """Eight short files, or two of more than a minute."""
    place = folder / kind
    place.mkdir()
    rng = np.random.default_rng(3)
    for number in range(8 if kind == "short" else 2):
        seconds = 1.5 if kind == "short" else 70
        swell = np.abs(np.sin(np.arange(16000 * seconds) / 40000 + number))
        soundfile.write(
            place / f"{number}.wav", 0.2 * swell * rng.standard_normal(len(swell)).clip(-3, 3), 16000
        )
    return place


class Scenario:
    """One command, run as often as it is killed."""

    def __init__(self, folder: Path, sounds: Path, form: str, segments: bool) -> None:
        self.name = f"{sounds.name} {form}{' --segments 10' * segments}"
        self.sounds, self.form, self.folder = sounds, form, folder
        self.words = ["caption", str(sounds), "-f", form, *(["--segments", "10"] if segments else [])]
        self.log = folder / "heard"

    def start(self, output: Path) -> subprocess.Popen[bytes]:
        environment = {**os.environ, "HEARD": str(self.log), "EARWITNESS_CACHE": str(self.folder / "cache")}
        command = [sys.executable, "-c", PROGRAM, *self.words, "-o", str(output)]
        return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def whole(self) -> tuple[dict[str, bytes], float]:
        """What an unbroken run writes, and the seconds it takes."""
        began = time.monotonic()
        run = self.start(self.folder / "whole")
        assert run.wait() == 0, run.stderr and run.stderr.read().decode()
        self.log.unlink()
        return _written(self.folder / "whole"), time.monotonic() - began

    def broken(self, kills: int, rng: np.random.Generator, tally: Tally) -> None:
        expected, seconds = self.whole()
        output, killed, finished = self.folder / "broken", 0, False
        run: subprocess.Popen[bytes] | None = None
        for _ in range(kills):
            run = self.start(output)
            time.sleep(rng.uniform(0.2, seconds))
            if run.poll() is not None:
                finished = run.returncode == 0
                break  # it was quicker than the blow
            hard = bool(rng.integers(0, 2))
            began = time.monotonic()
            run.send_signal(signal.SIGKILL if hard else signal.SIGINT)
            code = run.wait()
            tally.slowest_stop = max(tally.slowest_stop, time.monotonic() - began)
            if code not in (-signal.SIGKILL, -signal.SIGINT, 130, 0):
                tally.faults.append(f"{self.name}: stopped with exit code {code}")
            killed += 1
            finished = code == 0 or _finished(output, expected)
            if finished:
                break  # so was this one, though the blow fell before the process had gone
        if run is None or not finished:
            run = self.start(output)
        said = run.communicate()[1].decode()
        if run.returncode != 0 and not finished:
            tally.faults.append(
                f"{self.name}: after {killed} kills exit code {run.returncode}: {said[-300:]}"
            )
        if _written(output) != expected:
            tally.faults.append(f"{self.name}: after {killed} kills something else was written")
        heard = Counter(self.log.read_text().splitlines()) if self.log.exists() else Counter()
        again = sum(count - 1 for count in heard.values())
        if again > killed * WORKERS:
            tally.faults.append(f"{self.name}: {again} windows heard again in {killed} kills")
        tally.kills, tally.runs = tally.kills + killed, tally.runs + 1
        tally.windows, tally.again = tally.windows + len(heard), tally.again + again


def _finished(output: Path, expected: dict[str, bytes]) -> bool:
    """Whether a run had come to its end: all is written, and there is no journal to go on from."""
    journal = output.with_name(output.name + ".journal")
    return output.exists() and not journal.exists() and _written(output) == expected


def _written(output: Path) -> dict[str, bytes]:
    if output.is_file():
        return {"": output.read_bytes()}
    files = (p for p in output.rglob("*") if p.is_file())
    return {str(p.relative_to(output)): p.read_bytes() for p in files}


def scenarios(folder: Path) -> Iterator[Scenario]:
    sounds = {kind: make(folder, kind) for kind in ("short", "long")}
    for number, (form, kind, segments) in enumerate(cycle(product(FORMATS, sounds, (False, True)))):
        place = folder / str(number)
        place.mkdir()
        yield Scenario(place, sounds[kind], form, segments)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--minutes", type=float, default=600, help="then stop, having done as many as there was time for"
    )
    asked = parser.parse_args(arguments)
    until = time.monotonic() + 60 * asked.minutes
    rng, tally = np.random.default_rng(asked.seed), Tally()
    with tempfile.TemporaryDirectory() as folder:
        for scenario in scenarios(Path(folder)):
            scenario.broken(min(6, asked.kills - tally.kills), rng, tally)
            print(f"{scenario.name}: {tally.kills} kills so far, {len(tally.faults)} faults", flush=True)
            if tally.kills >= asked.kills or time.monotonic() > until:
                break
    print(
        f"{tally.kills} kills in {tally.runs} runs: {tally.windows} windows heard, {tally.again} of them again;"
        f" the slowest stop took {tally.slowest_stop:.1f} s; {len(tally.faults)} faults"
    )
    print("\n".join(tally.faults))
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
