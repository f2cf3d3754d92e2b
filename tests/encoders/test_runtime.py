"""Graphs are read once, whoever asks first, and a file that is none is said every time."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from earwitness.common.errors import AssetError
from earwitness.encoders import runtime


def test_threads_that_ask_together_get_one_session(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "prefix.onnx"
    shutil.copyfile(runtime.asset("decoder/prefix.onnx"), path)
    read, made = [], runtime._read
    monkeypatch.setattr(runtime, "_read", lambda *given: read.append(given) or made(*given))
    runtime.prepare(path)
    found = []
    threads = [threading.Thread(target=lambda: found.append(runtime.session(path))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(read) == 1 and len({id(s) for s in found}) == 1 and len(found) == 4
    assert runtime.session(path, 2) is not found[0]


def test_what_is_no_graph_is_said_again_and_again(tmp_path: Path) -> None:
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"no graph")
    runtime.prepare(path)
    for _ in range(2):
        with pytest.raises(AssetError, match=r"broken.onnx cannot be loaded"):
            runtime.session(path)
    shutil.copyfile(runtime.asset("decoder/prefix.onnx"), path)
    assert runtime.session(path).get_inputs()[0].name == "vectors"
