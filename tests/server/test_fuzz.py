"""Bodies that nobody would send on purpose: whatever comes, the answer is a 2xx or a 4xx, and a typed one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient

from tests.server.conftest import multipart, sound

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis (the extra dev) makes the requests")

EXAMPLES = Path(__file__).parents[2] / "examples"
CODES = {200, 202, 204, *range(400, 500)}


def mutated(data: bytes, rng: np.random.Generator) -> bytes:
    """A sound with bytes changed, cut out, doubled, or its header's numbers made absurd."""
    body = bytearray(data)
    for _ in range(rng.integers(1, 8)):
        kind, place = rng.integers(5), int(rng.integers(len(body) or 1))
        if kind == 0 and body:
            body[place] = int(rng.integers(256))
        elif kind == 1 and len(body) > 64:
            place = int(rng.integers(60))
            body[place : place + 4] = rng.choice(
                [b"\xff\xff\xff\xff", b"\0\0\0\0", b"\xff\xff\xff\x7f", b"\1\0\0\0"]
            )
        elif kind == 2:
            del body[place : place + int(rng.integers(1, 2000))]
        elif kind == 3:
            body[place:place] = body[place : place + int(rng.integers(1, 2000))]
        else:
            body[place:place] = rng.bytes(int(rng.integers(1, 200)))
    return bytes(body)


def garbled(rng: np.random.Generator) -> tuple[str, bytes]:
    """A multipart body with its own marks in wrong places."""
    marks = [b"--b", b"--b--", b"\r\n", b"\r\n\r\n", b'Content-Disposition: form-data; name="file"; filename="a.wav"',
             b'Content-Disposition: form-data; name="top"', b"Content-Type: audio/wav", b"1", b"\0", b"\xff" * 9, sound(0.05)]  # fmt: skip
    body = b"".join(marks[i] for i in rng.integers(len(marks), size=int(rng.integers(1, 40))))
    kind = ["multipart/form-data; boundary=b", 'multipart/form-data; boundary="b"', "multipart/form-data; boundary=",
            "multipart/form-data;boundary=\xe9", "audio/wav", "audio/", "text/plain"][int(rng.integers(7))]  # fmt: skip
    return kind, body


def throw(client: TestClient, count: int, seed: int) -> dict[int, int]:
    rng = np.random.default_rng(seed)
    sounds = [sound(0.3), sound(0.3, format="FLAC"), sound(0.3, channels=3, format="AIFF"), sound(0.2, format="W64"),
              (EXAMPLES / "sewing-machine.mp3").read_bytes()]  # fmt: skip
    found: dict[int, int] = {}
    for number in range(count):
        path = ["captions", "captions", "match", "keywords"][number % 4]
        if number % 3:
            data = mutated(sounds[int(rng.integers(len(sounds)))], rng)
            fields = {"text": "a dog"} if path == "match" else {}
            answer = client.post(f"/v1/audio/{path}", **multipart(data, **fields))
        else:
            kind, data = garbled(rng)
            answer = client.post(
                f"/v1/audio/{path}", content=data, headers={b"content-type": kind.encode("latin-1")}
            )
        assert answer.status_code in CODES, (number, answer.status_code, answer.text[:300])
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json" and answer.json()["code"]
        found[answer.status_code] = found.get(answer.status_code, 0) + 1
    return found


def test_malformed_bodies_get_typed_answers(client: TestClient) -> None:
    found = throw(client, 120, 1)
    assert found.get(200, 0) > 5 and sum(found[c] for c in found if c >= 400) > 30


@pytest.mark.slow
def test_a_thousand_malformed_bodies(
    client: TestClient, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = throw(client, 1000, 2)
    with capsys.disabled():
        print("\n", found)
    assert [p for p in (tmp_path / "uploads").rglob("*") if p.is_file() and p.name != "lock"] == []


def run_schema(client: TestClient, most: int) -> int:
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st

    schema = schemathesis.openapi.from_dict(client.get("/openapi.json").json())
    asked = 0
    for result in schema.get_all_operations():
        operation = result.ok()

        @settings(
            max_examples=most,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        @given(data=st.data())
        def ask(data: Any) -> None:
            nonlocal asked
            case = data.draw(operation.as_strategy())  # noqa: B023 - called before the loop goes on
            answer = client.request(**arguments(case))
            asked += 1
            assert answer.status_code in CODES, (case, answer.status_code, answer.text[:300])

        ask()
    return asked


def arguments(case: Any) -> dict[str, Any]:
    """A case as arguments of this client: the request as another library would put it on the wire."""
    import requests

    named = case.as_transport_kwargs(base_url="http://127.0.0.1")
    made = requests.Request(**{k: v for k, v in named.items() if k in KNOWN}).prepare()
    headers = {k.encode("latin-1", "replace"): v.encode("latin-1", "replace") if isinstance(v, str) else v
               for k, v in made.headers.items() if k.lower() != "content-length"}  # fmt: skip
    return {"method": made.method, "url": made.url, "content": made.body or b"", "headers": headers}


KNOWN = {"method", "url", "headers", "files", "data", "params", "json"}


def test_what_the_description_allows_and_more_gets_typed_answers(client: TestClient) -> None:
    assert run_schema(client, 3) >= 20


@pytest.mark.slow
def test_a_thousand_requests_made_from_the_description(
    client: TestClient, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = run_schema(client, 150)
    with capsys.disabled():
        print("\n", asked)
    assert asked >= 1000
