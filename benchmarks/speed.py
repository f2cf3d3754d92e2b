"""How fast the embedded model is, beside an earlier version of it; writes benchmarks/speed.md.

    python benchmarks/speed.py [--before PYTHON] [--sounds FOLDER]

PYTHON is an interpreter in whose environment the earlier version is installed, FOLDER one of recordings. Every
figure is the median of several runs in new processes, the two versions' in turns: absolute times drift with the
machine, ratios do not. Beside them stands the time of the onnx graphs alone, which is the limit that the rest is
measured against.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile

HERE = Path(__file__).resolve().parent
RUNS, FEW_RUNS, CLIPS, RATE, STAGE_CLIPS = 5, 3, 120, 44100, 32
ONE, MANY, HOUR = "one.wav", "many", "hour.flac"
# The input that tells an onnx graph from the others.
GRAPHS = {
    "patches": "YAMNet",
    "blocks": "the second ear",
    "tokens": "the decoder's steps",
    "vectors": "the decoder's prefix",
    "ids": "MiniLM",
}
MEMORY = (
    "import sys, resource, earwitness; earwitness.caption(sys.argv[1]);"
    "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
)
Figures = dict[str, float]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--before", help="interpreter of the environment of an earlier version")
    parser.add_argument("--sounds", type=Path, help="a folder of recordings, captioned besides")
    parser.add_argument("--stages", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.stages:
        print(json.dumps(stages(sorted(asked.stages.iterdir())[:STAGE_CLIPS])))
        return
    pythons = [*([asked.before] if asked.before else []), sys.executable]
    with tempfile.TemporaryDirectory() as folder:
        make_sounds(Path(folder))
        figures = measured(pythons, Path(folder), asked.sounds)
        split = [json.loads(said(p, [__file__, "--stages", str(Path(folder) / MANY)])) for p in pythons]
    page = written(figures, split)
    (HERE / "speed.md").write_text(page, encoding="utf-8")
    print(page)


def measured(pythons: list[str], folder: Path, recordings: Path | None) -> list[Figures]:
    """The figures of each version."""
    one, many, hour = (str(folder / name) for name in (ONE, MANY, HOUR))
    found: list[Figures] = [{} for _ in pythons]

    def both(name: str, arguments: list[str], runs: int) -> None:
        for figures, seconds in zip(found, in_turns(pythons, arguments, runs), strict=True):
            figures[name] = seconds

    both("python", ["-c", "pass"], RUNS)
    both("import", ["-c", "import earwitness"], RUNS)
    both("help", ["-m", "earwitness", "--help"], RUNS)
    both("cold", ["-m", "earwitness", "caption", one], RUNS)
    both("many", ["-m", "earwitness", "caption", many], FEW_RUNS)
    if recordings:
        both("recordings", ["-m", "earwitness", "caption", str(recordings)], FEW_RUNS)
        for figures in found:
            figures["count"] = sum(f.suffix in (".ogg", ".wav") for f in recordings.rglob("*"))
    scale = 1024 if sys.platform != "darwin" else 1024**2
    for python, figures in zip(pythons, found, strict=True):
        figures["memory"] = int(said(python, ["-c", MEMORY, one])) / scale
        start = time.perf_counter()
        figures["memory of an hour"] = int(said(python, ["-c", MEMORY, hour])) / scale
        figures["hour"] = time.perf_counter() - start
    return found


def in_turns(pythons: list[str], arguments: list[str], runs: int) -> list[float]:
    """Median seconds of each version, after a run that fills the file cache."""
    seconds: list[list[float]] = [[] for _ in pythons]
    for turn in range(runs + 1):
        for python, times in zip(pythons, seconds, strict=True):
            # a cache of its own: nothing of a run is left for the next one
            with tempfile.TemporaryDirectory() as cache:
                start = time.perf_counter()
                said(python, arguments, cache)
                if turn:
                    times.append(time.perf_counter() - start)
    return [statistics.median(times) for times in seconds]


def said(python: str, arguments: list[str], cache: str | None = None) -> str:
    """What a new process prints."""
    environment = {**os.environ, **({"EARWITNESS_CACHE": cache} if cache else {})}
    done = subprocess.run([python, *arguments], check=True, capture_output=True, text=True, env=environment)
    return done.stdout


def written(figures: list[Figures], split: list[Figures]) -> str:
    """The page."""
    before, now = figures[0], figures[-1]

    def row(what: str, form: str, old: float, new: float, aim: str) -> str:
        return f"| {what} | {form.format(old)} | {form.format(new)} | {new / old:.2f} | {aim} |"

    def beyond(f: Figures) -> float:
        return (CLIPS - 1) / max(f["many"] - f["cold"], 1e-9)

    limits = [
        1000 * (os.cpu_count() or 1) / sum(v for k, v in s.items() if k in GRAPHS.values()) for s in split
    ]
    rows = [
        row("`import earwitness`, beyond Python itself", "{:.3f} s", before["import"] - before["python"],
            now["import"] - now["python"], "≤ 0.15 s"),
        row("`earwitness --help`", "{:.3f} s", before["help"], now["help"], "≤ 0.15 s"),
        row("cold start: `earwitness caption one.wav`, ten seconds", "{:.2f} s", before["cold"], now["cold"],
            "≤ 0.65 times"),
        row(f"a folder of {CLIPS} clips, with start-up", "{:.2f} s", before["many"], now["many"], ""),
        row("the same, beyond start-up", "{:.1f} clips/s", beyond(before), beyond(now), "≥ 1.7 times"),
        row("of the onnx graphs' limit", "{:.2f}", beyond(before) / limits[0], beyond(now) / limits[-1], "≥ 0.70"),
    ]  # fmt: skip
    if "recordings" in now:
        what = f"a folder of {now['count']:.0f} recordings, with start-up"
        rows.append(row(what, "{:.1f} s", before["recordings"], now["recordings"], ""))
    rows += [
        row("an hour-long file", "{:.1f} s", before["hour"], now["hour"], ""),
        row("peak memory, one clip", "{:.0f} MB", before["memory"], now["memory"], "≤ 220 MB"),
        row("peak memory, an hour more", "{:+.0f} MB", before["memory of an hour"] - before["memory"],
            now["memory of an hour"] - now["memory"], "≤ +20 MB"),
    ]  # fmt: skip
    names = list(dict.fromkeys(name for s in split for name in s))
    parts = [
        f"| {name}{' (graph)' if name in GRAPHS.values() else ''} | "
        f"{split[0].get(name, 0):.1f} | {split[-1].get(name, 0):.1f} |"
        for name in names
    ]
    graphs = [sum(v for k, v in s.items() if k in GRAPHS.values()) for s in split]
    totals = [sum(s.values()) for s in split]
    return f"""# Speed of the embedded model

Written by `benchmarks/speed.py` on {os.cpu_count()} cores ({platform.machine()}, Python {platform.python_version()});
medians of {RUNS} runs ({FEW_RUNS} of folders), each in a new process, the two versions in turns. The sounds are made:
noise, tones and clicks, {RATE} Hz.

| what | before | now | ratio | aim |
|---|---|---|---|---|
{chr(10).join(rows)}

## Where the time goes

One thread, milliseconds of processor time per ten-second clip, over {STAGE_CLIPS} clips.

| stage | before | now |
|---|---|---|
{chr(10).join(parts)}
| all | {totals[0]:.1f} | {totals[-1]:.1f} |
| of it in the graphs | {graphs[0]:.1f} ({graphs[0] / totals[0]:.0%}) | {graphs[-1]:.1f} ({graphs[-1] / totals[-1]:.0%}) |

{(HERE / "speed_notes.txt").read_text(encoding="utf-8").strip()}
"""


def make_sounds(folder: Path) -> None:
    """One clip, a folder of different clips, and an hour."""
    (folder / MANY).mkdir()
    for i in range(CLIPS):
        soundfile.write(folder / MANY / f"{i:03d}.wav", made(i), RATE)
    # the first ten seconds of the hour: what both ears need once is in both figures of memory
    soundfile.write(folder / ONE, made(0), RATE)
    with soundfile.SoundFile(folder / HOUR, "w", RATE, 1) as file:
        for i in range(360):
            file.write(made(i))


def made(seed: int) -> np.ndarray:
    """Ten seconds of noise, a tone and clicks."""
    rng, t = np.random.default_rng(seed), np.arange(10 * RATE) / RATE
    tone = (
        0.3
        * np.sin(2 * np.pi * rng.uniform(100, 3000) * t)
        * (np.sin(2 * np.pi * rng.uniform(0.1, 4) * t) > 0)
    )
    clicks = np.where(rng.random(len(t)) < 1e-4, rng.normal(0, 0.5, len(t)), 0)
    return (tone + clicks + rng.normal(0, rng.uniform(0.001, 0.1), len(t))).clip(-1, 1).astype(np.float32)


def stages(paths: list[Path]) -> Figures:
    """Milliseconds of processor time a clip: reading, hearing, writing, each graph apart; any version."""
    import onnxruntime

    import earwitness
    from earwitness.audio import stream_windows
    from earwitness.captioning.options import CaptionOptions

    spent: Figures = {}
    run = onnxruntime.InferenceSession.run

    def counted(self: object, names: object, inputs: dict[str, object], *more: object) -> object:
        start = time.thread_time()
        out = run(self, names, inputs, *more)
        name = next(GRAPHS[key] for key in GRAPHS if key in inputs)
        spent[name] = spent.get(name, 0.0) + time.thread_time() - start
        return out

    captioner = earwitness.load(workers=1)
    wide = getattr(captioner.encoder, "wide_rate", None)
    captioner.caption(str(paths[-1]))
    onnxruntime.InferenceSession.run = counted
    start = time.thread_time()
    for path in paths:
        list(stream_windows(str(path), captioner.encoder.rate, captioner.encoder.window_seconds, wide=wide))
    reading = time.thread_time() - start
    start = time.thread_time()
    heard = [h for path in paths for h in captioner.heard(str(path))]
    hearing = time.thread_time() - start - reading - sum(spent.values())
    before, start = sum(spent.values()), time.thread_time()
    list(captioner._write_all(heard, CaptionOptions()))
    writing = time.thread_time() - start - (sum(spent.values()) - before)
    rows = {
        "read, mix, resample": reading,
        "hear: spectra, pitch, views": hearing,
        "write, re-rank, believe": writing,
        **spent,
    }
    return {name: 1000 * seconds / len(paths) for name, seconds in rows.items()}


if __name__ == "__main__":
    main()
