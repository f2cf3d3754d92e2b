from __future__ import annotations

import os
from pathlib import Path

import pytest

from earwitness.audio import find_sounds, search_sounds


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


def test_each_name_once(tree: Path) -> None:
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
        "DOG.FLAC", "broken.wav", "cat.m4a", "dog.mp3", "dog.wav", "z.opus", "z2.opus",
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


def test_a_program_in_typescript_is_no_sound_and_is_counted(tmp_path: Path) -> None:
    (tmp_path / "app.ts").write_text("export const rate = 48000;\n" * 40)
    (tmp_path / "film.ts").write_bytes((b"\x47" + bytes(187)) * 8)
    (tmp_path / "disc.m2ts").write_bytes((bytes(4) + b"\x47" + bytes(187)) * 8)
    (tmp_path / "notes.txt").touch()
    search = search_sounds([tmp_path])
    assert [f.path.name for f in search.sounds] == ["disc.m2ts", "film.ts"]
    assert search.passed_over == {".ts": 1, ".txt": 1}
    assert [f.path.name for f in find_sounds([tmp_path / "app.ts"])] == ["app.ts"], "named is meant"


@pytest.mark.parametrize("ending", ["awb", "mts", "m2ts", "ogv", "spx", "vob", "bwf", "mxf", "m4r"])
def test_endings_of_phones_recorders_and_broadcasters_are_looked_at(ending: str, tmp_path: Path) -> None:
    (tmp_path / f"sound.{ending}").write_bytes((b"\x47" + bytes(187)) * 8)
    assert len(find_sounds([tmp_path])) == 1


def test_a_folder_is_found_under_its_own_name_before_a_link_to_it(tmp_path: Path) -> None:
    (tmp_path / "zoo").mkdir()
    (tmp_path / "zoo" / "dog.wav").touch()
    (tmp_path / "animals").symlink_to(tmp_path / "zoo")
    assert [str(f.relative) for f in find_sounds([tmp_path])] == ["zoo/dog.wav"]
