"""A captioner over a dataset: a caption for every clip, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext

from earwitness.captioning.journal import CaptionsMany, Journal, caption_on
from earwitness.captioning.options import CaptionOptions
from earwitness.datasets import Dataset, Predictions

Progress = Callable[[int, int], None]
"""Told how many clips are done, and of how many."""


def caption_dataset(
    dataset: Dataset,
    captioner: CaptionsMany,
    *,
    name: str,
    journal: Journal | None = None,
    progress: Progress | None = None,
) -> Predictions:
    """Caption every sound of a dataset.

    Parameters
    ----------
    dataset : Dataset
        A clip whose sound is not there counts as failed, and so does one that cannot be read.
    captioner : Captioner
    name : str
        The captioner's, in tables.
    journal : Journal, optional
        Makes the run resumable.
    progress : callable, optional
        Called after each clip.
    """
    captions: dict[str, str] = {}
    failed: dict[str, str] = {}
    clips = list(dataset.references.captions)
    sounds = [str(dataset.sounds[clip]) for clip in clips if clip in dataset.sounds]
    options = CaptionOptions(keywords=0, specific=True)
    with journal if journal is not None else nullcontext():
        outcomes = (
            captioner.caption_many(sounds, options)
            if journal is None
            else caption_on(captioner, sounds, options, journal)
        )
        for done, clip in enumerate(clips, 1):
            captions[clip] = ""
            if clip not in dataset.sounds:
                failed[clip] = "its sound is not in the folder"
            elif (outcome := next(outcomes)).error is not None:
                failed[clip] = str(outcome.error)
            else:
                captions[clip] = outcome.captions[0].text
            if progress is not None:
                progress(done, len(clips))
    return Predictions(name, captions, failed)
