"""A sentence is held back by the part of it that the sound supports least."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from earwitness.encoders.runtime import asset
from earwitness.encoders.tags import DIM, TagEncoder, class_names
from earwitness.methods.decoder import OnnxDecoder
from earwitness.methods.presets import EMBEDDED
from earwitness.methods.scoring import tags_background
from earwitness.methods.style import claims
from earwitness.methods.wsac import Wsac


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
    method = Wsac(encoder, decoder, options, background=tags_background(), explain=True)
    return {row["text"]: row["support"] for row in method.write(crying()[None])[0].trace[0]["candidates"]}


@pytest.mark.parametrize("least", [0.0, 0.3, 2.0])
def test_support_is_what_the_worst_part_lacks(least: float) -> None:
    encoder, background = TagEncoder(), tags_background()
    for text, support in rows(least).items():
        match = [background.standardised(crying(), encoder.embed_text([p]))[0] for p in claims(text.lower())]
        assert support == pytest.approx(min(0.0, min(match) - least), abs=1e-5)


def test_speech_that_is_not_heard_is_not_claimed() -> None:
    encoder, decoder = TagEncoder(), OnnxDecoder(asset("decoder"))
    method = Wsac(encoder, decoder, EMBEDDED, background=tags_background())
    text = method.write(crying()[None])[0].sentences[0].text.lower()
    assert "cr" in text and not {"speaks", "speaking", "talks", "talking"} & set(text.split())
