"""Tasks wait, are put together, fail alone, and are finished when the worker stops."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from earwitness.captioning.captioner import Captioner
from earwitness.captioning.options import CaptionOptions
from earwitness.common.errors import EmptyAudioError, OptionError
from earwitness.server.lanes import LONG, QUICK, BusyError, Lane, StoppedError, Task
from earwitness.server.worker import Worker
from tests.server.conftest import FakeEncoder, FakeMethod, sound


@pytest.fixture
def worker(method: FakeMethod) -> Iterator[Worker]:
    made = Worker(lambda: Captioner(FakeEncoder(), method), queue=50)
    made.start()
    made.ready.wait(10)
    yield made
    method.gate.set()
    made.stop(10)


OPTIONS = CaptionOptions(keywords=0)


def task(data: Any = None, options: CaptionOptions = OPTIONS) -> Task:
    return Task(source=sound(1.0) if data is None else data, options=options)


def held(worker: Worker, method: FakeMethod) -> Task:
    """A task that the worker is at, until the gate opens."""
    method.gate.clear()
    first = task()
    worker.submit(first)
    while not first.began:
        time.sleep(0.01)
    return first


def test_those_that_wait_are_written_about_together(worker: Worker, method: FakeMethod) -> None:
    first = held(worker, method)
    others = [worker.submit(task()) for _ in range(20)]
    method.gate.set()
    assert all(f.result(20)[0].text for f in [first.future, *others])
    assert sum(method.batches) == 21 and max(method.batches) == 16


def test_each_gets_the_captions_of_its_own_sound(worker: Worker, method: FakeMethod) -> None:
    held(worker, method)
    futures = [worker.submit(task((np.full(800 * n, 0.1), 8000))) for n in range(1, 30)]
    method.gate.set()
    assert [f.result(20)[0].end for f in futures] == pytest.approx([n / 10 for n in range(1, 30)])


def test_other_options_wait_their_turn(worker: Worker, method: FakeMethod) -> None:
    held(worker, method)
    futures = [worker.submit(task(options=CaptionOptions(keywords=0, top=1 + n % 3))) for n in range(12)]
    method.gate.set()
    assert [max(1, len(f.result(20)[0].alternatives)) for f in futures] == [1 + n % 3 for n in range(12)]


def test_one_bad_sound_fails_alone(worker: Worker, method: FakeMethod) -> None:
    held(worker, method)
    futures = [worker.submit(task(b"" if n == 3 else None)) for n in range(8)]
    method.gate.set()
    for number, future in enumerate(futures):
        if number == 3:
            with pytest.raises(EmptyAudioError):
                future.result(20)
        else:
            assert future.result(20)


class Bomb:
    """A source that fails in a way that no reader foresees."""

    def __iter__(self) -> Any:
        raise RuntimeError("boom")

    @property
    def read(self) -> Any:
        raise RuntimeError("boom")


def test_an_unforeseen_failure_is_not_its_neighbours(worker: Worker, method: FakeMethod) -> None:
    held(worker, method)
    futures = [worker.submit(task(Bomb() if n == 3 else None)) for n in range(8)]
    method.gate.set()
    for number, future in enumerate(futures):
        if number == 3:
            with pytest.raises(RuntimeError):
                future.result(20)
        else:
            assert future.result(20)
    assert worker.submit(task()).result(20)


def test_options_that_the_captioner_refuses_come_back(worker: Worker) -> None:
    with pytest.raises(OptionError):
        worker.submit(task(options=CaptionOptions(audible_weight=0.5))).result(20)


def test_a_full_lane_says_so_and_another_one_is_not_full(worker: Worker, method: FakeMethod) -> None:
    held(worker, method)
    other = CaptionOptions(keywords=0, top=2)
    for _ in range(50):
        worker.submit(task(options=other))
    with pytest.raises(BusyError) as busy:
        worker.submit(task())
    assert 1 <= busy.value.seconds <= 60
    method.gate.set()
    assert worker.submit(task(), LONG).result(20)


def test_who_would_wait_too_long_is_told_to_come_back() -> None:
    lane = Lane(1000, patience=10.0)
    lane.took(2.0)
    lane.took(2.0)  # of late, a task takes a second and a half
    for _ in range(7):
        lane.put(task())
    with pytest.raises(BusyError) as busy:
        lane.put(task())
    assert 3 <= busy.value.seconds <= 10
    for _ in range(20):
        lane.took(0.01)
    lane.put(task())


def test_what_nobody_waits_for_is_not_done(worker: Worker, method: FakeMethod) -> None:
    held(worker, method)
    given_up = worker.submit(Task(call=lambda c: 1))
    assert given_up.cancel()
    after = worker.submit(Task(call=lambda c: 2))
    method.gate.set()
    assert after.result(20) == 2


def test_stopping_finishes_what_waits_and_takes_nothing_new(worker: Worker, method: FakeMethod) -> None:
    first = held(worker, method)
    waiting = worker.submit(task())
    stopping = threading.Thread(target=worker.stop, args=(20,))
    stopping.start()
    time.sleep(0.1)
    with pytest.raises(StoppedError):
        worker.submit(task())
    method.gate.set()
    stopping.join(20)
    assert first.future.result(0) and waiting.result(0)


def test_stopping_drops_long_sounds_that_have_not_begun(worker: Worker, method: FakeMethod) -> None:
    method.gate.clear()
    begun, waiting = worker.submit(task(), LONG), worker.submit(task(options=CaptionOptions(top=2)), LONG)
    while not begun.running():
        time.sleep(0.01)
    worker.lanes[LONG].close(drop=True)
    with pytest.raises(CancelledError):
        waiting.result(5)
    method.gate.set()
    assert begun.result(20)
    assert QUICK in worker.lanes


def test_the_embedded_captioner_says_the_same_in_a_worker() -> None:
    import earwitness

    source = Path(__file__).parents[2] / "examples" / "bell.wav"
    worker = Worker(earwitness.load)
    worker.start()
    try:
        served = worker.submit(Task(source=str(source), options=CaptionOptions(top=3))).result(60)
    finally:
        worker.stop(10)
    assert served == tuple(earwitness.load().caption_segments(str(source), CaptionOptions(top=3)))
