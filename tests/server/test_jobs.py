"""Long sounds: a number at once, progress as it happens, a result for a while, and an end on request."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.server.conftest import FakeMethod, multipart, sound

CAPTIONS = "/v1/audio/captions"


def start(client: TestClient, data: bytes | None = None, **fields: Any) -> dict[str, Any]:
    answer = client.post(CAPTIONS, **multipart(sound() if data is None else data, **{"job": "yes", **fields}))
    assert answer.status_code == 202, answer.text
    assert answer.headers["location"] == answer.json()["links"]["self"]
    return answer.json()


def ended(client: TestClient, job: dict[str, Any]) -> dict[str, Any]:
    for _ in range(1000):
        now = client.get(job["links"]["self"]).json()
        if now["state"] not in ("queued", "running"):
            return now
        time.sleep(0.01)
    raise AssertionError(now)


def files(folder: Path) -> list[Path]:
    return [p for p in (folder / "uploads").rglob("*") if p.is_file() and p.name != "lock"]


def test_a_job_comes_to_its_result(client: TestClient, tmp_path: Path) -> None:
    job = start(client, sound(3.0), top="2")
    assert ended(client, job)["state"] == "done"
    assert client.get(job["links"]["result"]).json()["captions"][0]["end"] == 3.0
    srt = client.get(f"{job['links']['result']}?response_format=srt").text
    assert srt.startswith("1\n00:00:00,000 --> 00:00:03,000\n")
    assert client.get(f"{job['links']['result']}?response_format=xml").status_code == 422
    assert files(tmp_path) == []


def test_its_events_end_with_the_result(client: TestClient) -> None:
    job = start(client, sound(2.0))
    with client.stream("GET", job["links"]["events"]) as events:
        assert events.headers["content-type"].startswith("text/event-stream")
        text = "".join(events.iter_text())
    name, data = text.strip().split("\n\n")[-1].split("\n")
    assert name == "event: done"
    told = json.loads(data.removeprefix("data: "))
    assert told["progress"] == 1.0 and told["result"]["segments"][0]["end"] == 2.0


def test_a_sound_that_is_longer_than_it_may_be_at_once_becomes_a_job(make: Callable[..., TestClient]) -> None:
    client = make(job_from_seconds=2.0)
    assert client.post(CAPTIONS, **multipart(sound(2.0))).status_code == 200
    long = client.post(CAPTIONS, **multipart(sound(2.5)))
    assert long.status_code == 202
    assert ended(client, long.json())["state"] == "done"
    assert client.post(CAPTIONS, **multipart(sound(2.5), job="no")).json()["code"] == "sound_too_long"
    wished = client.post(CAPTIONS, **multipart(sound(1.0)), headers={"prefer": "wait=3, respond-async"})
    assert wished.status_code == 202


def test_a_long_one_tells_how_far_it_is_and_lets_short_ones_pass(
    make: Callable[..., TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    from earwitness.server.limits.sound import WatchedLimits

    client, gate = make(job_from_seconds=2.0), threading.Event()
    told = WatchedLimits.check_length

    def slow(self: WatchedLimits, frames: int, rate: int, source: str) -> None:
        told(self, frames, rate, source)
        if frames > 30 * rate:
            gate.wait(20)

    monkeypatch.setattr(WatchedLimits, "check_length", slow)
    job = start(client, sound(60.0), segments="2")
    for _ in range(500):
        now = client.get(job["links"]["self"]).json()
        if now["heard_seconds"] > 30:
            break
        time.sleep(0.01)
    assert now["state"] == "running" and 0.5 < now["progress"] < 1 and now["sound_seconds"] == 60.0
    assert client.get(job["links"]["result"]).json()["code"] == "job_not_done"
    assert client.post(CAPTIONS, **multipart(sound(1.0))).status_code == 200
    gate.set()
    assert ended(client, job)["state"] == "done"


def test_a_job_that_is_cancelled_stops_reading(make: Callable[..., TestClient], tmp_path: Path) -> None:
    client = make(job_from_seconds=0.5)
    job = start(client, sound(600.0))
    assert client.delete(job["links"]["self"]).status_code == 204
    assert ended(client, job)["state"] == "cancelled"
    assert client.get(job["links"]["result"]).json()["code"] == "job_cancelled"
    for _ in range(500):
        if not files(tmp_path):
            break
        time.sleep(0.01)
    assert files(tmp_path) == []
    assert client.delete(job["links"]["self"]).status_code == 204  # and now it is forgotten
    assert client.get(job["links"]["self"]).status_code == 404


def test_a_job_that_fails_says_why(make: Callable[..., TestClient], method: FakeMethod) -> None:
    client = make(sound_seconds=3.0, job_from_seconds=2.0)
    job = start(client, sound(30.0, format="FLAC"))
    failed = ended(client, job)
    assert failed["state"] == "failed" and failed["problem"]["code"] == "sound_too_long"
    assert client.get(job["links"]["result"]).status_code == 413
    method.fail = RuntimeError("secret")
    job = start(client)
    assert ended(client, job)["problem"]["code"] == "internal"
    assert "secret" not in client.get(job["links"]["self"]).text


def test_results_are_kept_for_a_while_only(make: Callable[..., TestClient]) -> None:
    client = make(kept_seconds=0.2)
    job = start(client)
    ended(client, job)
    time.sleep(0.3)
    assert client.get(job["links"]["result"]).json()["code"] == "not_found"


def test_too_many_jobs_are_refused_and_leave_nothing(
    make: Callable[..., TestClient], method: FakeMethod, tmp_path: Path
) -> None:
    client = make(jobs=2, job_from_seconds=0.5)
    method.gate.clear()
    # up to two more than may wait are under way by then
    answers = [client.post(CAPTIONS, **multipart(sound(1.0), job="yes")) for _ in range(8)]
    assert [a.status_code for a in answers].count(429) >= 2
    assert len(files(tmp_path)) == sum(a.status_code == 202 for a in answers)
    method.gate.set()
    for answer in answers:
        if answer.status_code == 202:
            ended(client, answer.json())
    assert files(tmp_path) == []


def test_numbers_cannot_be_guessed(client: TestClient) -> None:
    numbers = {start(client)["id"] for _ in range(5)}
    assert len(numbers) == 5 and all(len(n) >= 20 for n in numbers)
