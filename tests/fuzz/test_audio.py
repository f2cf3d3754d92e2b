"""A minute at most of damaged files; ``python -m tests.fuzz.audio`` is the long run."""

from __future__ import annotations

import shutil

import pytest

from tests.fuzz.audio import run


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="the files are made by ffmpeg")
def test_damaged_files_are_heard_as_far_as_they_go_or_noted_or_refused() -> None:
    pytest.importorskip("av")
    verdicts = [(name, number, words) for name, number, kind, words in run(400, 7, 30) if kind == "broken"]
    assert not verdicts
