"""A captioner over a dataset: each clip once, failures named, and on after a stop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from earwitness.captioning.journal import Journal
from earwitness.captioning.options import CaptionOptions, Outcome
from earwitness.common.caption import Caption
from earwitness.common.errors import AudioError, EmptyAudioError
from earwitness.datasets import Dataset, References
from earwitness.evaluation.run import caption_dataset


class Captioner:
    """Says the name of the file; fails on what it is told to; remembers what it was asked."""

    def __init__(self, fails: dict[str, BaseException] | None = None) -> None:
        self.asked: list[str] = []
        self.fails = fails or {}

    def caption_many(self, sources: Sequence[str], options: CaptionOptions) -> Iterator[Outcome]:
        for path in map(Path, sources):
            self.asked.append(path.name)
            error = self.fails.get(path.name)
            if isinstance(error, AudioError):
                yield Outcome(str(path), error=error)
            elif error is not None:
                raise error
            else:
                yield Outcome(str(path), (Caption(str(path), 0.0, 1.0, f"the sound of {path.stem}", 0.9),))


def journal_at(path: Path, name: str = "mine") -> Journal:
    return Journal(path, {"captioner": name}, keep=True)


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
        caption_dataset(dataset, stopped, name="mine", journal=journal_at(journal))
    again = Captioner()
    found = caption_dataset(dataset, again, name="mine", journal=journal_at(journal))
    assert again.asked == ["wind.wav"]
    assert found.captions["dog.wav"] == "the sound of dog"
    assert list(journal.parent.iterdir()) == [journal]


def test_a_changed_sound_is_captioned_again(dataset, tmp_path) -> None:
    journal = tmp_path / "journal.json"
    caption_dataset(dataset, Captioner(), name="mine", journal=journal_at(journal))
    dataset.sounds["rain.wav"].write_bytes(b"more rain than before")
    again = Captioner()
    caption_dataset(dataset, again, name="mine", journal=journal_at(journal))
    assert again.asked == ["rain.wav"]


def test_another_captioner_starts_anew(dataset, tmp_path) -> None:
    journal = tmp_path / "journal.json"
    caption_dataset(dataset, Captioner(), name="mine", journal=journal_at(journal))
    again = Captioner()
    caption_dataset(dataset, again, name="another", journal=journal_at(journal, "another"))
    assert len(again.asked) == 3


def test_failures_are_tried_again(dataset, tmp_path) -> None:
    journal = tmp_path / "journal.json"
    caption_dataset(
        dataset, Captioner({"dog.wav": EmptyAudioError("no")}), name="mine", journal=journal_at(journal)
    )
    again = Captioner()
    assert (
        caption_dataset(dataset, again, name="mine", journal=journal_at(journal)).captions["dog.wav"]
        == "the sound of dog"
    )
    assert again.asked == ["dog.wav"]
