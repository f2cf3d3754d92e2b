"""onnxruntime sessions and the embedded model's files."""

from __future__ import annotations

import sys
from concurrent.futures import Future
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING

from earwitness.common.errors import AssetError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8  # glibc's numbers of what can be set
LARGE = 4 << 20  # bytes
ASSETS = Path(__file__).resolve().parents[1] / "assets"


def asset(name: str) -> Path:
    """Path of a shipped file; AssetError where it is missing."""
    path = ASSETS / name
    if not path.exists():
        raise AssetError(
            f"the model file {name} is missing from this installation; install earwitness again, "
            "or, in a checkout, run 'make assets'."
        )
    return path


# Graphs whose runs are all of one bounded size, the ears': they keep the memory of a run for the next one.
# Fetching it from the system anew each time costs a quarter of their own time. The others' would grow to the
# longest run's.
BOUNDED = frozenset({"yamnet.onnx", "effects.onnx"})

_sessions: dict[tuple[Path, int], Future[InferenceSession]] = {}
_lock = Lock()


def session(path: Path, threads: int = 1) -> InferenceSession:
    """A graph ready to run, on ``threads`` cores; read when it is first asked for, and then kept.

    One thread a graph is the default: whole clips are worked on side by side, which keeps every core busy
    without the cost of cutting small layers in pieces, and sums are always added in the same order.

    Raises
    ------
    AssetError
        The file cannot be loaded.
    """
    with _lock:
        known = _sessions.get((path, threads))
        mine = known is None
        future = _sessions.setdefault((path, threads), Future())
    if mine:
        try:
            future.set_result(_read(path, threads))
        except BaseException as error:  # noqa: BLE001 - handed to all who wait for it
            with _lock:
                del _sessions[path, threads]  # asked for again, it is tried again
            future.set_exception(error)
    return future.result()


def prepare(*paths: Path) -> None:
    """Read graphs in threads of their own: who asks for one soon waits for the rest of that only.

    What is wrong with a file is said where it is asked for.
    """

    def read(path: Path) -> None:
        with suppress(AssetError):
            session(path)

    _give_back_large_blocks()  # before any of these threads has a heap of its own
    for path in paths:
        if (path, 1) not in _sessions:
            Thread(target=read, args=(path,), name=f"reads {path.name}").start()


@lru_cache(maxsize=1)
def _give_back_large_blocks() -> None:
    """Let blocks of four megabytes and more, such as a layer's output, go back to the system when freed.

    glibc raises that bound to 32 MB by itself, and keeps what lies below it: 80 MB more after five minutes
    of sound. Once it is set, the free end of its heap would go back from 128 kB on, to be fetched again
    for the next sound: an eighth of all time. A heap for each thread would hold what that thread no longer
    needs, 15 MB more a thread. Other systems' allocators have no such call.
    """
    if sys.platform != "linux":
        return
    import ctypes

    with suppress(AttributeError, OSError):
        settings = ((M_MMAP_THRESHOLD, LARGE), (M_TRIM_THRESHOLD, 2 * LARGE), (M_ARENA_MAX, 1))
        for setting, value in settings:
            ctypes.CDLL(None).mallopt(setting, value)


def _read(path: Path, threads: int) -> InferenceSession:
    import onnxruntime as ort

    _give_back_large_blocks()
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_cpu_mem_arena = path.name in BOUNDED
    try:
        # by its path: the graph is then read as it is parsed, and never a second time in memory
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:
        raise AssetError(
            f"the model file {path.name} cannot be loaded ({error}); install earwitness again."
        ) from error
