"""What is heard live: the ear, what counts as news, and the conversation over a WebSocket."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from earwitness.common.caption import Caption, Keyword
from earwitness.common.errors import InvalidSamplesError, OptionError
from earwitness.server.live.ear import ENCODINGS, Ear, LiveOptions, Reporter
from tests.server.conftest import FakeMethod

LIVE = "ws://127.0.0.1/v1/audio/live"
NOISE = np.random.default_rng(1).uniform(-0.5, 0.5, 8000 * 3)
PCM = (NOISE * 32767).astype("<i2").tobytes()


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("channels", [1, 2])
def test_samples_arrive_as_they_were_in_pieces_of_any_size(encoding: str, channels: int) -> None:
    kind, full = ENCODINGS[encoding]
    frames = np.repeat(NOISE[:, None], channels, axis=1)
    data = (
        frames.astype(kind)
        if full == 1
        else np.round(frames * (full - 1) + (full if kind == "u1" else 0)).astype(kind)
    )
    ear, raw, place = Ear(LiveOptions(rate=8000, channels=channels, encoding=encoding)), data.tobytes(), 0
    sizes = np.random.default_rng(2).integers(1, 5000, 1000)
    for size in sizes:
        ear.push(raw[place : place + size])
        place += size
    assert ear.window().samples == pytest.approx(NOISE, abs=0.01)


def test_the_ear_never_holds_more_than_a_window() -> None:
    ear = Ear(LiveOptions(rate=8000, window=2.0))
    for n in range(1000):
        ear.push(bytes(2 * 801))
        if n % 300 == 299:
            clip = ear.window()
            assert clip.end == pytest.approx((n + 1) * 801 / 8000) and clip.seconds == 2.0
    ear.push(PCM * 50)
    assert ear._ring.size == 2 * 8000
    assert ear.window().samples == pytest.approx(NOISE[-2 * 8000 :], abs=0.001)


def test_a_hop_of_new_sound_is_due_and_then_no_more() -> None:
    ear = Ear(LiveOptions(rate=8000))
    ear.push(bytes(2 * 7999))
    assert not ear.due and ear.fresh
    ear.push(bytes(2))
    assert ear.due
    ear.window()
    assert not ear.due and not ear.fresh


def test_samples_that_are_none_are_refused() -> None:
    ear = Ear(LiveOptions(rate=8000, encoding="f32le"))
    ear.push(np.full(8000, np.nan, "<f4").tobytes())
    with pytest.raises(InvalidSamplesError):
        ear.window()


@pytest.mark.parametrize(
    "given",
    [{"rate": 0}, {"rate": 10**9}, {"rate": 44100.5}, {"rate": True}, {"rate": "44100"}, {"channels": 0}, {"channels": 33},
     {"encoding": "mp3"}, {"hop": 0.5}, {"hop": float("nan")}, {"window": 0}, {"window": 1e9}, {"window": None}],
    ids=str,
)  # fmt: skip
def test_options_that_cannot_be(given: dict[str, Any]) -> None:
    with pytest.raises(OptionError):
        LiveOptions(**given)


def caption(text: str, **heard: float) -> Caption:
    return Caption("live", 0, 4, text, 0.9, tuple(Keyword(k, v) for k, v in heard.items()))


def test_news_is_another_sound_not_another_wording() -> None:
    reporter = Reporter()
    assert not reporter.is_news(caption(""))  # silence at the beginning
    assert reporter.is_news(caption("A dog barks", dog=0.9, animal=0.8))
    assert not reporter.is_news(caption("A dog barks", cat=0.9))
    assert not reporter.is_news(caption("A dog is barking", dog=0.8, animal=0.8))
    assert reporter.is_news(caption("A man speaks", speech=0.9, dog=0.1))
    assert reporter.is_news(caption(""))
    assert not reporter.is_news(caption(""))
    assert reporter.is_news(caption("A man speaks", speech=0.9, dog=0.1))
    assert reporter.is_news(caption("A man speaks in rain", speech=0.5, rain=0.5))


def start(socket: Any, **given: Any) -> dict[str, Any]:
    socket.send_text(json.dumps({"type": "start", "rate": 8000, **given}))
    return json.loads(socket.receive_text())


def test_a_conversation(client: TestClient) -> None:
    with client.websocket_connect(LIVE) as socket:
        assert start(socket)["type"] == "ready"
        socket.send_bytes(PCM)
        told = json.loads(socket.receive_text())
        assert (
            told["type"] == "caption"
            and told["text"] == "A <b>dog</b> barks"
            and "score" in told
            and told["keywords"]
        )
        assert told["end"] == 3.0
        socket.send_bytes(PCM)  # the same again is no news
        socket.send_text('{"type": "stop"}')
        assert json.loads(socket.receive_text()) == {"type": "end"}
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
        assert closed.value.code == 1000
    assert "earwitness_live_captions_total 1" in client.get("/metrics").text


def test_the_rest_is_heard_when_it_stops(client: TestClient) -> None:
    with client.websocket_connect(LIVE) as socket:
        start(socket)
        socket.send_bytes(PCM[:8000])  # half a second
        socket.send_text('{"type": "stop"}')
        assert json.loads(socket.receive_text())["type"] == "caption"
        assert json.loads(socket.receive_text())["type"] == "end"


@pytest.mark.parametrize(
    "first",
    ["", "{", "[]", "null", "[" * 20000, '{"type": "stop"}', '{"rate": "x"}', '{"rate": -1}', '{"bogus": 1}',
     '{"rate": 8000, "encoding": "mp3"}', '{"rate": 1e999}', '{"rate": 8000, "hop": NaN}', b"binary"],
    ids=lambda f: repr(f)[:30],
)  # fmt: skip
def test_a_first_message_that_cannot_be(client: TestClient, first: str | bytes) -> None:
    with client.websocket_connect(LIVE) as socket:
        if isinstance(first, bytes):
            socket.send_bytes(first)
        else:
            socket.send_text(first)
        told = json.loads(socket.receive_text())
        assert (told["type"], told["code"]) == ("problem", "invalid_option")
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_text()
        assert closed.value.code == 1008


def test_samples_that_are_none_end_it(client: TestClient) -> None:
    with client.websocket_connect(LIVE) as socket:
        start(socket, encoding="f32le")
        socket.send_bytes(np.full(9000, np.nan, "<f4").tobytes())
        told = json.loads(socket.receive_text())
        assert (told["type"], told["code"]) == ("problem", "invalid_sound")


def test_the_key_is_asked_for_in_a_header_or_the_first_message(make: Callable[..., TestClient]) -> None:
    client = make({"key": "a-long-secret-key"})
    with client.websocket_connect(LIVE) as socket:
        assert start(socket)["code"] == "unauthorized"
    for wrong in ("a-long-secret-kex", 5, None, ["a-long-secret-key"]):
        with client.websocket_connect(LIVE) as socket:
            assert start(socket, key=wrong)["code"] == "unauthorized"
    with client.websocket_connect(LIVE) as socket:
        assert start(socket, key="a-long-secret-key")["type"] == "ready"
    with client.websocket_connect(LIVE, headers={"x-api-key": "a-long-secret-key"}) as socket:
        assert start(socket)["type"] == "ready"


def test_a_page_of_another_site_may_not_listen(client: TestClient) -> None:
    for headers in ({"origin": "https://evil.example"}, {"host": "evil.example"}):
        with pytest.raises(WebSocketDisconnect), client.websocket_connect(LIVE, headers=headers):
            pass


def test_there_is_room_for_some(make: Callable[..., TestClient]) -> None:
    client = make(live=1)
    with client.websocket_connect(LIVE) as first:
        start(first)
        with client.websocket_connect(LIVE) as second, pytest.raises(WebSocketDisconnect) as closed:
            second.receive_text()
        assert closed.value.code == 1013
    time.sleep(0.1)
    with client.websocket_connect(LIVE) as again:
        assert start(again)["type"] == "ready"


def test_what_comes_while_the_model_works_does_not_pile_up(client: TestClient, method: FakeMethod) -> None:
    method.seconds = 0.3
    with client.websocket_connect(LIVE) as socket:
        start(socket)
        for _ in range(30):
            socket.send_bytes(PCM)
        socket.send_text('{"type": "stop"}')
        while json.loads(socket.receive_text())["type"] != "end":
            pass
    assert len(method.batches) <= 4  # ninety seconds of sound came; the last of it was listened to


def test_a_client_that_does_not_take_what_it_is_sent_is_dropped(method: FakeMethod) -> None:
    import asyncio

    from earwitness.captioning.captioner import Captioner
    from earwitness.server.live import session
    from earwitness.server.worker import Worker
    from tests.server.conftest import FakeEncoder

    worker = Worker(lambda: Captioner(FakeEncoder(), method))
    worker.start()

    class Deaf:
        """A socket whose other side reads nothing after the greeting."""

        headers: dict[str, str] = {}  # noqa: RUF012
        sent, closed = 0, None

        async def accept(self) -> None: ...

        async def receive(self) -> dict[str, Any]:
            if not self.sent:
                return {"type": "websocket.receive", "text": '{"rate": 8000}'}
            await asyncio.sleep(0.05)
            return {"type": "websocket.receive", "bytes": PCM}

        async def send_text(self, text: str) -> None:
            self.sent += 1
            if self.sent > 1:
                await asyncio.sleep(3600)

        async def close(self, code: int) -> None:
            self.closed = code

    async def talk() -> Deaf:
        socket = Deaf()
        await asyncio.wait_for(session.LiveSession(socket, worker, None).run(), 20)  # type: ignore[arg-type]
        return socket

    before, session.SEND_SECONDS = session.SEND_SECONDS, 0.3
    try:
        assert asyncio.run(talk()).closed == session.POLICY
    finally:
        session.SEND_SECONDS = before
        worker.stop(5)
