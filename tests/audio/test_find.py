from __future__ import annotations

import os
from pathlib import Path

import pytest

from earwitness.audio import find_sounds


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("b/dog.wav", "b/dog.mp3", "a/DOG.FLAC", "a/deep/er/cat.m4a", "notes.txt", ".hidden.wav",
                 ".git/x.wav", "z.opus"):  # fmt: skip
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def _relatives(*paths: Path | str) -> list[str]:
    return [str(found.relative) for found in find_sounds(paths)]


def test_folders_are_searched_in_sorted_order_for_known_extensions(tree: Path) -> None:
    assert _relatives(tree) == ["a/DOG.FLAC", "a/deep/er/cat.m4a", "b/dog.mp3", "b/dog.wav", "z.opus"]


def test_paths_lead_to_the_files(tree: Path) -> None:
    assert all(found.path == tree / found.relative for found in find_sounds([tree]))


def test_named_files_always_count_even_if_they_are_not_there(tree: Path) -> None:
    assert _relatives(tree / "notes.txt", tree / ".hidden.wav", tree / "gone.wav") == [
        "notes.txt", ".hidden.wav", "gone.wav",
    ]  # fmt: skip
    assert _relatives("x" * 300, "a\0b") == ["x" * 300, "a\0b"]


def test_each_file_once(tree: Path) -> None:
    assert _relatives(tree / "b" / "dog.wav", tree / "b", tree) == [
        "dog.wav", "dog.mp3", "a/DOG.FLAC", "a/deep/er/cat.m4a", "z.opus",
    ]  # fmt: skip


def test_loops_of_links_end_and_broken_links_are_listed(tree: Path) -> None:
    (tree / "a" / "up").symlink_to(tree)
    (tree / "b" / "self").symlink_to(tree / "b")
    (tree / "broken.wav").symlink_to(tree / "nowhere.wav")
    (tree / "z2.opus").symlink_to(tree / "z.opus")
    found = _relatives(tree)
    assert sorted(Path(name).name for name in found) == [
        "DOG.FLAC", "broken.wav", "cat.m4a", "dog.mp3", "dog.wav", "z.opus",
    ]  # fmt: skip
    assert found == _relatives(tree)


def test_pipes_in_folders_are_left_alone(tree: Path) -> None:
    os.mkfifo(tree / "pipe.wav")
    assert "pipe.wav" not in _relatives(tree)


def test_equal_names_from_two_places_get_names_of_their_own(tree: Path) -> None:
    (tree / "a" / "dog.wav").touch()
    assert _relatives(tree / "a" / "dog.wav", tree / "b" / "dog.wav") == ["a/dog.wav", "b/dog.wav"]
    (tree / "a" / "deep" / "dog.wav").touch()
    assert len(set(_relatives(tree / "a" / "deep", tree / "b", tree / "a" / "dog.wav"))) == 5


def test_extensions_can_be_chosen(tree: Path) -> None:
    assert [f.path.name for f in find_sounds([tree], extensions={".TXT"})] == ["notes.txt"]


def test_a_folder_that_cannot_be_listed_stands_in_the_list(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing = Path.iterdir

    def refuse(self: Path) -> object:
        if self.name == "a":
            raise PermissionError(13, "Permission denied")
        return listing(self)

    monkeypatch.setattr(Path, "iterdir", refuse)
    assert _relatives(tree) == ["a", "b/dog.mp3", "b/dog.wav", "z.opus"]
