"""What goes into which file: the same for ever, each sound once, whoever runs it and however often."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest.importorskip("pyarrow")

from hypothesis import given, settings
from hypothesis import strategies as st

from earwitness.batch.inputs import Item
from earwitness.batch.places import Disk
from earwitness.batch.plan import Plan


def plan(folder: Path) -> Plan:
    return Plan(Disk(), str(folder), "parquet")


def items(*names: str, size: int = 10) -> list[Item]:
    return [Item(name, size) for name in names]


def test_a_plan_is_divided_once_and_grows_at_its_end(tmp_path: Path) -> None:
    first = plan(tmp_path)
    assert first.add(items("a.wav", "b.wav", "c.wav"), 2) == 0
    before = list(first.all())
    assert [[i.source for i in p.items] for p in before] == [["a.wav", "b.wav"], ["c.wav"]]
    again = plan(tmp_path)
    assert again.add(items("0.wav", "a.wav", "b.wav", "c.wav", "d.wav"), 5) == 0
    after = list(again.all())
    assert after[:2] == before and [i.source for i in after[2].items] == ["0.wav", "d.wav"]
    assert list(plan(tmp_path).all()) == after and again.parts == 3
    assert len({p.name for p in after}) == 3


def test_a_name_is_the_same_from_another_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path)
    plan(tmp_path / "out").add(items("in/a.wav"), 10)
    monkeypatch.chdir(tmp_path / "in")
    again = plan(tmp_path / "out")
    again.add(items("a.wav", "s3://bucket/a.wav"), 10)
    sources = [i.source for p in again.all() for i in p.items]
    assert sources == ["in/a.wav", "s3://bucket/a.wav"]


def test_files_that_changed_are_counted_and_left(tmp_path: Path) -> None:
    plan(tmp_path).add([*items("a.wav", "b.wav"), Item("c.wav", -1)], 10)
    again = plan(tmp_path)
    assert again.add([*items("a.wav"), *items("b.wav", size=11), Item("c.wav", 3)], 10) == 1
    assert again.parts == 1


def test_tables_and_tars_have_files_of_their_own(tmp_path: Path) -> None:
    made = plan(tmp_path)
    rows = [Item("t.parquet", 9, first, 5) for first in (0, 5)]
    made.add([*items("a.wav"), *rows, Item("s.tar", 9), *items("b.wav", "c.wav")], 10)
    assert [[i.source for i in p.items] for p in made.all()] == [
        ["a.wav"], ["t.parquet"], ["t.parquet"], ["s.tar"], ["b.wav", "c.wav"],
    ]  # fmt: skip


def test_a_name_that_is_no_utf_8_is_kept_to_the_byte(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.wav")
    plan(tmp_path).add(items(name), 10)
    assert [i.source for p in plan(tmp_path).all() for i in p.items] == [name]


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sets(st.integers(0, 60)), min_size=1, max_size=5), st.integers(1, 7))
def test_every_sound_is_in_one_part_however_the_input_grows(
    tmp_path_factory: pytest.TempPathFactory, growth: list[set[int]], rows: int
) -> None:
    folder = tmp_path_factory.mktemp("plan")
    there: set[int] = set()
    names: list[str] = []
    for more in growth:
        there |= more
        made = plan(folder)
        made.add(items(*(f"{n}.wav" for n in sorted(there))), rows)
        parts = list(made.all())
        sources = [i.source for p in parts for i in p.items]
        assert sorted(sources) == sorted(f"{n}.wav" for n in there)
        assert all(len(p.items) <= rows for p in parts)
        assert [p.name for p in parts][: len(names)] == names
        names = [p.name for p in parts]
