"""Which clips and captions a listening study shows: drawn by a seed, blinded, balanced in order."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from earwitness.common.counting import agreeing, counted
from earwitness.common.errors import OptionError
from earwitness.common.options import check_least, option

PREFERENCE = (
    ("describes", "Which caption better describes the audio?"),
    (
        "alone",
        "Which caption is more likely to arise from the audio alone, without additional information?",
    ),
)
"""The paper's two questions, asked of two captions (section 4)."""

OPINION = (("describes", "How well does the caption describe the audio?"),)
SCALE = ("1: not at all", "2: badly", "3: partly", "4: well", "5: perfectly")
"""A mean opinion score: one caption, five grades."""


@dataclass(frozen=True)
class StudyOptions:
    """How a study is drawn."""

    clips: int = option(10, "Clips that each participant hears.")
    seed: int = option(1, "Of which clips are drawn, and of which caption stands first in the page's data.")

    def __post_init__(self) -> None:
        check_least(self, 1, "clips")
        check_least(self, 0, "seed")


@dataclass(frozen=True)
class Item:
    """One clip: its sound, and the captions in the order in which the page holds them."""

    clip: str
    sound: Path
    captions: tuple[str, ...]
    # the system of each caption, by its place among the study's systems
    systems: tuple[int, ...]


@dataclass(frozen=True)
class Study:
    """All that a page shows, and who wrote what."""

    systems: tuple[str, ...]
    items: tuple[Item, ...]
    # clips passed over, by why
    left_out: Mapping[str, int]

    @property
    def scale(self) -> bool:
        """Whether one system is graded, instead of two compared."""
        return len(self.systems) == 1

    @property
    def name(self) -> str:
        """Tells this study's answers from another's: a hash of its systems, clips and captions."""
        shown = [self.systems, [(i.clip, i.captions, i.systems) for i in self.items]]
        return hashlib.sha256(json.dumps(shown, ensure_ascii=False).encode()).hexdigest()[:12]


def make_study(
    systems: Mapping[str, Mapping[str, str]],
    sounds: Mapping[str, Path],
    options: StudyOptions | None = None,
) -> Study:
    """Draw the clips of a study.

    A clip is of use where every system has a caption of it, its sound is there, and the captions differ: of
    two that are the same nobody can prefer one. Each system's caption stands first in half of the clips.

    Parameters
    ----------
    systems : mapping of one or two names to captions by clip
        Two are compared, one is graded.
    sounds : mapping of clip to sound file
    options : StudyOptions, optional

    Raises
    ------
    OptionError
        There are no or three systems, or fewer clips of use than were asked for.

    Examples
    --------
    >>> systems = {"a": {"1.wav": "rain"}, "b": {"1.wav": "a dog"}}
    >>> study = make_study(systems, {"1.wav": Path("1.wav")}, StudyOptions(clips=1))
    >>> sorted(study.items[0].captions), study.scale
    (['a dog', 'rain'], False)
    """
    options = options or StudyOptions()
    if not 1 <= len(systems) <= 2:
        raise OptionError(f"a study compares two systems or grades one, but {len(systems)} were named.")
    usable, left_out = _usable(systems, sounds)
    if len(usable) < options.clips:
        told = ", ".join(f"{n} {why}" for why, n in left_out.items() if n) or "none was left out"
        raise OptionError(
            f"{counted(options.clips, 'clip was', 'clips were')} asked for, but only {len(usable)} "
            f"{agreeing(len(usable), 'is', 'are')} of use ({told}); "
            "ask for fewer with -n, or caption more."
        )
    rng = np.random.default_rng(options.seed)
    drawn = [usable[i] for i in rng.permutation(len(usable))[: options.clips]]
    first = rng.permutation(np.arange(len(drawn)) % len(systems))
    items = [_item(clip, sounds[clip], systems, int(start)) for clip, start in zip(drawn, first, strict=True)]
    return Study(tuple(systems), tuple(items), left_out)


def _usable(
    systems: Mapping[str, Mapping[str, str]], sounds: Mapping[str, Path]
) -> tuple[list[str], dict[str, int]]:
    left_out = {"without a caption of every system": 0, "without a sound": 0, "with equal captions": 0}
    usable = []
    for clip in sorted(set().union(*systems.values())):
        texts = [" ".join(captions.get(clip, "").lower().split()) for captions in systems.values()]
        if not all(texts):
            left_out["without a caption of every system"] += 1
        elif clip not in sounds:
            left_out["without a sound"] += 1
        elif len(set(texts)) < len(texts):
            left_out["with equal captions"] += 1
        else:
            usable.append(clip)
    return usable, left_out


def _item(clip: str, sound: Path, systems: Mapping[str, Mapping[str, str]], start: int) -> Item:
    order = [(start + k) % len(systems) for k in range(len(systems))]
    captions = list(systems.values())
    return Item(clip, sound, tuple(" ".join(captions[s][clip].split()) for s in order), tuple(order))
