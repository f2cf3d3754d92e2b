"""A real server on loopback: many clients, hostile ones, and how it ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.server.conftest import Served, sound

CAPTIONS = "v1/audio/captions"
WAV = {"content-type": "audio/wav"}

# the server of the command with a captioner that waits instead of thinking
SLOW = """
import sys, time
from pathlib import Path
from earwitness.captioning.captioner import Captioner
from earwitness.server.run import run_server
from earwitness.server.settings import ServerLimits, ServerSettings
from tests.server.conftest import FakeEncoder, FakeMethod
method = FakeMethod()
method.seconds = float(sys.argv[1])
limits = ServerLimits(header_seconds=1.5, idle_seconds=1.5, stop_seconds=20)
settings = ServerSettings(port=0, limits=limits)
run_server(lambda: Captioner(FakeEncoder(), method), settings, told=lambda a: print(a, file=sys.stderr, flush=True))
"""


@pytest.fixture
def slow(tmp_path: Path) -> Iterator[Served]:
    server = Served(tmp_path, "1.5", code=SLOW)
    yield server
    if server.process.poll() is None:
        server.stop(signal.SIGKILL)


def post(server: Served, data: bytes | None = None, **named: Any) -> httpx.Response:
    return httpx.post(
        f"{server.address}{CAPTIONS}",
        content=sound() if data is None else data,
        headers=WAV,
        timeout=180,
        **named,
    )


def left(server: Served) -> list[str]:
    return [p.name for p in (server.folder / "uploads").rglob("*") if p.is_file() and p.name != "lock"]


async def clients(address: str, count: int, seconds: float, sounds: list[bytes]) -> dict[str, Any]:
    """Clients that ask one thing after the other until the time is over, and come back when told to."""
    times: list[float] = []
    statuses: dict[int, int] = {}
    lost: list[str] = []
    until = time.monotonic() + seconds

    async def one(number: int, client: httpx.AsyncClient) -> None:
        while time.monotonic() < until:
            began = time.monotonic()
            while True:
                try:
                    answer = await client.post(
                        f"{address}{CAPTIONS}", content=sounds[number % len(sounds)], headers=WAV
                    )
                except httpx.HTTPError as error:
                    lost.append(repr(error))
                    return
                statuses[answer.status_code] = statuses.get(answer.status_code, 0) + 1
                if answer.status_code != 429:
                    break
                await asyncio.sleep(float(answer.headers["retry-after"]))
            if answer.status_code == 200 and not answer.json()["captions"]:
                lost.append("an answer without captions")
            times.append(time.monotonic() - began)

    async with httpx.AsyncClient(timeout=180, limits=httpx.Limits(max_connections=count)) as client:
        await asyncio.gather(*(one(number, client) for number in range(count)))
    ordered = sorted(times)
    return {"answers": len(times), "p50": statistics.median(times), "p95": ordered[int(0.95 * (len(ordered) - 1))],
            "statuses": statuses, "lost": lost}  # fmt: skip


def test_many_clients_at_once_all_get_their_answers(served: Served) -> None:
    found = asyncio.run(
        clients(served.address, 40, 3.0, [sound(1.0), sound(0.5, rate=16000), sound(2.0, format="FLAC")])
    )
    assert found["lost"] == [] and set(found["statuses"]) <= {200, 429}
    assert found["answers"] >= 40
    assert left(served) == []


@pytest.mark.slow
def test_two_hundred_clients_for_a_minute(served: Served, capsys: pytest.CaptureFixture[str]) -> None:
    before = served.memory()
    asyncio.run(clients(served.address, 20, 2.0, [sound(2.0)]))
    warm = served.memory()
    found = asyncio.run(clients(served.address, 200, 60.0, [sound(2.0), sound(1.0, rate=44100, channels=2)]))
    with capsys.disabled():
        print("\n", {**found, "memory": (before, warm, served.memory())})
    assert found["lost"] == [] and set(found["statuses"]) <= {200, 429}
    assert served.memory() < warm + 150
    assert left(served) == []


@pytest.mark.parametrize("way", ["length", "chunks"])
def test_a_body_beyond_the_limit_is_refused_and_memory_stays_flat(served: Served, way: str) -> None:
    post(served)
    before, total = served.memory(), 200 * 1024**2

    def chunks() -> Iterator[bytes]:
        for _ in range(total // 65536):
            yield bytes(65536)

    headers = {**WAV, "content-length": str(total)} if way == "length" else WAV
    peak = [before]
    done = threading.Event()

    def watch() -> None:
        while not done.wait(0.02):
            peak.append(served.memory())

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        status, body = raw_post(served.port, headers, chunks() if way == "length" else chunked(chunks()))
    finally:
        done.set()
        watching.join()
    assert status == 413 and b"body_too_large" in body
    assert max(peak) < before + 40, "memory grew with the body"
    assert post(served).status_code == 200 and left(served) == []


def chunked(data: Iterator[bytes]) -> Iterator[bytes]:
    for piece in data:
        yield b"%x\r\n%s\r\n" % (len(piece), piece)
    yield b"0\r\n\r\n"


def raw_post(port: int, headers: dict[str, str], data: Iterator[bytes]) -> tuple[int, bytes]:
    """Send until the server has had enough, then read what it said: httpx would hide the answer behind its own error."""
    if "content-length" not in headers:
        headers = {**headers, "transfer-encoding": "chunked"}
    head = "".join(f"{k}: {v}\r\n" for k, v in headers.items())
    with socket.create_connection(("127.0.0.1", port), 30) as wire:
        wire.sendall(f"POST /{CAPTIONS} HTTP/1.1\r\nHost: 127.0.0.1\r\n{head}\r\n".encode())
        try:
            for piece in data:
                wire.sendall(piece)
        except OSError:
            pass
        return answer_of(wire)


def answer_of(wire: socket.socket) -> tuple[int, bytes]:
    wire.settimeout(30)
    text = b""
    while b"\r\n\r\n" not in text:
        piece = wire.recv(65536)
        if not piece:
            return 0, text
        text += piece
    head, _, body = text.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    while len(body) < length:
        body += wire.recv(65536)
    return int(head.split()[1]), body


def test_slow_and_half_open_connections_do_not_block_others(slow: Served) -> None:
    half = [socket.create_connection(("127.0.0.1", slow.port), 10) for _ in range(60)]
    for number, wire in enumerate(half):
        if number % 3 == 1:
            wire.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        elif number % 3 == 2:
            wire.sendall(f"POST /{CAPTIONS} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: audio/wav\r\n"
                         "Content-Length: 100000\r\n\r\nRIFF".encode())  # fmt: skip
    began = time.monotonic()
    assert httpx.get(f"{slow.address}healthz", timeout=10).status_code == 200
    assert post(slow).status_code == 200
    assert time.monotonic() - began < 10
    # and each is let go, the dribbling ones too
    until = time.monotonic() + 20
    said = []
    for number, wire in enumerate(half):
        wire.settimeout(max(0.1, until - time.monotonic()))
        while True:
            if number % 3 == 1:
                try:
                    wire.send(b"x")
                except OSError:
                    break
            try:
                piece = wire.recv(65536)
            except ConnectionError:
                break
            if not piece:
                break
            said.append(piece)
        wire.close()
    assert time.monotonic() < until
    assert any(b" 408 " in text for text in said)
    assert httpx.get(f"{slow.address}healthz").status_code == 200 and left(slow) == []


def test_headers_without_an_end_are_refused(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port), 10) as wire:
        wire.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: " + b"a" * 200_000)
        status, _ = answer_of(wire)
    assert status in (400, 431)


@pytest.mark.parametrize(
    "head",
    ["Content-Length: 5\r\nTransfer-Encoding: chunked", "Content-Length: 5\r\nContent-Length: 6", "Content-Length: -1",
     "Content-Length: 5, 6", "Transfer-Encoding: gzip, chunked", "Content-Length : 5", "Transfer-Encoding:\x0bchunked"],
)  # fmt: skip
def test_requests_of_two_meanings_are_not_taken_for_one(served: Served, head: str) -> None:
    smuggled = "GET /v1/models HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with socket.create_connection(("127.0.0.1", served.port), 10) as wire:
        wire.sendall(
            f"POST /{CAPTIONS} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: audio/wav\r\n{head}\r\n\r\n0\r\n\r\n{smuggled}".encode()
        )
        wire.settimeout(20)
        text = b""
        try:
            while piece := wire.recv(65536):
                text += piece
        except OSError:
            pass
    assert text.startswith(b"HTTP/1.1 4") and b'"object":"list"' not in text


def test_what_was_begun_is_finished_when_it_is_told_to_stop(slow: Served) -> None:
    answers: list[httpx.Response] = []
    asking = [threading.Thread(target=lambda: answers.append(post(slow))) for _ in range(3)]
    for thread in asking:
        thread.start()
    while len(left(slow)) < 3:
        time.sleep(0.01)
    slow.process.send_signal(signal.SIGTERM)
    for thread in asking:
        thread.join(180)
    assert [a.status_code for a in answers] == [200, 200, 200]
    slow.stop()
    assert list((slow.folder / "uploads").iterdir()) == []
    assert "Traceback" not in slow.text(), slow.text()


def test_a_job_that_is_followed_is_finished_too_and_one_that_is_not_is_dropped(slow: Served) -> None:
    address = f"{slow.address}{CAPTIONS}"
    links = httpx.post(f"{address}?job=yes", content=sound(), headers=WAV).json()["links"]
    events: list[str] = []

    def follow() -> None:
        with httpx.stream("GET", slow.address.rstrip("/") + links["events"], timeout=60) as stream:
            events.extend(stream.iter_text())

    following = threading.Thread(target=follow)
    following.start()
    while not events:
        time.sleep(0.01)
    began = time.monotonic()
    slow.process.send_signal(signal.SIGTERM)
    following.join(30)
    assert "event: done" in "".join(events)
    slow.stop()
    assert time.monotonic() - began < 15


def test_a_server_that_is_killed_leaves_nothing_after_the_next_start(slow: Served, tmp_path: Path) -> None:
    def ask() -> None:
        with suppress(httpx.HTTPError):  # the server dies while it is asked
            post(slow)

    asking = [threading.Thread(target=ask) for _ in range(3)]
    for thread in asking:
        thread.start()
    while len(left(slow)) < 3:
        time.sleep(0.01)
    slow.stop(signal.SIGKILL)
    for thread in asking:
        thread.join(30)
    assert len(left(slow)) == 3
    again = Served(tmp_path, "0", code=SLOW)
    try:
        assert left(again) == [] and len(list((tmp_path / "uploads").iterdir())) == 1
        assert post(again).status_code == 200
    finally:
        again.stop()


def test_a_client_that_goes_away_is_not_worked_for(slow: Served) -> None:
    busy = threading.Thread(target=post, args=(slow,))
    busy.start()
    while not left(slow):
        time.sleep(0.01)
    for _ in range(20):
        with pytest.raises(httpx.TimeoutException):
            httpx.post(f"{slow.address}{CAPTIONS}?top=2", content=sound(), headers=WAV, timeout=0.05)
    busy.join(30)
    began = time.monotonic()
    assert post(slow).status_code == 200
    assert time.monotonic() - began < 6  # twenty times a second and a half would be thirty


def test_a_live_client_hears_the_embedded_model(served: Served) -> None:
    import soundfile
    from websockets.sync.client import connect

    samples, rate = soundfile.read(Path(__file__).parents[2] / "examples" / "rooster.wav", dtype="int16")
    samples = samples if samples.ndim == 1 else samples[:, 0]
    with connect(f"ws://127.0.0.1:{served.port}/v1/audio/live") as wire:
        wire.send(json.dumps({"type": "start", "rate": rate}))
        for place in range(0, len(samples), 4096):
            wire.send(samples[place : place + 4096].tobytes())
        wire.send('{"type": "stop"}')
        told = [json.loads(message) for message in wire]
    assert told[0]["type"] == "ready" and told[-1]["type"] == "end"
    assert any("rooster" in t["text"].lower() for t in told if t["type"] == "caption")


def test_a_wrong_key_takes_as_long_as_a_right_one(tmp_path: Path) -> None:
    key = "a-long-secret-key-that-nobody-knows"
    server = Served(tmp_path, "0", code=SLOW.replace("port=0,", f"port=0, key={key!r},"))
    try:
        with httpx.Client() as client:

            def once(given: str) -> float:
                began = time.perf_counter()
                client.get(f"{server.address}v1/models", headers={"x-api-key": given})
                return time.perf_counter() - began

            rounds = [(once(key), once("x" + key[1:]), once(key[:-1] + "x"), once("x")) for _ in range(60)]
        # in turns, so that a machine that slows down slows all of them; test_limits.py looks at the comparison alone
        typical = [statistics.median(column) for column in zip(*rounds, strict=True)]
        assert max(typical) < 1.5 * min(typical), typical
    finally:
        server.stop()
    assert os.environ.get("EARWITNESS_KEY") != key
