"""Guards by themselves: the folder of uploads, the multipart reader fed byte by byte, the key's comparison."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest

from earwitness.common.errors import OptionError
from earwitness.server.limits.body import BoundedBody
from earwitness.server.limits.multipart import Form, read_form
from earwitness.server.limits.origins import check_key
from earwitness.server.limits.uploads import Uploads
from earwitness.server.problems import Problem
from earwitness.server.settings import ServerLimits

BODY = (
    b"--xyz\r\nContent-Disposition: form-data; name=\"top\"\r\n\r\n3\r\n"
    b"--xyz\r\nContent-Type: audio/wav\r\nContent-Disposition: form-data; name=\"file\"; filename=\"d\xc3\xb6g.wav\"\r\n\r\n"
    b"\r\n--xy\r\n-data\x00\xff\r\n\r\n--xyz--\r\nepilogue"
)  # fmt: skip


async def chunks(data: bytes, size: int) -> AsyncIterator[bytes]:
    for place in range(0, len(data), size):
        yield data[place : place + size]


def read(data: bytes, size: int, uploads: Uploads) -> Form:
    kind = "multipart/form-data; boundary=xyz"
    return asyncio.run(read_form(chunks(data, size), kind, uploads, ServerLimits()))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 10_000])
def test_a_body_is_the_same_in_pieces_of_any_size(tmp_path: Path, size: int) -> None:
    form = read(BODY, size, Uploads(tmp_path))
    assert form.fields == [("top", "3")]
    assert form.upload is not None and form.upload.name == "dög.wav"
    form.upload.rewind()
    assert form.upload.read() == b"\r\n--xy\r\n-data\x00\xff\r\n"
    form.discard()


def test_a_body_that_breaks_off_anywhere_leaves_nothing(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    whole = BODY.index(b"--xyz--") + len(b"--xyz--")
    for end in range(whole):
        with pytest.raises(Problem) as refused:
            read(BODY[:end], 50, uploads)
        assert refused.value.code == "malformed_body"
    assert [p.name for p in uploads.folder.iterdir()] == ["lock"]


def test_uploads_are_private_and_gone_when_closed(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path / "a" / "b")
    upload = uploads.new("x.wav")
    upload.put(b"data")
    path = next(p for p in uploads.folder.iterdir() if p.name != "lock")
    assert path.stat().st_mode & 0o077 == 0 and uploads.folder.stat().st_mode & 0o077 == 0
    assert "x.wav" not in path.name
    uploads.close()
    assert list(uploads.parent.iterdir()) == []


def test_what_a_dead_server_left_is_deleted_and_a_living_ones_is_not(tmp_path: Path) -> None:
    living = Uploads(tmp_path)
    kept = living.new("kept.wav")
    dead = tmp_path / "server-0000"
    dead.mkdir()
    (dead / "lock").touch()
    (dead / "body").write_bytes(b"left behind")
    (tmp_path / "server-half-made").mkdir()
    (tmp_path / "not-ours").mkdir()
    again = Uploads(tmp_path)
    assert not dead.exists() and not (tmp_path / "server-half-made").exists()
    assert (tmp_path / "not-ours").exists() and kept._path.exists() and again.folder.exists()


def test_all_uploads_together_have_a_bound(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path, most=1000)
    first, second = uploads.new("a"), uploads.new("b")
    first.put(bytes(600))
    with pytest.raises(Problem) as refused:
        second.put(bytes(500))
    assert refused.value.code == "too_busy" and refused.value.retry_after
    first.discard()
    first.discard()  # twice is once
    second.put(bytes(1000))


def test_a_folder_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OptionError, match="cannot be used"):
        Uploads(tmp_path / "file")


def test_a_body_that_dribbles_is_refused_by_the_clock() -> None:
    async def slow() -> dict[str, object]:
        await asyncio.sleep(0.05)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def idle() -> dict[str, object]:
        await asyncio.sleep(3600)
        return {}

    async def drain(receive: object, limits: ServerLimits) -> str:
        body = BoundedBody({"headers": []}, receive, limits)  # type: ignore[arg-type]
        try:
            while True:
                await body()
        except Problem as problem:
            return problem.code

    began = time.monotonic()
    assert asyncio.run(drain(slow, ServerLimits(upload_seconds=0.4))) == "upload_timeout"
    assert asyncio.run(drain(idle, ServerLimits(idle_seconds=0.3))) == "upload_timeout"
    assert time.monotonic() - began < 5


def test_a_wrong_key_takes_as_long_as_a_right_one() -> None:
    key = "k" * 64
    keys = {"right": key, "last": key[:-1] + "x", "first": "x" + key[1:], "short": "k", "none": None}

    def once(given: str | None) -> float:
        began = time.perf_counter()
        for _ in range(20):
            with suppress(Problem):
                check_key(given, key)
        return time.perf_counter() - began

    # taken in turns, so that a machine that slows down slows all of them
    rounds = [{name: once(given) for name, given in keys.items()} for _ in range(300)]
    typical = {name: statistics.median(r[name] for r in rounds) for name in keys}
    refused = [typical[name] for name in ("last", "first", "short")]
    # a wrong first character does not end the comparison sooner than a wrong last one
    assert max(refused) < 1.25 * min(refused), typical
