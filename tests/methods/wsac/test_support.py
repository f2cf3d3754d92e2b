"""A sentence is held back by the part of it that the sound supports least."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from earwitness.common.talk import SPEECH_WORDS
from earwitness.encoders.background import STEADY, Background
from earwitness.encoders.runtime import asset
from earwitness.encoders.tags.encoder import DIM, TagEncoder, class_names
from earwitness.methods.presets import EMBEDDED
from earwitness.methods.style import claims
from earwitness.methods.wsac.decoder import OnnxDecoder
from earwitness.methods.wsac.method import Wsac
from earwitness.methods.wsac.support import says_twice


def crying() -> np.ndarray:
    """A baby's crying, with so little speech in it that it tells nothing."""
    tags = np.full(DIM, 1e-4, np.float32)
    for name, p in (("Baby cry, infant cry", 0.5), ("Crying, sobbing", 0.4), ("Speech", 0.03)):
        tags[class_names().index(name)] = p
    return TagEncoder.embed_tags(tags[None])


def rows(least: float) -> dict[str, float]:
    options = replace(EMBEDDED, support_least=least)
    encoder = TagEncoder()
    decoder = OnnxDecoder(asset("decoder"))
    method = Wsac(encoder, decoder, options, background=TagEncoder().background(), explain=True)
    return {row["text"]: row["support"] for row in method.write(crying()[None])[0].trace[0]["candidates"]}


def plainly(match: float, background: Background, part: np.ndarray, other: np.ndarray) -> float:
    """A part's match given another part, one background sound at a time."""
    weights = [max(float(other @ sound), 0.0) ** 2 for sound in background.sounds]
    usual = [float(part @ sound) for sound in background.sounds]
    mean = sum(w * u for w, u in zip(weights, usual, strict=True)) / sum(weights)
    variance = sum(w * (u - mean) ** 2 for w, u in zip(weights, usual, strict=True)) / sum(weights)
    return (match - mean) / (variance**0.5 + STEADY)


@pytest.mark.parametrize("least", [0.0, 0.3, 2.0])
def test_support_is_what_the_worst_part_lacks(least: float) -> None:
    encoder, background, heard = TagEncoder(), TagEncoder().background(), crying()
    for text, support in rows(least).items():
        parts = [encoder.embed_text([p])[0] for p in claims(text.lower())]
        alone = [float(background.standardised(heard, p[None])[0]) for p in parts]
        beside = [
            plainly(float(heard @ part), background, part, other)
            for i, part in enumerate(parts)
            for j, other in enumerate(parts)
            if alone[j] > alone[i]
        ]
        assert support == pytest.approx(min(0.0, min(alone + beside) - least), abs=2e-4)


def test_what_a_better_part_explains_speaks_for_no_other() -> None:
    tags = np.full(DIM, 1e-4, np.float32)
    for name, p in (
        ("Animal", 0.14),
        ("Fowl", 0.13),
        ("Livestock, farm animals, working animals", 0.13),
        ("Chicken, rooster", 0.12),
        ("Crowing, cock-a-doodle-doo", 0.12),
        ("Bird", 0.02),
    ):
        tags[class_names().index(name)] = p
    heard = TagEncoder.embed_tags(tags[None])
    parts = TagEncoder().embed_text(["a rooster crowing", "birds chirping"])
    alone, beside = (
        TagEncoder().background().standardised(heard, parts),
        TagEncoder().background().given(heard, parts),
    )
    assert alone[0] > alone[1] > EMBEDDED.support_least > beside[0, 1]
    assert beside[1, 0] > alone[1]  # and a bird that is heard leaves the crow to be said


def test_speech_that_is_hardly_heard_counts_against_a_sentence() -> None:
    """Which of the sentences is said is the search's affair, too: its decoder may have no other to offer."""
    supports = rows(EMBEDDED.support_least)
    spoken = [support for text, support in supports.items() if SPEECH_WORDS.search(text)]
    cried = [support for text, support in supports.items() if not SPEECH_WORDS.search(text)]
    assert spoken and cried
    assert max(spoken) < -1 < max(cried)


def test_the_same_sound_in_other_words_is_said_once() -> None:
    encoder = TagEncoder()

    def twice(sentence: str) -> bool:
        said = claims(sentence.lower())
        return says_twice(sentence, said, dict(zip(said, encoder.embed_text(said), strict=True)))

    assert twice("An explosion occurs and then an explosion happens")
    assert not twice("A clock ticks and tocks")  # one part: what a clock does is told in two words
    assert not twice("Rain falls and thunder roars")
