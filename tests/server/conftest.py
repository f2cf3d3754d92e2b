"""A captioner that costs nothing, the app around it in this process, and a real server in another one."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

for module in ("starlette", "uvicorn", "python_multipart", "websockets", "httpx"):
    pytest.importorskip(module, reason="the server's tests need the extras serve and dev")

from starlette.testclient import TestClient

from earwitness.captioning.captioner import Captioner
from earwitness.common.caption import Alternative
from earwitness.methods.base import Written
from earwitness.server.app import create_app
from earwitness.server.settings import ServerLimits, ServerSettings

PROJECT = Path(__file__).resolve().parents[2]
ADDRESS = "http://127.0.0.1"


class FakeEncoder:
    """Hears how loud a sound is, and nothing else."""

    name, rate, window_seconds, dim = "fake", 8000, 2.0, 4

    def embed_audio(self, clips: Sequence[Any]) -> Any:
        loud = np.array([[np.abs(c.samples).mean(), 1, 0, 0] for c in clips], np.float32)
        return loud / np.linalg.norm(loud, axis=1, keepdims=True)

    def embed_text(self, texts: Sequence[str]) -> Any:
        rows = np.array([[len(t), 1, t.count("a"), 1] for t in texts], np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


class FakeMethod:
    """Writes the same sentences of every sound; can be made slow, held, or made to fail."""

    name = "fake"

    def __init__(self) -> None:
        self.seconds = 0.0
        self.fail: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.batches: list[int] = []

    def write(self, vectors: Any, keywords: Sequence[Any]) -> list[Written]:
        self.gate.wait(300)
        time.sleep(self.seconds)
        if self.fail is not None:
            raise self.fail
        self.batches.append(len(vectors))
        said = (
            Alternative("A <b>dog</b> barks", 0.9),
            Alternative("A dog growls", 0.8),
            Alternative("Rain", 0.1),
        )
        return [Written(said) for _ in vectors]


@pytest.fixture
def method() -> FakeMethod:
    return FakeMethod()


@pytest.fixture
def make(method: FakeMethod, tmp_path: Path) -> Iterator[Callable[..., TestClient]]:
    """Apps in this process; limits by name, other settings in ``settings``."""
    open_clients = []

    def client(settings: dict[str, Any] | None = None, **limits: Any) -> TestClient:
        told = {"uploads": tmp_path / "uploads", **(settings or {})}
        app = create_app(
            lambda: Captioner(FakeEncoder(), method), ServerSettings(limits=ServerLimits(**limits), **told)
        )
        made = TestClient(app, base_url=ADDRESS, raise_server_exceptions=False)
        made.__enter__()
        open_clients.append(made)
        app.state.service.worker.ready.wait(10)
        return made

    yield client
    method.gate.set()
    for made in open_clients:
        made.__exit__(None, None, None)


@pytest.fixture
def client(make: Callable[..., TestClient]) -> TestClient:
    return make()


def sound(
    seconds: float = 1.0, rate: int = 8000, channels: int = 1, format: str = "WAV", level: float = 0.3
) -> bytes:
    """Noise as a file."""
    samples = np.random.default_rng(7).uniform(-level, level, (round(seconds * rate), channels))
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format=format, subtype="PCM_16")
    return file.getvalue()


def multipart(data: bytes, **fields: Any) -> dict[str, Any]:
    """Arguments of a client's ``post``."""
    name = fields.pop("name", "dog.wav")
    return {"files": {"file": (name, data, "audio/wav")}, "data": fields}


class Served:
    """A real server in a process of its own."""

    def __init__(
        self, folder: Path, *arguments: str, key: str | None = None, code: str | None = None
    ) -> None:
        self.folder = folder
        environment = {
            **os.environ,
            "EARWITNESS_CACHE": str(folder),
            "PYTHONPATH": f"{PROJECT / 'src'}:{PROJECT}",
        }
        environment.pop("EARWITNESS_KEY", None)
        if key:
            environment["EARWITNESS_KEY"] = key
        program = ["-c", code] if code else ["-m", "earwitness", "serve", "--port", "0"]
        self.log = (folder / "log").open("wb+")
        self.process = subprocess.Popen(
            [sys.executable, *program, *arguments],
            stderr=self.log,
            stdout=subprocess.DEVNULL,
            env=environment,
            cwd=PROJECT,
        )
        self.address = self._wait()
        self.port = int(self.address.rpartition(":")[2].rstrip("/"))

    def _wait(self) -> str:
        import httpx

        for _ in range(600):
            found = re.search(rb"http://\S+/", (self.folder / "log").read_bytes())
            if found and self.process.poll() is None:
                address = found[0].decode()
                try:
                    if httpx.get(f"{address}readyz").status_code == 200:
                        return address
                except httpx.HTTPError:
                    pass
            assert self.process.poll() is None, self.text()
            time.sleep(0.1)
        raise AssertionError(f"the server did not start: {self.text()}")

    def text(self) -> str:
        return (self.folder / "log").read_text(errors="replace")

    def memory(self) -> float:
        """Resident memory, MB."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]

    def stop(self, sign: int = signal.SIGTERM) -> int:
        if self.process.poll() is None:
            self.process.send_signal(sign)
        code = self.process.wait(60)
        self.log.close()
        return code


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The command's own server, with the embedded model and small limits."""
    server = Served(tmp_path_factory.mktemp("served"), "--max-mb", "8")
    yield server
    server.stop()
