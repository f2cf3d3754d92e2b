"""Scores that others have published, to stand beside ours and always marked as published.

Only numbers read in a paper, a program's own files or its page are here. They were computed by their
authors' programs: on other subsets of the test clips now and then, with missing clips dropped by some,
and on AudioCaps with the clips that were left on YouTube at the time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

_NINE = ("bleu_1", "bleu_2", "bleu_3", "bleu_4", "meteor", "rouge_l", "cider_d", "spice", "spider")


@dataclass(frozen=True)
class Published:
    """A row of somebody's table; scores as fractions."""

    system: str
    # "zero-shot", "text only" or "supervised": what it was trained on
    training: str
    source: str
    scores: Mapping[str, float]


def _row(system: str, training: str, source: str, percent: str, names: tuple[str, ...] = _NINE) -> Published:
    values = zip(names, percent.split(), strict=True)
    return Published(
        system, training, source, {name: round(float(v) / 100, 6) for name, v in values if v != "-"}
    )


_ZERAUCAP = "Salewski et al. 2023, arXiv 2311.08396"
_SHAHARABANY = "Shaharabany et al. 2023; its BLEU has no stated order and is left out"
_WAVCAPS = "WavCaps captioners as scored in ZerAuCap's program"
_SLAM = "SLAM-AAC, README"
_SLAM_NAMES = ("meteor", "cider_d", "spice", "spider", "fense", "spider_fl")

_PUBLISHED: dict[str, tuple[Published, ...]] = {
    "audiocaps": (
        _row("language model, no audio", "zero-shot", _ZERAUCAP, "18.8 1.1 0 0 4.1 17.8 0.1 0 0"),
        _row("ZerAuCap", "zero-shot", _ZERAUCAP, "44.8 25.2 13.9 6.8 12.3 33.1 28.1 8.6 18.3"),
        _row(
            "Audibility guidance", "zero-shot", _SHAHARABANY, "8.6 8.2 9.2", ("meteor", "rouge_l", "cider_d")
        ),
        _row("WavCaps", "supervised", _WAVCAPS, "70.7 53.4 39.5 28.3 25.0 50.7 78.7 18.2 48.5"),
        _row("SLAM-AAC", "supervised", _SLAM, "26.8 84.1 19.4 51.8 66.8 51.5", _SLAM_NAMES),
    ),
    "clotho": (
        _row("language model, no audio", "zero-shot", _ZERAUCAP, "- - - 0 3.8 16.6 0.2 0.1 0.2"),
        _row("ZerAuCap", "zero-shot", _ZERAUCAP, "- - - 2.9 9.4 25.4 14.0 5.3 9.7"),
        _row("WavCaps", "supervised", _WAVCAPS, "60.1 40.0 27.1 18.2 18.5 40.0 48.8 13.5 31.0"),
        _row("SLAM-AAC", "supervised", _SLAM, "19.7 51.5 14.8 33.2 54.0 33.0", _SLAM_NAMES),
    ),
}


def published_rows(dataset: str) -> tuple[Published, ...]:
    """What is known of the test split of ``audiocaps`` or ``clotho``; nothing for any other layout.

    >>> published_rows("clotho")[1].scores["cider_d"]
    0.14
    """
    return _PUBLISHED.get(dataset, ())
