"""No one talks where no one was heard: sentences that speak of talk which the tagger did not hear.

Half of AudioCaps' captions speak of someone speaking, so a decoder that learned from them adds "and a person
speaks" to a dog's bark. Where not one moment of a sound is speech to the tagger, sentences that claim some
stand behind those that do not, and where all claim it the claim is cut out of those that say more than that.
"""

from __future__ import annotations

from dataclasses import replace

from earwitness.common.caption import Alternative
from earwitness.common.talk import TALK
from earwitness.methods.base import Written
from earwitness.methods.style import as_sentence, parts

HEARD = 0.5
"""Speech is there where one moment is as likely speech as not: every true claim of 70 clips lies above it."""


def claims_speech(text: str) -> bool:
    """Whether a sentence says that someone talks.

    >>> claims_speech("A person speaks and a dog barks"), claims_speech("A loudspeaker hums")
    (True, False)
    """
    return TALK.search(text) is not None


def without_unheard_speech(written: Written, speech: float) -> Written:
    """The same sentences, those that invent speech behind the others; or cut, where all do.

    Parameters
    ----------
    written : Written
    speech : float
        The largest probability of speech at any moment.
    """
    invented = [claims_speech(s.text) for s in written.sentences]
    if speech >= HEARD or not any(invented):
        return written
    true = [s for s, no in zip(written.sentences, invented, strict=True) if not no]
    false = [s for s, no in zip(written.sentences, invented, strict=True) if no]
    if not true:
        cut = [replace(s, text=rest) for s in false if (rest := without_talk(s.text))]
        true, false = _distinct(cut) or false, []
    return replace(written, sentences=(*true, *false))


def without_talk(text: str) -> str:
    """What a sentence says besides that someone talks; nothing where that is all.

    >>> without_talk("A dog is barking and a person speaks"), without_talk("A person speaks as a clock ticks")
    ('A dog is barking', 'A clock ticks')
    >>> without_talk("A person speaks loudly")
    ''
    """
    pieces = parts(text)
    kept = [p for p in pieces if not claims_speech(p) and len(p.split()) > 1]
    if not kept or len(kept) == len(pieces):
        return ""
    # what follows a joint may lean on what was cut ("and then growls"), so the first of them is enough
    return as_sentence(kept[0])


def _distinct(sentences: list[Alternative]) -> list[Alternative]:
    return list({s.text: s for s in reversed(sentences)}.values())[::-1]
