"""Sounds, an encoder that dies of some of them, and a store of objects whose line is bad."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from earwitness.audio import Clip
from earwitness.encoders.tags.encoder import TagEncoder

RATE = 16000


def sound(path: Path, seed: int = 5, seconds: float = 0.4) -> Path:
    """A short sound of its own: a tone in noise."""
    rng, t = np.random.default_rng(seed), np.arange(round(seconds * RATE)) / RATE
    tone = 0.3 * np.sin(2 * np.pi * rng.uniform(100, 3000) * t) + 0.05 * rng.standard_normal(len(t))
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, tone.clip(-1, 1), RATE, format="WAV")
    return path


def folder(path: Path, count: int, bad: Iterable[int] = ()) -> Path:
    """So many sounds, some of them none."""
    for number in range(count):
        sound(path / f"{number:04d}.wav", number)
    for number in bad:
        (path / f"{number:04d}.wav").write_bytes(b"this is no sound")
    return path


class Deadly(TagEncoder):
    """Dies of every sound whose name begins with ``deadly``, and stumbles over ``odd``."""

    def __reduce__(self) -> Any:
        return Deadly, ()

    def hear(self, clip: Clip) -> Any:
        """As the embedded encoder does, unless."""
        name = Path(clip.source).name
        if name.startswith("deadly"):
            os.kill(os.getpid(), signal.SIGKILL)
        if name.startswith("odd"):
            raise ZeroDivisionError("nobody foresaw this")
        return super().hear(clip)


class BadLine:
    """A WSGI application before another: of every so many requests for objects, one fails, in turn by an
    answer of 500, and by one that breaks off."""

    def __init__(self, inner: Any, every: int) -> None:
        self.inner, self.every = inner, every
        self.asked, self.failed = 0, 0
        self._lock = threading.Lock()

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        with self._lock:
            counted = environ["REQUEST_METHOD"] == "GET" and environ["PATH_INFO"].endswith(".wav")
            self.asked += counted
            fails = counted and self.asked % self.every == 0
            self.failed += fails
            kind = self.failed % 2
        if not fails:
            return self.inner(environ, start)
        if kind:
            start("500 Internal Server Error", [("Content-Type", "text/plain"), ("Content-Length", "5")])
            return [b"sorry"]
        start("200 OK", [("Content-Length", "100000"), ("ETag", '"0"')])
        return [b"RIFF"]


class Bucket:
    """An S3 server on this machine, with a bucket of sounds; a context manager."""

    def __init__(self, every: int) -> None:
        from moto.server import DomainDispatcherApplication, create_backend_app
        from werkzeug.serving import make_server

        self.line = BadLine(DomainDispatcherApplication(create_backend_app), every)
        self._server = make_server("127.0.0.1", 0, self.line, threaded=True)
        self.address = f"http://127.0.0.1:{self._server.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)

    def __enter__(self) -> Bucket:
        self._thread.start()
        from pyarrow import fs

        self.files = fs.S3FileSystem(endpoint_override=self.address, allow_bucket_creation=True)
        self.files.create_dir("sounds")
        self.files.create_dir("captions")
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()

    def put(self, paths: Iterable[Path]) -> None:
        """Put files into the bucket of sounds."""
        for path in paths:
            with self.files.open_output_stream(f"sounds/{path.name}") as file:
                file.write(path.read_bytes())
