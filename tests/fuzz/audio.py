"""Damaged sound files, each read twice: what we hear and note as missing is what FFmpeg decodes, or we refuse.

    python -m tests.fuzz.audio --files 20000

prints a table: a row a format, and each file that broke the rule, with the seed that makes it again.
"""

from __future__ import annotations

import argparse
import io
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from earwitness.audio import AudioLimits, stream_windows
from earwitness.common.errors import AudioError

SECONDS = 6.0
SLACK = 0.5
FORMATS = {
    "mp3": ["-f", "mp3"],
    "mp3-vbr": ["-f", "mp3", "-q:a", "0", "-write_xing", "0"],
    "ogg": ["-f", "ogg", "-c:a", "libvorbis"],
    "opus": ["-f", "opus"],
    "flac": ["-f", "flac"],
    "wav": ["-f", "wav", "-bitexact"],
    "m4a": ["-f", "ipod", "-c:a", "aac", "-movflags", "+faststart"],
    "mkv": ["-f", "matroska", "-c:a", "aac"],
}


def make(folder: Path) -> dict[str, bytes]:
    """A whole file of each format: noise, silence, a tone."""
    third = f"{SECONDS / 3:g}"
    graph = "[0][1][2]concat=n=3:v=0:a=1"
    parts = [f"anoisesrc=d={third}:a=0.4:r=44100:seed=1", f"anullsrc=r=44100:cl=mono,atrim=0:{third}"]
    parts.append(f"sine=f=440:d={third}:r=44100")
    whole = {}
    for name, options in FORMATS.items():
        path = folder / name
        inputs = [word for part in parts for word in ("-f", "lavfi", "-i", part)]
        command = ["ffmpeg", "-nostdin", "-loglevel", "error", "-y", *inputs, "-filter_complex", graph]
        subprocess.run([*command, "-ac", "1", *options, str(path)], check=True)
        whole[name] = path.read_bytes()
    return whole


def damaged(whole: bytes, rng: np.random.Generator) -> bytes:
    """A copy with one to three kinds of harm done to it."""
    data = whole
    for _ in range(int(rng.integers(1, 4))):
        data = _harmed(data, whole, rng)
        if not data:
            break
    return data


def _harmed(data: bytes, whole: bytes, rng: np.random.Generator) -> bytes:
    place, length = int(rng.integers(0, len(data) + 1)), int(2 ** rng.uniform(0, 14))
    before, behind = data[:place], data[place + length :]
    kinds: list[Callable[[], bytes]] = [
        lambda: before,
        lambda: before + bytes(length) + behind,
        lambda: before + rng.bytes(length) + behind,
        lambda: before + behind,
        lambda: before + rng.bytes(length) + data[place:],
        lambda: data + whole,
        lambda: _flipped(data, rng),
        lambda: _flipped(data, rng),
    ]
    return kinds[int(rng.integers(0, len(kinds)))]()


def _flipped(data: bytes, rng: np.random.Generator) -> bytes:
    out = bytearray(data)
    for place in rng.integers(0, len(out), int(rng.integers(1, 20))):
        out[int(place)] ^= 1 << int(rng.integers(0, 8))
    return bytes(out)


def ffmpeg_seconds(data: bytes) -> float:
    """What FFmpeg decodes of the first audio stream, plainly: every frame it gives, none where it fails."""
    import av

    seconds = 0.0
    try:
        with av.open(io.BytesIO(data), "r", metadata_errors="ignore") as container:
            if not container.streams.audio:
                return 0.0
            for packet in container.demux(container.streams.audio[0]):
                try:
                    seconds += sum(f.samples / f.sample_rate for f in packet.decode() if f.sample_rate)
                except (av.error.FFmpegError, ValueError):
                    continue
    except (av.error.FFmpegError, ValueError, IndexError, OSError, UnicodeError):
        return seconds
    return seconds


def heard_seconds(data: bytes) -> tuple[float, float, list[str]]:
    """Seconds heard, seconds noted as missing, and the notes; gaps are neither."""
    windows = list(stream_windows(data, 16000, 10, limits=AudioLimits(max_seconds=7200)))
    notes = list(dict.fromkeys(note for window in windows for note in window.notes))
    gaps = {(w.start, n) for w in windows for n in w.notes if n.startswith("gap: ")}
    paused = sum(float(n.split()[1]) for n in {n for _, n in gaps})
    missing = sum(float(m[1]) for note in notes if (m := re.search(r"([\d.]+) s of [\d.]+ s missing", note)))
    return windows[-1].end - windows[0].start - paused, missing, notes


def verdict(data: bytes, longest: float) -> tuple[str, str]:
    """``same``, ``noted``, ``more``, ``refused``; or ``broken``, with the reason."""
    try:
        heard, missing, notes = heard_seconds(data)
    except AudioError as error:
        return "refused", str(error)
    except Exception as error:  # noqa: BLE001 - what is looked for
        return "broken", f"{type(error).__name__}: {error}"
    true = ffmpeg_seconds(data)
    words = f"heard {heard:.2f}, missing {missing:.2f}, FFmpeg {true:.2f}, {notes}"
    if abs(heard - true) <= SLACK:
        return "same", words
    if heard < true <= heard + missing + SLACK:
        return "noted", words
    if true < heard <= longest + SLACK:
        return "more", words
    return "broken", words


def run(files: int, seed: int, seconds: float = float("inf")) -> Iterator[tuple[str, int, str, str]]:
    """(format, seed of the file, verdict, words) of each file, as many as there is time for."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        whole = make(Path(folder))
    names = list(whole)
    for number in range(files):
        if time.monotonic() - began > seconds:
            return
        name = names[number % len(names)]
        rng = np.random.default_rng([seed, number])
        data = damaged(whole[name], rng)
        longest = SECONDS * max(1, -(-len(data) // max(1, len(whole[name]) // 2)))
        yield name, number, *verdict(data, longest)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args(arguments)
    table: dict[str, Counter[str]] = {}
    broken: list[Any] = []
    for name, number, kind, words in run(asked.files, asked.seed):
        table.setdefault(name, Counter())[kind] += 1
        if kind == "broken":
            broken.append((name, number, words))
            print(f"{name} {asked.seed}/{number}: {words}", flush=True)
    kinds = ("same", "noted", "more", "refused", "broken")
    print("| format | " + " | ".join(kinds) + " |\n|---|" + "---:|" * len(kinds))
    for name, counts in table.items():
        print(f"| {name} | " + " | ".join(str(counts[kind]) for kind in kinds) + " |")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
