"""Notes beside a batch's output, also where whoever wrote one was killed while doing so."""

from __future__ import annotations

from pathlib import Path

from earwitness.batch.notes import Notes
from earwitness.batch.places import Disk


def test_half_a_note_is_none_and_is_gone_when_all_parts_are_there(tmp_path: Path) -> None:
    notes = Notes(Disk(), str(tmp_path))
    assert (notes.begin("part-000001"), notes.begin("part-000001")) == (0, 1)
    notes.failures("part-000002", 3)
    folders = {path.parent.name: path.parent for path in tmp_path.rglob("part-*")}
    half = ".part-000003.17805-140702.part"
    for folder in folders.values():
        (folder / half).write_text("7")
    assert notes.with_errors() == {"part-000002": 3}
    notes.complete()
    assert not list(folders["begun"].iterdir())
    assert notes.with_errors() == {"part-000002": 3}
