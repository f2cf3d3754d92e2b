"""Audibility guidance's strings as published: prompt and words joined as they are, special tokens written out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from earwitness.methods.audibility.beams import Beam
from earwitness.methods.audibility.method import AudibilityGuidance
from earwitness.methods.audibility.options import PROGRAM, PUBLISHED

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
from tests.reference import audibility_tiny as tiny
from tests.reference import published_strings as published

MARKS = ("Ġ", "!", ",", "?", "'", "0", "7", "<|endoftext|>")
SMALL = replace(PUBLISHED, tokens=6, iterations=2, candidates=24, forbidden_factor=1.5)


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp
    language = tiny.language_model("GPT2", folder("model"))
    published.likelier(language._model, language.tokenizer, MARKS)
    return language, tiny.encoder("clap", folder("encoder"))


def test_captions_are_the_published_program_s(parts: tuple[Any, Any]) -> None:
    language, encoder = parts
    classifier, sounds = tiny.HashClassifier(), tiny.sounds(5, encoder.dim, seed=4)
    method = AudibilityGuidance(encoder, language, classifier, SMALL)
    found = [w.sentences[0].text for w in method.write(sounds)]

    def embed(texts: list[str]) -> np.ndarray:
        return np.asarray(encoder.embed_text(texts))

    prompt = method._words.prompt
    twin = published.Audibility(
        language._model, language.tokenizer, prompt, embed, classifier.audibility, SMALL
    )
    assert found == [twin.given_back(sound, SMALL.prompt) for sound in sounds]
    assert all(text.startswith("Audio of a") for text in found)
    lisa = Beam(row=0, tokens=tuple(language.encode("Lisa")))
    assert method._given_back("Lisa", lisa) == "Audio of aLisa"
    plainer = replace(SMALL, legacy_tidy=False, legacy_text=False)
    others = AudibilityGuidance(encoder, language, classifier, plainer).write(sounds)
    assert found != [w.sentences[0].text for w in others]


def test_the_published_settings_turn_on_all_that_its_program_does() -> None:
    for options in (PUBLISHED, PROGRAM):
        assert all(getattr(options, name) is True for name in vars(options) if name.startswith("legacy_"))
