"""Saying less where little is sure: a general sentence in place of a specific one that is hardly believed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from earwitness.common.errors import OptionError
from earwitness.common.talk import SPEECH
from earwitness.confidence import LEAST
from earwitness.confidence.estimator import ConfidenceEstimator, General
from earwitness.confidence.speech import without_unheard_speech
from earwitness.methods.base import Heard, Written

UNSURE = "unsure"
"""The note of a caption that is believed less than was asked for."""

SURE = 0.7
"""What the most specific general sentence needs, where one reaches it: who steps back should be right."""

GAIN = 0.1
"""How much likelier than the specific sentence a general one has to be: less is not worth the loss."""


@dataclass(frozen=True)
class SteppingBack:
    """How sure a sentence has to be.

    Raises
    ------
    OptionError
        ``least`` is no probability.
    """

    # the confidence that a sentence needs
    least: float = LEAST
    # whether the method's own sentence is said however little it is believed
    specific: bool = False

    def __post_init__(self) -> None:
        if not 0 <= self.least <= 1:
            raise OptionError(f"the least confidence is between 0 and 1, not {self.least}.")


def believed(
    heard: Heard, written: Written, estimator: ConfidenceEstimator, options: SteppingBack
) -> tuple[Heard, Written]:
    """Confidences, and a general sentence in front where the best one is not believed enough.

    The best of the method's sentences stays first where its confidence reaches ``options.least``. Else the
    most specific general sentence that reaches ``SURE`` is said; where none does, the likeliest of all. Of a
    faint sound in which nothing is heard that is said. Below the least the sound gets the note ``unsure``.

    Returns
    -------
    Heard and Written
        The given ones, the note and the confidences added.
    """
    if heard.evidence is None or not written.sentences:
        return heard, written
    speech = estimator.features.loudest(heard.evidence, SPEECH)
    written = estimator.judge(heard, without_unheard_speech(written, speech))
    best = written.sentences[0]
    if best.confidence is None or best.confidence >= options.least:
        return heard, written
    if not options.specific:
        could, sure = estimator.general(heard, written), max(SURE, options.least)
        chosen = more_general(could, best.confidence + GAIN, sure) or _quiet(
            estimator, heard, best.confidence
        )
        if chosen is not None:
            first = estimator.said(chosen, heard)
            written = replace(written, sentences=(first, *written.sentences), instead_of=best)
            if chosen.confidence >= options.least:
                return heard, written
    return replace(heard, notes=(*heard.notes, UNSURE)), written


def _quiet(estimator: ConfidenceEstimator, heard: Heard, needed: float) -> General | None:
    """A recording of noise alone is no engine far away, though nothing resembles it more."""
    quiet = estimator.quiet(heard)
    return quiet if quiet is not None and quiet.confidence > needed else None


def more_general(sentences: Sequence[General], needed: float, least: float) -> General | None:
    """The most specific general sentence that is believed enough, or the likeliest that gains; None for none.

    >>> dog, animal = General("A dog makes a sound", 0.45, 8), General("An animal calls", 0.8, 60)
    >>> [more_general([dog, animal], 0.3, x).text for x in (0.4, 0.6, 0.9)]
    ['A dog makes a sound', 'An animal calls', 'An animal calls']
    >>> more_general([dog, animal], 0.85, 0.9) is None
    True
    """
    gaining = [s for s in sentences if s.confidence >= needed]
    enough = [s for s in gaining if s.confidence >= least]
    if enough:
        return min(enough, key=lambda s: (s.covers, -s.confidence))
    return max(gaining, key=lambda s: s.confidence, default=None)
