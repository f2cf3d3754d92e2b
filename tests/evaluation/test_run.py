"""A captioner over a dataset: each clip once, failures named, and on after a stop."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from earwitness.caption import Caption
from earwitness.datasets import Dataset, References
from earwitness.errors import EmptyAudioError, TableError
from earwitness.evaluation.journal import Journal
from earwitness.evaluation.run import caption_dataset


class Captioner:
    """Says the name of the file; fails on what it is told to; remembers what it was asked."""

    def __init__(self, fails: dict[str, Exception] | None = None) -> None:
        self.asked: list[str] = []
        self.fails = fails or {}

    def __call__(self, path: Path) -> Caption:
        self.asked.append(path.name)
        if path.name in self.fails:
            raise self.fails[path.name]
        return Caption(str(path), 0.0, 1.0, f"the sound of {path.stem}", 0.9)


@pytest.fixture
def dataset(tmp_path) -> Dataset:
    sounds = {}
    for clip in ("dog.wav", "rain.wav", "wind.wav"):
        sounds[clip] = tmp_path / clip
        sounds[clip].write_bytes(clip.encode())
    references = References("three", {clip: ("x",) for clip in (*sounds, "gone.wav")})
    return Dataset(references, sounds, ("gone.wav",))


def test_every_clip_has_a_caption_or_a_reason(dataset) -> None:
    captioner = Captioner({"rain.wav": EmptyAudioError("rain.wav holds no sound.")})
    told = []
    found = caption_dataset(dataset, captioner, name="mine", progress=lambda *at: told.append(at))
    assert found.captions == {
        "dog.wav": "the sound of dog", "rain.wav": "", "wind.wav": "the sound of wind", "gone.wav": "",
    }  # fmt: skip
    assert found.failed == {
        "rain.wav": "rain.wav holds no sound.",
        "gone.wav": "its sound is not in the folder",
    }
    assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_stopped_run_goes_on_where_it_was(dataset, tmp_path) -> None:
    journal = tmp_path / "deep" / "journal.json"
    stopped = Captioner({"wind.wav": KeyboardInterrupt()})
    with pytest.raises(KeyboardInterrupt):
        caption_dataset(dataset, stopped, name="mine", journal=journal)
    again = Captioner()
    found = caption_dataset(dataset, again, name="mine", journal=journal)
    assert again.asked == ["wind.wav"]
    assert found.captions["dog.wav"] == "the sound of dog"
    assert list(journal.parent.iterdir()) == [journal]


def test_a_changed_sound_is_captioned_again(dataset, tmp_path) -> None:
    journal = tmp_path / "journal.json"
    caption_dataset(dataset, Captioner(), name="mine", journal=journal)
    dataset.sounds["rain.wav"].write_bytes(b"more rain than before")
    again = Captioner()
    caption_dataset(dataset, again, name="mine", journal=journal)
    assert again.asked == ["rain.wav"]


def test_another_captioner_starts_anew(dataset, tmp_path) -> None:
    journal = tmp_path / "journal.json"
    caption_dataset(dataset, Captioner(), name="mine", journal=journal)
    again = Captioner()
    caption_dataset(dataset, again, name="another", journal=journal)
    assert len(again.asked) == 3


def test_failures_are_tried_again(dataset, tmp_path) -> None:
    journal = tmp_path / "journal.json"
    caption_dataset(dataset, Captioner({"dog.wav": EmptyAudioError("no")}), name="mine", journal=journal)
    again = Captioner()
    assert (
        caption_dataset(dataset, again, name="mine", journal=journal).captions["dog.wav"]
        == "the sound of dog"
    )
    assert again.asked == ["dog.wav"]


def test_the_journal_is_whole_at_every_moment(dataset, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("earwitness.evaluation.journal._SECONDS", 0.0)
    path = tmp_path / "journal.json"
    seen = []

    def caption(sound: Path) -> Caption:
        seen.append(len(json.loads(path.read_text())["clips"]) if path.exists() else 0)
        return Caption(str(sound), 0.0, 1.0, "x", 0.5)

    caption_dataset(dataset, caption, name="mine", journal=path)
    assert seen == [0, 1, 2]


@pytest.mark.parametrize("content", [b"", b"[]", b'{"clips": 3}', b"\x80\x04K\x01.", b'{"clips": {"a": {}}}'])
def test_a_file_that_is_no_journal_is_not_overwritten(content, tmp_path) -> None:
    path = tmp_path / "notes.json"
    path.write_bytes(content)
    with pytest.raises(TableError, match="is no journal of captions: move it away"):
        Journal(path, "mine")
    assert path.read_bytes() == content
