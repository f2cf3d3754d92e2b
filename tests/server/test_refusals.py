"""What is refused, with which code, and that nothing of the machine is told along with it."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from starlette.testclient import TestClient

from earwitness.common.errors import OptionError
from earwitness.server.settings import ServerSettings
from tests.server.conftest import FakeMethod, multipart, sound

CAPTIONS = "/v1/audio/captions"


def not_finite() -> bytes:
    file = io.BytesIO()
    soundfile.write(file, np.full(800, np.nan, np.float32), 8000, format="WAV", subtype="FLOAT")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "status", "code"),
    [
        (b"", 422, "empty_sound"),
        (sound(0.0), 422, "empty_sound"),
        (b"this is no sound" * 100, 422, "unreadable_sound"),
        (sound(1.0)[:30], 422, "unreadable_sound"),
        (not_finite(), 422, "invalid_sound"),
        (sound(0.1, channels=40), 413, "sound_too_long"),
    ],
    ids=["no bytes", "no samples", "text", "half a header", "NaN", "40 channels"],
)
def test_sounds_that_cannot_be(
    client: TestClient, tmp_path: Path, data: bytes, status: int, code: str
) -> None:
    answer = client.post(CAPTIONS, **multipart(data))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert "dog.wav" in answer.json()["detail"]
    assert (
        str(tmp_path) not in answer.text
        and "Traceback" not in answer.text
        and "/" not in answer.json()["detail"]
    )
    assert uploads(tmp_path) == []


def uploads(folder: Path) -> list[str]:
    return [p.name for p in (folder / "uploads").rglob("*") if p.is_file() and p.name != "lock"]


@pytest.mark.parametrize(
    "fields",
    [
        {"segments": "0"}, {"segments": "nan"}, {"segments": "inf"}, {"segments": "0.001"}, {"segments": "x"},
        {"top": "0"}, {"top": "1000"}, {"top": "2.5"}, {"keywords": "-1"}, {"keywords": "9" * 5000},
        {"audible_weight": "0.5"}, {"audible_weight": "2"}, {"response_format": "xml"}, {"job": "maybe"},
        {"events": "perhaps"}, {"min_event": "1"}, {"events": "yes", "segments": "2"}, {"events": "yes", "max_event": "0"},
        {"style": "sdh"}, {"style": "loud", "response_format": "srt"}, {"embeddings": "yes"}, {"segmnets": "10"}, {"limits": "1"}, {"max_seconds": "1"}, {"top": ["1", "2"]},
    ],
    ids=str,
)  # fmt: skip
def test_options_that_cannot_be(client: TestClient, tmp_path: Path, fields: dict[str, Any]) -> None:
    answer = client.post(CAPTIONS, **multipart(sound(), **fields))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_option")
    assert uploads(tmp_path) == []


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("match", {}), ("match", {"text": ""}), ("match", {"text": "x" * 501}), ("match", {"text": ["a"] * 101}),
        ("match", {"sentences": "{"}), ("match", {"sentences": "[1]"}), ("match", {"sentences": "[" * 10000}),
        ("keywords", {"top": "0"}), ("keywords", {"top": "²"}), ("keywords", {"list": "/etc/passwd"}),
    ],
    ids=str,
)  # fmt: skip
def test_questions_that_cannot_be(
    client: TestClient, tmp_path: Path, path: str, fields: dict[str, Any]
) -> None:
    answer = client.post(f"/v1/audio/{path}", **multipart(sound(), **fields))
    assert answer.status_code in (400, 422), answer.text
    assert uploads(tmp_path) == []


BOUNDARY = "multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n'


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("multipart/form-data", b"", 400),
        (BOUNDARY, b"", 400),
        (BOUNDARY, b"--b--\r\n", 422),
        (BOUNDARY, b"garbage", 400),
        (BOUNDARY, PART + b"data", 400),
        (BOUNDARY, b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--", 400),
        (BOUNDARY, b"--b\r\n\r\nx\r\n--b--", 400),
        (BOUNDARY, PART + b"1\r\n" + PART + b"2\r\n--b--", 400),
        (BOUNDARY, PART.replace(b'name="file"', b'name="other"') + b"1\r\n--b--", 400),
        (
            BOUNDARY,
            b'--b\r\nContent-Disposition: form-data; name="top"\r\n\r\n' + b"1" * 20000 + b"\r\n--b--",
            400,
        ),
        (BOUNDARY, b'--b\r\nContent-Disposition: form-data; name="top"\r\n\r\n1\r\n' * 130 + b"--b--", 400),
        (BOUNDARY, b"--b\r\n" + b"X-Header: 1\r\n" * 20 + b"\r\nx\r\n--b--", 400),
        (BOUNDARY, b"--b\r\nX-Header: " + b"1" * 9000 + b"\r\n\r\nx\r\n--b--", 400),
        ("multipart/form-data; boundary=" + "b" * 300, b"", 400),
        ("application/json", b"{}", 415),
        ("", b"", 415),
        ("application/x-www-form-urlencoded", b"file=/etc/passwd", 415),
    ],
)
def test_bodies_that_cannot_be(
    client: TestClient, tmp_path: Path, kind: str, body: bytes, status: int
) -> None:
    answer = client.post(CAPTIONS, content=body, headers={"content-type": kind})
    assert answer.status_code == status, answer.text
    assert uploads(tmp_path) == []


def test_a_size_is_refused_before_a_byte_is_read_and_at_the_byte_that_passes_it(
    make: Callable[..., TestClient],
) -> None:
    client = make(upload_bytes=10_000)
    wav = {"content-type": "audio/wav"}
    assert client.post(CAPTIONS, content=sound(2.0), headers=wav).json()["code"] == "body_too_large"

    def chunks() -> Any:
        for _ in range(20):
            yield bytes(1000)

    answer = client.post(CAPTIONS, content=chunks(), headers=wav)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert client.post(CAPTIONS, content=sound(0.5), headers=wav).status_code == 200


def test_a_sound_is_counted_when_it_is_decoded_whatever_its_header_says(
    make: Callable[..., TestClient],
) -> None:
    client = make(sound_seconds=5.0, job_from_seconds=2.0)
    bomb = sound(3600.0, rate=8000, format="FLAC", level=0.0)
    assert len(bomb) < 100_000  # an hour in a few kilobytes
    answer = client.post(CAPTIONS, **multipart(bomb, job="no"))
    assert (answer.status_code, answer.json()["code"]) == (413, "sound_too_long")


def test_an_error_that_was_not_meant_to_be_tells_nothing(
    client: TestClient, method: FakeMethod, tmp_path: Path
) -> None:
    method.fail = RuntimeError("secret: /home/somebody/model.onnx")
    answer = client.post(CAPTIONS, **multipart(sound()))
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert "secret" not in answer.text and "Traceback" not in answer.text
    method.fail = None
    assert client.post(CAPTIONS, **multipart(sound())).status_code == 200
    assert uploads(tmp_path) == []


def test_addresses_and_methods_that_are_not_there(client: TestClient) -> None:
    assert client.get("/nowhere").json()["code"] == "not_found"
    assert client.get(CAPTIONS).json()["code"] == "method_not_allowed"
    assert client.get("/v1/jobs/none").json()["code"] == "not_found"


KEY = "a-long-secret-key"


def test_the_key(make: Callable[..., TestClient]) -> None:
    client = make({"key": KEY})
    for headers in (
        {},
        {"authorization": "Bearer wrong"},
        {"authorization": f"Basic {KEY}"},
        {"x-api-key": KEY[:-1]},
    ):
        answer = client.get("/v1/models", headers=headers)
        assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
    assert client.get(f"/v1/models?key={KEY}&api_key={KEY}").status_code == 401  # never in the address
    assert client.get("/v1/models", headers={"authorization": f"Bearer {KEY}"}).status_code == 200
    assert client.get("/v1/models", headers={"x-api-key": KEY}).status_code == 200
    assert client.get("/metrics").status_code == 401
    for path in ("/", "/docs", "/healthz", "/readyz", "/openapi.json", "/static/app.js"):
        assert client.get(path).status_code == 200


def test_a_key_is_asked_for_before_a_body_is_read(make: Callable[..., TestClient], tmp_path: Path) -> None:
    client = make({"key": KEY})
    read = []

    def chunks() -> Any:
        read.append(1)
        yield b"x"

    assert client.post(CAPTIONS, content=chunks(), headers={"content-type": "audio/wav"}).status_code == 401
    assert uploads(tmp_path) == []


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8017", "127.0.0.1.evil.example", ""])
def test_a_name_that_points_here_from_elsewhere_is_refused(client: TestClient, host: str) -> None:
    assert client.get("/v1/models", headers={"host": host}).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8017", "localhost", "LOCALHOST:80", "[::1]:8017"])
def test_the_servers_own_names_are_not(client: TestClient, host: str) -> None:
    assert client.get("/v1/models", headers={"host": host}).status_code == 200


def test_pages_of_other_sites_may_not_call_unless_named(make: Callable[..., TestClient]) -> None:
    closed = make()
    foreign = {"origin": "https://friend.example"}
    assert closed.post(CAPTIONS, **multipart(sound()), headers=foreign).json()["code"] == "origin_not_allowed"
    assert closed.get("/v1/models", headers={"origin": "http://127.0.0.1"}).status_code == 200
    assert closed.get("/v1/models", headers={"origin": "null"}).status_code == 403
    opened = make({"origins": ("https://friend.example",)})
    answer = opened.post(CAPTIONS, **multipart(sound()), headers=foreign)
    assert answer.headers["access-control-allow-origin"] == "https://friend.example"
    assert "access-control-allow-origin" not in closed.get("/v1/models").headers
    asked = {
        **foreign,
        "access-control-request-method": "POST",
        "access-control-request-headers": "x-api-key",
    }
    assert opened.options(CAPTIONS, headers=asked).status_code == 200
    assert opened.get("/v1/models", headers={"origin": "https://other.example"}).status_code == 403


@pytest.mark.parametrize(
    "settings",
    [
        {"host": "0.0.0.0"}, {"host": "::"}, {"host": "192.168.1.4"}, {"host": "example.org"}, {"port": 70000},
        {"key": "short"}, {"key": "with a\nline break"}, {"origins": ("*",)}, {"origins": ("https://a.example/x",)},
    ],
    ids=str,
)  # fmt: skip
def test_settings_that_cannot_be(settings: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        ServerSettings(**settings)


def test_another_address_is_allowed_with_a_key() -> None:
    assert ServerSettings(host="0.0.0.0", key=KEY).host == "0.0.0.0"
    assert KEY not in repr(ServerSettings(key=KEY))
