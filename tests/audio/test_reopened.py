"""A file on disk is read through a descriptor of its own, and none is left open, whatever the file holds."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import soundfile

from earwitness.audio import AudioLimits, read_clip
from earwitness.audio.sources import SafeFile, opened
from earwitness.common.errors import AudioError

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux opens a file anew by its descriptor")


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@linux
def test_a_file_without_a_name_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "gone.wav"
    soundfile.write(path, np.linspace(-0.5, 0.5, 8000, dtype=np.float32), 16000, subtype="FLOAT")
    with path.open("rb") as file:
        path.unlink()
        file.seek(100)
        assert read_clip(file, None).samples.shape == (8000,)


@linux
@pytest.mark.parametrize("head", [b"RIFF", b"fLaC", b"OggS", b"FORM", b"ID3\x04", b"no sound"])
def test_no_descriptor_is_left_open(tmp_path: Path, head: bytes) -> None:
    path = tmp_path / "broken"
    path.write_bytes(head + bytes(range(200)) * 4)
    before = open_files()
    for _ in range(20):
        with pytest.raises(AudioError):
            read_clip(path, 16000)
    assert open_files() <= before + 1


def test_what_is_no_file_on_disk_has_none(tmp_path: Path) -> None:
    assert SafeFile(io.BytesIO(b"abc"), "<bytes>").reopened() is None
    (tmp_path / "a").write_bytes(b"abc")
    with opened(tmp_path / "a", AudioLimits()) as file:
        file.read(2)
        number = file.reopened()
        if sys.platform != "linux":
            assert number is None
            return
        assert number is not None
        assert os.read(number, 9) == b"abc"  # from its beginning
        os.close(number)
        assert file.read(1) == b"c"
