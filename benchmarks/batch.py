"""How far captioning scales past one core and one machine; writes benchmarks/batch.md.

    python benchmarks/batch.py CLIPS measure     the clips (a folder such as ESC-10), and every measurement
    python benchmarks/batch.py CLIPS page        the page, from what was measured

Clips are made on the spot: each of CLIPS in turn, shifted in time and made louder or softer, so that no two
are equal. ``measure`` takes names of single pieces, to be run one by one: each takes a few minutes, and writes
what it found to a file beside the clips. --clips, --runs and --growth say how large they are.
"""

from __future__ import annotations

import argparse
import heapq
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import soundfile

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "src"))
FOUND = Path("found.json")  # in the folder of work
PYTHON = [sys.executable, "-m", "earwitness"]
DOLLARS = {"on demand": 0.68, "spot": 0.27}  # an hour of a 16-core machine


def main() -> None:
    given = argparse.ArgumentParser()
    given.add_argument("sounds", type=Path)
    given.add_argument("what", choices=["measure", "page", "clips"])
    given.add_argument("pieces", nargs="*")
    given.add_argument("--clips", type=int, default=2000)
    given.add_argument("--growth", type=int, nargs="*", default=[500, 1000, 2000, 4000, 8000])
    given.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "earwitness-batch")
    asked = given.parse_args()
    if asked.what == "page":
        (HERE / "batch.md").write_text(page(json.loads((asked.work / FOUND).read_text())), encoding="utf-8")
        return
    most = max([asked.clips, *asked.growth])
    make(asked.sounds, asked.work / "clips", most)
    if asked.what == "clips":
        return
    pieces: dict[str, Callable[[], dict[str, object]]] = {
        "plain": lambda: plain(asked.work, asked.clips, 1),
        "plain 2": lambda: plain(asked.work, asked.clips, 2),
        "processes 2": lambda: processes(asked.work, asked.clips, 2),
        "processes 1": lambda: processes(asked.work, asked.clips, 1),
        "ray 1": lambda: by_ray(asked.work, asked.clips, 1),
        "ray 2": lambda: by_ray(asked.work, asked.clips, 2),
        "processes 1 few": lambda: processes(asked.work, asked.clips // 4, 1),
        "ray 1 few": lambda: by_ray(asked.work, asked.clips // 4, 1),
        "stages": lambda: stages(asked.work),
        "stores": lambda: stores(asked.work),
        **{f"growth {n}": (lambda n=n: by_ray(asked.work, n, 2)) for n in asked.growth},
    }
    found = json.loads((asked.work / FOUND).read_text()) if (asked.work / FOUND).exists() else {}
    for name in asked.pieces or pieces:
        found[name] = {**pieces[name](), "machine": machine()}
        print(name, found[name], flush=True)
        (asked.work / FOUND).write_text(json.dumps(found, indent=1) + "\n")


def machine() -> str:
    return f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"


# ---- the clips


def make(sounds: Path, folder: Path, count: int) -> None:
    """So many clips out of a few, no two alike; those that are there stay."""
    folder.mkdir(parents=True, exist_ok=True)
    sources = sorted(p for p in sounds.rglob("*") if p.suffix in (".wav", ".ogg", ".flac", ".mp3"))
    for number in range(len(list(folder.iterdir())), count):
        samples, rate = soundfile.read(sources[number % len(sources)], dtype="float32", always_2d=True)
        again = number // len(sources)
        rng = np.random.default_rng(number)
        shifted = np.roll(samples[:, 0], int(rng.integers(len(samples)))) if again else samples[:, 0]
        louder = shifted * (rng.uniform(0.5, 1.2) if again else 1)
        soundfile.write(folder / f"{number:06d}.flac", louder.clip(-1, 1), rate)


def some(work: Path, count: int) -> Path:
    """A folder of links to the first so many clips."""
    folder = work / f"first-{count}"
    if not folder.is_dir():
        folder.mkdir()
        for path in sorted((work / "clips").iterdir())[:count]:
            (folder / path.name).symlink_to(path)
    return folder


# ---- runs


def measured(words: list[str], environment: dict[str, str] | None = None) -> dict[str, object]:
    """Wall and processor time of a command, and the most memory of it with all its processes."""
    began = time.perf_counter()
    run = subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True,
                           env={**os.environ, "PYTHONPATH": str(HERE.parent / "src"), **(environment or {})})  # fmt: skip
    peak, last, over = 0.0, {}, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not over.wait(1.0):
            now = family(run.pid)
            peak = max(peak, sum(memory for memory, _ in now.values()))
            last.update({pid: seconds for pid, (_, seconds) in now.items()})

    watcher = threading.Thread(target=watch)
    watcher.start()
    said = run.communicate()[1]
    over.set()
    watcher.join()
    if run.returncode not in (0, 1):
        raise SystemExit(said)
    return {
        "seconds": time.perf_counter() - began,
        "processor": sum(last.values()),
        "megabytes": peak / 1e6,
    }


def family(root: int) -> dict[int, tuple[float, float]]:
    """Of a process and all that came of it: memory of its own (a shared page counted once a process, as a
    share), and processor time so far."""
    parents, found = {}, {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            parents[int(stat.parent.name)] = (int(fields[1]), (int(fields[11]) + int(fields[12])) / 100)
        except OSError:
            continue
    wanted = {root}
    while more := {pid for pid, (parent, _) in parents.items() if parent in wanted} - wanted:
        wanted |= more
    for pid in wanted & set(parents):
        try:
            lines = (Path("/proc") / str(pid) / "smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        share = next((int(line.split()[1]) * 1024.0 for line in lines if line.startswith("Pss:")), 0.0)
        found[pid] = (share, parents[pid][1])
    return found


def plain(work: Path, count: int, workers: int) -> dict[str, object]:
    out = work / "plain.csv"
    out.unlink(missing_ok=True)
    words = [*PYTHON, "caption", str(some(work, count)), "-o", str(out), "--workers", str(workers)]
    return {"clips": count, **measured(words)}


def processes(work: Path, count: int, workers: int) -> dict[str, object]:
    """As ``caption --workers`` does it for more than two cores."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom earwitness.batch.crew import Crew\n"
        "from earwitness.batch.options import Captioning\n"
        "if __name__ == '__main__':\n"
        "    names = sorted(str(p) for p in Path(sys.argv[1]).iterdir())\n"
        "    print(sum(len(o.captions) for o in Crew(int(sys.argv[2]), Captioning()).caption_many(names)))\n"
    )
    script = work / "processes.py"
    script.write_text(code)
    words = [sys.executable, str(script), str(some(work, count)), str(workers)]
    return {"clips": count, **measured(words)}


def by_ray(work: Path, count: int, actors: int) -> dict[str, object]:
    """With the time at which files were written, so that starting and captioning are told apart."""
    out = work / f"ray-{count}-{actors}"
    shutil.rmtree(out, ignore_errors=True)
    words = [*PYTHON, "batch", str(some(work, count)), str(out), "--actors", str(actors)]
    began = time.time()
    found = measured([*words, "--rows", str(max(16, min(1000, count // (8 * actors))))])
    written = sorted(p.stat().st_mtime - began for p in out.glob("part-*"))
    return {"clips": count, "files": len(written), "first": written[0], "last": written[-1], **found}


# ---- what one core does


def stages(work: Path) -> dict[str, object]:
    """Milliseconds of one core that a clip takes to be heard, and to be written about."""
    import earwitness
    from earwitness.captioning.options import CaptionOptions

    captioner = earwitness.load(workers=0)
    paths = [str(p) for p in sorted(some(work, 200).iterdir())]
    list(captioner.caption_many(paths[:8]))
    hears, writes = [], []
    for start in range(0, len(paths), 16):
        some_paths = paths[start : start + 16]
        began = time.process_time()
        heard = [captioner.heard(p, CaptionOptions()) for p in some_paths]
        middle = time.process_time()
        list(
            captioner._write([(p, h, None) for p, h in zip(some_paths, heard, strict=True)], CaptionOptions())
        )
        hears.append((middle - began) / len(some_paths))
        writes.append((time.process_time() - middle) / len(some_paths))
    return {
        "hear": 1000 * statistics.median(hears),
        "write": 1000 * statistics.median(writes),
        "clips": len(paths),
    }


def stores(work: Path) -> dict[str, object]:
    """Objects of a bucket on this machine, read by pyarrow's client and by s3fs where it is installed."""
    sys.path.insert(0, str(HERE.parent))
    from tests.batch.helpers import Bucket

    os.environ.update(AWS_ACCESS_KEY_ID="a", AWS_SECRET_ACCESS_KEY="b", AWS_EC2_METADATA_DISABLED="true")
    paths, found = sorted(some(work, 200).iterdir()), {}
    with Bucket(10**9) as bucket:
        bucket.put(p.resolve() for p in paths)
        names = [f"sounds/{p.resolve().name}" for p in paths]
        found["pyarrow"] = timed_read(pyarrow_reader(bucket.address), names)
        try:
            import s3fs
        except ImportError:
            return found
        files = s3fs.S3FileSystem(client_kwargs={"endpoint_url": bucket.address})
        found["s3fs"] = timed_read(files.cat_file, names)
    return found


def pyarrow_reader(address: str) -> Callable[[str], bytes]:
    from pyarrow import fs

    files = fs.S3FileSystem(endpoint_override=address)

    def read(name: str) -> bytes:
        with files.open_input_stream(name) as file:
            return file.read()

    return read


def timed_read(read: Callable[[str], bytes], names: list[str]) -> dict[str, float]:
    from concurrent.futures import ThreadPoolExecutor

    read(names[0])
    with ThreadPoolExecutor(8) as pool:
        began = time.perf_counter()
        total = sum(map(len, pool.map(read, names)))
    return {"seconds": time.perf_counter() - began, "megabytes": total / 1e6, "objects": len(names)}


# ---- the queue, simulated


def simulated(cores: int, hear: float, write: float, clips: int, *, held: float, threads: bool) -> float:
    """Clips a second of so many cores.

    ``threads``: one process, whose threads hear and whose main thread writes; ``held`` is the share of hearing
    during which Python lets one thread run at a time. Otherwise a process a core does both, in chunks of
    eight that are handed over in order. Times in seconds, drawn around their means (a gamma of shape 9).
    """
    rng = np.random.default_rng(5)
    hears, writes = (m * rng.gamma(9, 1 / 9, clips) for m in (hear, write))
    if not threads:
        free, finished = [0.0] * cores, 0.0
        for start in range(0, clips, 8):
            at = heapq.heappop(free) + float(hears[start : start + 8].sum() + writes[start : start + 8].sum())
            finished = max(finished, at)
            heapq.heappush(free, at)
        return clips / finished
    free, locked, wrote = [0.0] * max(1, cores - 1), 0.0, 0.0
    for one, two in zip(hears, writes, strict=True):
        at = heapq.heappop(free) + float(one) * (1 - held)
        locked = max(locked, at) + float(one) * held  # one at a time
        heapq.heappush(free, locked)
        wrote = max(wrote, locked) + float(two)
    return clips / wrote


# ---- the page


def page(found: dict[str, dict]) -> str:
    names = {
        "plain": "`caption --workers 1`", "plain 2": "`caption` (two threads, the default)",
        "processes 1": "one process of `--workers N`", "processes 2": "two processes of `--workers N`",
        "ray 1": "`batch --actors 1`", "ray 2": "`batch --actors 2`",
    }  # fmt: skip
    lines = []
    for key, name in names.items():
        if key not in found:
            continue
        one = found[key]
        spread = rate(one)
        lines.append(
            f"| {name} | {one['clips']} | {one['seconds']:.0f} | {one['clips'] / one['seconds']:.1f} | "
            f"{spread:.1f} | {1000 * one['processor'] / one['clips']:.1f} | {one['megabytes']:.0f} |"
        )
    one, two = found["ray 1"], found["ray 2"]
    growth = growth_lines({k: v for k, v in found.items() if k.startswith("growth ")})
    plain_start, plain_each = line(found["processes 1 few"], found["processes 1"])
    ray_start, ray_each = line(found["ray 1 few"], found["ray 1"])
    return f"""# Past one core and one machine

Written by `benchmarks/batch.py` ({found["plain"]["machine"]}); clips of five seconds made of ESC-10's, no two equal.
Every line is one run in new processes. *clips/s in all* counts starting up, which for Ray is its own service and the
model in every actor; *clips/s once begun* leaves that out (for Ray from the first file to the last, for the others the
start of one clip alone). Processor time and memory are those of all processes together (a page that several share
counted in shares).

| way | clips | s | clips/s in all | clips/s once begun | processor ms a clip | peak MB |
|---|---|---|---|---|---|---|
{chr(10).join(lines)}

* **Two actors against one: {rate(two) / rate(one):.2f} times** once begun, {one["seconds"] / two["seconds"]:.2f} in all (aim ≥ 1.8).
* **What Ray adds to a clip: {1000 * (ray_each - plain_each):+.1f} ms** of processor time on {1000 * plain_each:.1f} ms, which is
  {100 * (ray_each / plain_each - 1):+.0f} % (aim ≤ 15 %): one actor against one process without Ray, each line through two runs, over
  {found["ray 1 few"]["clips"]} and {one["clips"]} clips.
* **What Ray adds once**: {ray_start - plain_start:.0f} s of processor time for its services and their start.

## Growth

Ray with two actors, more and more clips (aim: linear within 10 %).

{growth}

{scale(found)}
{costs(found)}
{stores_page(found)}
"""


def line(few: dict, many: dict) -> tuple[float, float]:
    """Processor seconds to begin, and a clip, of two runs."""
    each = (many["processor"] - few["processor"]) / (many["clips"] - few["clips"])
    return many["processor"] - each * many["clips"], each


def rate(one: dict) -> float:
    """Clips a second from the moment that captioning goes on."""
    if "first" in one:
        share = (one["files"] - 1) / one["files"]
        return one["clips"] * share / max(one["last"] - one["first"], 1e-9)
    return one["clips"] / max(one["seconds"] - 1.5, 1e-9)


def growth_lines(found: dict[str, dict]) -> str:
    """Seconds against a straight line through all runs."""
    ordered = sorted(found.values(), key=lambda one: one["clips"])
    if len(ordered) < 3:
        return "Not measured yet."
    counts = np.array([one["clips"] for one in ordered], float)
    seconds = np.array([one["seconds"] for one in ordered])
    each, start = np.polyfit(counts, seconds, 1)
    lines = [
        "| clips | s | s on the line | off it | clips/s once begun | processor s | peak MB |",
        "|---|---|---|---|---|---|---|",
    ]
    for one in ordered:
        there = start + each * one["clips"]
        lines.append(
            f"| {one['clips']} | {one['seconds']:.1f} | {there:.1f} | {100 * (one['seconds'] / there - 1):+.1f} % | "
            f"{rate(one):.1f} | {one['processor']:.0f} | {one['megabytes']:.0f} |"
        )
    worst = np.abs(seconds / (start + each * counts) - 1).max()
    return "\n".join(lines) + (
        f"\n\nThe line is {start:.1f} s and {1000 * each:.1f} ms a clip; the farthest run is {100 * worst:.1f} % off it."
    )


def scale(found: dict[str, dict]) -> str:
    hear, write = found["stages"]["hear"] / 1000, found["stages"]["write"] / 1000
    lines = []
    for cores in (1, 2, 4, 8, 16, 64):
        threads = simulated(cores, hear, write, 4000, held=0.15, threads=True)
        split = simulated(cores, hear, write, 4000 * max(1, cores // 8), held=0, threads=False)
        lines.append(
            f"| {cores} | {threads:.0f} | {split:.0f} | {split / simulated(1, hear, write, 4000, held=0, threads=False):.1f} |"
        )
    return f"""## 8 and 64 cores, by simulation

One core hears a clip in {1000 * hear:.1f} ms and writes about it in {1000 * write:.1f} ms ({found["stages"]["clips"]} clips, one thread). Threads of
one process hear side by side, and one of them writes: whatever the number of cores, no more than
1 / {1000 * write:.1f} ms = {1 / write:.0f} clips/s come out, and what Python itself does (15 % of hearing is assumed) is done by one
thread at a time. Processes share nothing but the queue of names. So `--workers` up to 2 is threads, which hold the
model once; more are processes. Simulated, with service times drawn from a gamma distribution of shape 9:

| cores | threads, clips/s | processes, clips/s | times one |
|---|---|---|---|
{chr(10).join(lines)}

The simulation knows no memory bus and no shared cache: take the last line for an upper bound.
"""


def costs(found: dict[str, dict]) -> str:
    each = line(found["ray 1 few"], found["ray 1"])[1] * 2  # ten seconds are two of our clips of five
    hour = 3600 / each
    lines = []
    for millions in (1, 10, 100):
        hours = millions * 1e6 / (hour * 16)
        prices = " | ".join(f"{hours * price:,.0f} $" for price in DOLLARS.values())
        lines.append(
            f"| {millions} million | {hours:,.0f} | {hours / 24:,.1f} | {hours / 240:,.2f} | {prices} |"
        )
    heads = " | ".join(f"{name} ({price:.2f} $/h)" for name, price in DOLLARS.items())
    return f"""## What millions cost

**{hour:,.0f} ten-second clips an hour a core** ({1000 * each:.0f} ms of processor time each: what a clip adds to a run of `batch`, all of
its processes counted; a clip of ten seconds is taken for two of five, which leaves out that writing about one clip
costs less than about two).

Assumed: every core as fast as the one measured; an actor a core; nothing lost to the network, since sounds arrive
while others are heard (16 cores read about {16 * hour / 3600 * 0.3:.0f} MB/s at 0.3 MB a clip); reading from a store in the same region is
free of charge apart from its requests (0.40 $ a million); the prices are examples, put in your own.

| clips | hours of a 16-core machine | days of one | days of ten | {heads} |
|---|---|---|---|---|---|
{chr(10).join(lines)}
"""


def stores_page(found: dict[str, dict]) -> str:
    if "stores" not in found:
        return ""
    lines = [
        f"| {name} | {one['objects']} | {one['seconds']:.1f} | {one['objects'] / one['seconds']:.0f} |"
        for name, one in found["stores"].items()
        if name != "machine"
    ]
    return f"""## The client for S3

Objects of a bucket of a server on this machine, eight at a time:

| client | objects | s | objects/s |
|---|---|---|---|
{chr(10).join(lines)}

pyarrow's own client is the one in use: it needs nothing beside pyarrow, which parquet needs anyway. s3fs would bring
botocore, aiobotocore and ten more packages, and pin botocore against what other programs want.
"""


if __name__ == "__main__":
    main()
