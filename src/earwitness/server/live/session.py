"""``WS /v1/audio/live``: samples in, a caption out whenever what is heard changes."""

from __future__ import annotations

import asyncio
import json
from dataclasses import fields
from typing import TYPE_CHECKING, Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from earwitness.common.errors import EarwitnessError, OptionError
from earwitness.server.lanes import LIVE, BusyError, StoppedError, Task
from earwitness.server.limits.origins import check_key, key_of
from earwitness.server.live.ear import Ear, LiveOptions, Reporter, live_caption_options
from earwitness.server.problems import Problem, problem_of
from earwitness.server.worker import Worker

if TYPE_CHECKING:
    from earwitness.captioning.captioner import Captioner
    from earwitness.common.caption import Caption

FIRST_SECONDS = 10.0
"""In which the first message has to come."""
QUIET_SECONDS = 60.0
"""After which a client that sends nothing is let go."""
SEND_SECONDS = 5.0
"""In which a client has to take a message, or it is dropped."""

# codes of RFC 6455
NORMAL, GOING, POLICY, AGAIN = 1000, 1001, 1008, 1013


class LiveSession:
    """One client that is listened to.

    The first message is JSON: ``{"type": "start", "rate": 48000}``, with any other of ``LiveOptions`` and the
    ``key`` where a header cannot carry it. Then come samples in binary messages, and ``{"type": "stop"}`` at
    the end. The server says ``ready``, ``caption`` (a caption's keys), ``problem`` and ``end``.
    """

    def __init__(self, socket: WebSocket, worker: Worker, key: str | None) -> None:
        self._socket, self._worker, self._key = socket, worker, key
        self._reporter = Reporter()
        self._news = asyncio.Event()
        self._ended = False
        self.captions = 0

    async def run(self) -> None:
        """Talk until one side has had enough."""
        await self._socket.accept()
        try:
            ear = Ear(await self._start())
            await self._say({"type": "ready", "hop": ear.options.hop, "window": ear.options.window})
            await self._converse(ear)
            await self._say({"type": "end"})
            await self._socket.close(NORMAL)
        except Problem as problem:
            await self._refuse(problem)
        except EarwitnessError as error:
            await self._refuse(_problem(error))
        except asyncio.TimeoutError:  # it does not take what it is sent, or sends nothing
            await self._close(POLICY)
        except WebSocketDisconnect:
            pass  # it has gone, which is how most listening ends

    async def _converse(self, ear: Ear) -> None:
        receiving = asyncio.create_task(self._receive(ear))
        hearing = asyncio.create_task(self._hear(ear))
        try:
            done, _ = await asyncio.wait((receiving, hearing), return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                task.result()
        finally:
            for task in (receiving, hearing):
                task.cancel()
            await asyncio.gather(receiving, hearing, return_exceptions=True)

    async def _start(self) -> LiveOptions:
        message = await asyncio.wait_for(self._socket.receive(), FIRST_SECONDS)
        given = _read(_checked(message).get("text"))
        in_message = given.pop("key", None)
        check_key(
            key_of(self._socket.headers) or (in_message if isinstance(in_message, str) else None), self._key
        )
        if given.pop("type", "start") != "start":
            raise OptionError('the first message is {"type": "start", "rate": …}.')
        known = {f.name for f in fields(LiveOptions)}
        if unknown := set(given) - known:
            raise OptionError(
                f"there is no live option {min(unknown)!r}; there are {', '.join(sorted(known))}."
            )
        return LiveOptions(**given)

    async def _receive(self, ear: Ear) -> None:
        while not self._ended:
            message = _checked(await asyncio.wait_for(self._socket.receive(), QUIET_SECONDS))
            if message.get("bytes") is not None:
                ear.push(message["bytes"])
                if ear.due:
                    self._news.set()
            elif _read(message.get("text")).get("type") == "stop":
                self._ended = True
        self._news.set()

    async def _hear(self, ear: Ear) -> None:
        """Listen whenever a second of new sound is here; what came meanwhile is in the next window."""
        while True:
            await self._news.wait()
            self._news.clear()
            if ear.due or (self._ended and ear.fresh):
                await self._hear_window(ear)
            if self._ended:
                return

    async def _hear_window(self, ear: Ear) -> None:
        clip, options = ear.window(), live_caption_options()

        def caption(captioner: Captioner) -> Caption:
            return captioner.caption(clip, options)

        found = await asyncio.wrap_future(self._worker.submit(Task(call=caption), LIVE))
        if self._reporter.is_news(found):
            self.captions += 1
            await self._say({"type": "caption", **found.to_dict()})

    async def _say(self, message: dict[str, Any]) -> None:
        text = json.dumps(message, ensure_ascii=False, allow_nan=False)
        await asyncio.wait_for(self._socket.send_text(text), SEND_SECONDS)

    async def _refuse(self, problem: Problem) -> None:
        busy = problem.code in ("too_busy", "stopping")
        try:
            await self._say({**problem.body(), "type": "problem"})
        except (asyncio.TimeoutError, WebSocketDisconnect, RuntimeError):
            return  # nobody is there to be told
        await self._close(AGAIN if busy else POLICY)

    async def _close(self, code: int) -> None:
        try:
            await asyncio.wait_for(self._socket.close(code), SEND_SECONDS)
        except (asyncio.TimeoutError, RuntimeError):
            return  # closed already


def _problem(error: EarwitnessError) -> Problem:
    if isinstance(error, BusyError):
        return Problem("too_busy", str(error), retry_after=error.seconds)
    if isinstance(error, StoppedError):
        return Problem("stopping", "The server is stopping.")
    return problem_of(error)


def _checked(message: Any) -> Any:
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", GOING))
    return message


def _read(text: str | None) -> dict[str, Any]:
    """A message's JSON object."""
    try:
        given = json.loads(text or "")
    except (ValueError, RecursionError):
        given = None
    if not isinstance(given, dict):
        raise OptionError("a text message is a JSON object.")
    return given
