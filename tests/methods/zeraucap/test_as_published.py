"""ZerAuCap's strings as published: tidied by the tokenizers of the time, the prompt where nothing follows it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from earwitness.encoders.registry import load_encoder
from earwitness.methods.prompting.lists import audioset_entries, keyword_list
from earwitness.methods.zeraucap.method import ZerAuCap
from earwitness.methods.zeraucap.options import PUBLISHED
from earwitness.methods.zeraucap.prompts import paper_prompt

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
from earwitness.language import load_language_model
from tests.reference import published_strings as published
from tests.reference import zeraucap as plain
from tests.reference import zeraucap_tiny as tiny

NAMES = ("Rain", "a dog", "Engine", "Owl")
MARKS = ("Ġ", "!", ",", "?", "'", ".", "<|endoftext|>")


@pytest.fixture(scope="module", params=["GPT2", "OPT"])
def parts(request: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    torch.set_num_threads(1)
    folder = tmp_path_factory.mktemp
    language = load_language_model(tiny.language_folder(folder("model"), request.param))
    published.likelier(language._model, language.tokenizer, MARKS)
    return language, load_encoder(f"clap:{tiny.clap_folder(folder('clap'))}")


def expected(language: Any, encoder: Any, sound: np.ndarray, o: Any) -> str:
    def embed(texts: list[str]) -> Any:
        return plain.embed(encoder._model, encoder._tokenizer, texts, 60)

    cosines = embed(list(NAMES)).numpy() @ sound
    names = [NAMES[i] for i in np.argsort(-cosines, kind="stable")[: o.l]]
    prompt = language.tokenizer.encode(paper_prompt(names, o.keyword_prompt, o.sentence_prompt))
    tokenizer = published.TidyTokenizer(language.tokenizer)
    settings = plain.Settings(
        o.k, o.beta, o.tau, o.alpha, o.gamma, len(prompt) + 9, o.text_tokens, legacy=True
    )
    written = plain.write(language._model, tokenizer, embed, torch.from_numpy(sound), prompt, settings)
    return published.zeraucap_text(language.tokenizer, prompt, written, o.sentence_prompt)


def test_captions_are_the_published_program_s(parts: tuple[Any, Any]) -> None:
    language, encoder = parts
    sounds = tiny.sounds(5, encoder.dim, seed=2)
    options = replace(PUBLISHED, k=12, new_tokens=9)
    method = ZerAuCap(encoder, language, options, keyword_list=NAMES)
    found = [w.sentences[0].text for w in method.write(sounds)]
    assert found == [expected(language, encoder, sound, options) for sound in sounds]
    plainer = replace(options, legacy_tidy=False, legacy_text=False)
    others = ZerAuCap(encoder, language, plainer, keyword_list=NAMES).write(sounds)
    if language._model.config.model_type == "gpt2":
        assert found != [w.sentences[0].text for w in others]  # or nothing was there to tidy


def test_names_that_audioset_repeats_are_there_again() -> None:
    assert keyword_list("audioset", repeats=True) == audioset_entries()
    assert len(keyword_list("audioset", repeats=True)) == 614


def test_the_published_settings_turn_on_all_that_its_program_does() -> None:
    assert all(getattr(PUBLISHED, name) is True for name in vars(PUBLISHED) if name.startswith("legacy_"))
