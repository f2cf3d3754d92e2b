"""How much of the command line's speed is left when sounds come by HTTP; writes benchmarks/server.md.

    python benchmarks/server.py [--soak SECONDS]

The same clips go through ``earwitness caption FOLDER`` and through a server on loopback, in turns, so that a machine
that slows down slows both. Start-up is taken off the command line's time, and the server is asked once before it is
measured. With ``--soak``, 200 clients then ask for as long as is said.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import httpx

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "src"))

from speed import CLIPS, HOUR, MANY, ONE, make_sounds, said

ROUNDS, CLIENTS = 3, (1, 4, 16, 48)
SOAKING = 200


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--soak", type=float, default=60.0, metavar="SECONDS")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make_sounds(Path(folder))
        (Path(folder) / HOUR).unlink()
        bodies = [p.read_bytes() for p in sorted((Path(folder) / MANY).iterdir())]
        with Server(Path(folder)) as server:
            asyncio.run(ask(server.address, bodies[:8], 4))
            rounds = [measured(Path(folder), server, bodies) for _ in range(ROUNDS)]
            quiet = server.memory()
            soak = asyncio.run(soaked(server.address, bodies, asked.soak)) if asked.soak else None
            after = server.memory()
    page = written(rounds, quiet, soak, after)
    (HERE / "server.md").write_text(page, encoding="utf-8")
    print(page)


class Server:
    """The command's own server on a free port, with nothing of it changed."""

    def __init__(self, folder: Path) -> None:
        self.log = (folder / "log").open("wb+")
        told = {**os.environ, "PYTHONPATH": str(HERE.parent / "src"), "EARWITNESS_CACHE": str(folder)}
        arguments = [sys.executable, "-m", "earwitness", "serve", "--port", "0"]
        self.process = subprocess.Popen(arguments, stderr=self.log, env=told)
        self.address = self._wait(folder / "log")

    def _wait(self, log: Path) -> str:
        while True:
            found = re.search(rb"http://\S+/", log.read_bytes())
            if found:
                try:
                    if httpx.get(f"{found[0].decode()}readyz").status_code == 200:
                        return found[0].decode()
                except httpx.HTTPError:
                    pass
            if self.process.poll() is not None:
                raise SystemExit(log.read_text())
            time.sleep(0.1)

    def memory(self) -> float:
        """Resident memory, MB; 0 where the system does not say."""
        status = Path(f"/proc/{self.process.pid}/status")
        found = re.search(r"VmRSS:\s+(\d+)", status.read_text()) if status.exists() else None
        return int(found[1]) / 1024 if found else 0.0

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(60)
        self.log.close()


def timed(path: Path) -> float:
    """Seconds of ``earwitness caption``, nothing of a run being left for the next one."""
    with tempfile.TemporaryDirectory() as cache:
        began = time.perf_counter()
        said(sys.executable, ["-m", "earwitness", "caption", str(path)], cache)
        return time.perf_counter() - began


def measured(folder: Path, server: Server, bodies: list[bytes]) -> dict[str, object]:
    """One round: start-up, the folder by the command line, the same by each number of clients."""
    cold, many = timed(folder / ONE), timed(folder / MANY)
    found: dict[str, object] = {"command": (CLIPS - 1) / (many - cold)}
    for count in CLIENTS:
        began = time.perf_counter()
        times = asyncio.run(ask(server.address, bodies, count))
        found[f"clients {count}"] = (len(bodies) / (time.perf_counter() - began), times)
    return found


async def ask(address: str, bodies: list[bytes], clients: int) -> list[float]:
    """Each body once, so many at a time; the seconds that each took."""
    waiting, times = list(enumerate(bodies)), []

    async def one(client: httpx.AsyncClient) -> None:
        while waiting:
            number, body = waiting.pop()
            began = time.perf_counter()
            answer = await client.post(
                f"{address}v1/audio/captions", content=body, headers={"content-type": "audio/wav"}
            )
            answer.raise_for_status()
            assert answer.json()["captions"], number
            times.append(time.perf_counter() - began)

    async with httpx.AsyncClient(timeout=300, limits=httpx.Limits(max_connections=clients)) as client:
        await asyncio.gather(*(one(client) for _ in range(clients)))
    return times


async def soaked(address: str, bodies: list[bytes], seconds: float) -> dict[str, object]:
    """Two hundred clients that ask again as soon as they are answered, and come back when told to."""
    times: list[float] = []
    lost, later = 0, 0
    until = time.perf_counter() + seconds

    async def one(number: int, client: httpx.AsyncClient) -> None:
        nonlocal lost, later
        while time.perf_counter() < until:
            began = time.perf_counter()
            while True:
                try:
                    answer = await client.post(
                        f"{address}v1/audio/captions",
                        content=bodies[number % len(bodies)],
                        headers={"content-type": "audio/wav"},
                    )
                except httpx.HTTPError:
                    lost += 1
                    break
                if answer.status_code == 429:
                    later += 1
                    await asyncio.sleep(float(answer.headers["retry-after"]))
                    continue
                lost += answer.status_code != 200 or not answer.json()["captions"]
                times.append(time.perf_counter() - began)
                break

    async with httpx.AsyncClient(timeout=300, limits=httpx.Limits(max_connections=SOAKING)) as client:
        await asyncio.gather(*(one(number, client) for number in range(SOAKING)))
    return {"times": times, "lost": lost, "later": later, "seconds": seconds}


def written(
    rounds: list[dict[str, object]], quiet: float, soak: dict[str, object] | None, after: float
) -> str:
    line = statistics.median(float(r["command"]) for r in rounds)  # type: ignore[arg-type]
    rows = [f"| `earwitness caption FOLDER`, beyond start-up | {line:.1f} | | | |"]
    for count in CLIENTS:
        found = [r[f"clients {count}"] for r in rounds]
        speed = statistics.median(f[0] for f in found)  # type: ignore[index]
        ratio = statistics.median(f[0] / r["command"] for f, r in zip(found, rounds, strict=True))  # type: ignore[index]
        times = [t for f in found for t in f[1]]  # type: ignore[index]
        rows.append(
            f"| {count} client{'s' * (count > 1)} | {speed:.1f} | {ratio:.2f} | {at(times, 0.5):.2f} | {at(times, 0.95):.2f} |"
        )
    page = f"""# Speed of the server

Written by `benchmarks/server.py` on {os.cpu_count()} cores ({platform.machine()}, Python {platform.python_version()}); the
load of the machine was {os.getloadavg()[0]:.1f}. {CLIPS} made clips of ten seconds (882 kB each) by both ways, in turns; medians of
{ROUNDS} rounds. The clients share the cores with the server. The aim is 0.8 of the command line's throughput.

| way | clips/s | of the command line's, same round | p50, s | p95, s |
|---|---|---|---|---|
{chr(10).join(rows)}
"""
    if soak is None:
        return page
    times: list[float] = soak["times"]  # type: ignore[assignment]
    return f"""{page}
## {SOAKING} clients for {soak["seconds"]:.0f} s

| what | figure |
|---|---|
| answers | {len(times)} |
| lost | {soak["lost"]} |
| told to come back (429), and answered then | {soak["later"]} |
| p50, p95 | {at(times, 0.5):.1f} s, {at(times, 0.95):.1f} s |
| memory of the server before and after | {quiet:.0f} MB, {after:.0f} MB |
"""


def at(times: list[float], share: float) -> float:
    return sorted(times)[int(share * (len(times) - 1))]


if __name__ == "__main__":
    main()
