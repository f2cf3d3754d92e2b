"""A captioner over a dataset: a caption for every clip, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from earwitness.caption import Caption
from earwitness.datasets import Dataset, Predictions
from earwitness.errors import AudioError
from earwitness.evaluation.journal import Journal

CaptionOne = Callable[[Path], Caption]
Progress = Callable[[int, int], None]
"""Told how many clips are done, and of how many."""


def caption_dataset(
    dataset: Dataset,
    caption: CaptionOne,
    *,
    name: str,
    journal: Path | None = None,
    progress: Progress | None = None,
) -> Predictions:
    """Caption every sound of a dataset.

    Parameters
    ----------
    dataset : Dataset
        A clip whose sound is not there counts as failed.
    caption : callable
        From a path to a Caption, as ``earwitness.load(name).caption`` is; an ``AudioError`` is that
        clip's failure, any other error ends the run.
    name : str
        The captioner's, kept in the journal.
    journal : Path, optional
        A file that makes the run resumable.
    progress : callable, optional
        Called after each clip.
    """
    captions: dict[str, str] = {}
    failed: dict[str, str] = {}
    clips = list(dataset.references.captions)
    with Journal(journal, name) if journal is not None else nullcontext() as kept:
        for done, clip in enumerate(clips, 1):
            sound = dataset.sounds.get(clip)
            try:
                captions[clip] = "" if sound is None else _caption(clip, sound, caption, kept)
            except AudioError as error:
                captions[clip], failed[clip] = "", str(error)
            if sound is None:
                failed[clip] = "its sound is not in the folder"
            if progress is not None:
                progress(done, len(clips))
    return Predictions(name, captions, failed)


def _caption(clip: str, sound: Path, caption: CaptionOne, journal: Journal | None) -> str:
    known = journal.get(clip, sound) if journal is not None else None
    if known is not None:
        return known
    text = caption(sound).text
    if journal is not None:
        journal.add(clip, sound, text)
    return text
