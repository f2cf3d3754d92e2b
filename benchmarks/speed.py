"""How fast the embedded model is; writes benchmarks/speed.md.

    python benchmarks/speed.py

Every figure is the median of several runs in new processes. Absolute times drift with the machine; beside them
stands the time of the onnx graphs alone, which is the limit that the rest is measured against.
"""

from __future__ import annotations

import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "src"))

RUNS, CLIPS, RATE = 5, 120, 44100
ONE, MANY = "one.wav", "many"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        sounds(Path(folder))
        importing = median(lambda: timed([sys.executable, "-c", "import earwitness"]))
        nothing = median(lambda: timed([sys.executable, "-c", "pass"]))
        cold = median(lambda: timed(command(Path(folder) / ONE)))
        many = median(lambda: timed(command(Path(folder) / MANY)), 3)
        one_memory = peak(Path(folder) / ONE)
        hour_memory = peak(Path(folder) / "hour.flac")
        hour = timed(command(Path(folder) / "hour.flac"))
        stages = split(sorted((Path(folder) / MANY).iterdir())[:40])
    page = f"""# Speed of the embedded model

Written by `benchmarks/speed.py` on {os.cpu_count()} cores ({platform.machine()}, Python {platform.python_version()});
medians of {RUNS} runs, each in a new process. The sounds are made: noise, tones and clicks, {RATE} Hz.

| what | figure | aim |
|---|---|---|
| `python -c "import earwitness"`, beyond Python itself | {importing - nothing:.3f} s | ≤ 0.15 s |
| cold start: `earwitness caption one.wav`, a 10-second clip, new process | {cold:.2f} s | ≤ 1.0 s |
| a folder of {CLIPS} 10-second clips, with start-up | {many:.2f} s = {CLIPS / many:.1f} clips/s | |
| the same, beyond start-up | {(CLIPS - 1) / max(many - cold, 1e-9):.1f} clips/s | ≥ 20 |
| an hour-long file | {hour:.1f} s = {3600 / hour:.0f} × real time | |
| peak memory, one clip | {one_memory:.0f} MB | ≤ 400 MB |
| peak memory, an hour-long file | {hour_memory:.0f} MB ({hour_memory - one_memory:+.0f}) | ≤ +50 MB |

## Where the time goes

One thread, milliseconds per 10-second clip, over 40 clips; the onnx graphs' own time beside each stage's.

| stage | ms | of it in the onnx graph |
|---|---|---|
{stages}
"""
    (HERE / "speed.md").write_text(page, encoding="utf-8")
    print(page)


def sounds(folder: Path) -> None:
    """One clip, a folder of different clips, and an hour."""
    (folder / MANY).mkdir()
    for i in range(CLIPS):
        soundfile.write(folder / MANY / f"{i:03d}.wav", made(i), RATE)
    soundfile.write(folder / ONE, made(1000), RATE)
    with soundfile.SoundFile(folder / "hour.flac", "w", RATE, 1) as file:
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


def command(path: Path) -> list[str]:
    return [sys.executable, "-m", "earwitness", "caption", str(path)]


def timed(arguments: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(arguments, check=True, stdout=subprocess.DEVNULL, env=environment())
    return time.perf_counter() - start


def environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(HERE.parent / "src")}


def median(measure: Callable[[], float], runs: int = RUNS) -> float:
    measure()  # fills the file cache
    return statistics.median(measure() for _ in range(runs))


def peak(path: Path) -> float:
    """Largest resident memory of a run, in MB."""
    code = (
        "import sys, resource, earwitness; earwitness.caption(sys.argv[1]);"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], check=True, capture_output=True, env=environment()
    )
    return int(done.stdout) / (1024 if resource.getpagesize() and sys.platform != "darwin" else 1024**2)


def split(paths: list[Path]) -> str:
    """Rows of the table of stages."""
    from earwitness.audio import stream_windows
    from earwitness.captioning.loading import load_captioner
    from earwitness.encoders.runtime import asset, session
    from earwitness.encoders.tags import yamnet

    captioner = load_captioner(workers=1)
    captioner.caption(str(paths[0]))
    clips = [next(iter(stream_windows(p, 16000, 10))) for p in paths]
    reading = clock(lambda: [list(stream_windows(p, 16000, 10)) for p in paths])
    hearing = clock(lambda: captioner.encoder.embed_audio(clips))
    inputs = [yamnet.patches(c.samples) for c in clips]
    graph = session(asset("yamnet.onnx"))
    alone = clock(lambda: [graph.run(None, {"patches": x}) for x in inputs])
    vectors = captioner.encoder.embed_audio(clips)
    method = captioner.method
    spent = {"step": 0.0, "minilm": 0.0}
    count(method.decoder, "_step", spent, "step")  # type: ignore[attr-defined]
    encoder = method.encoder  # type: ignore[attr-defined]
    plain = encoder.embed_text

    def counted(texts: list[str]) -> np.ndarray:
        start = time.perf_counter()
        rows = plain(texts)
        spent["minilm"] += time.perf_counter() - start
        return rows

    encoder.embed_text = counted
    writing = clock(
        lambda: [method.write(vectors[i : i + 16], [()] * 16) for i in range(0, len(vectors), 16)]
    )
    n = len(paths)
    rows = [
        ("read, mix, resample", reading, None),
        ("listen (log-mel, YAMNet, pitch)", hearing, alone),
        ("write (beams)", writing - spent["minilm"], spent["step"]),
        ("re-rank (MiniLM, sentences not met before)", spent["minilm"], spent["minilm"]),
    ]
    total, graphs = sum(r[1] for r in rows), sum(r[2] or 0 for r in rows)
    lines = [
        f"| {name} | {1000 * t / n:.1f} | {'' if g is None else f'{1000 * g / n:.1f}'} |"
        for name, t, g in rows
    ]
    return "\n".join(
        [*lines, f"| all | {1000 * total / n:.1f} | {1000 * graphs / n:.1f} ({100 * graphs / total:.0f} %) |"]
    )


def clock(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def count(owner: object, name: str, spent: dict[str, float], key: str) -> None:
    """Add the time of every ``owner.name.run`` to ``spent[key]``."""
    inner = getattr(owner, name)

    class Counted:
        def run(self, *arguments: object) -> object:
            start = time.perf_counter()
            out = inner.run(*arguments)
            spent[key] += time.perf_counter() - start
            return out

    setattr(owner, name, Counted())


if __name__ == "__main__":
    main()
