"""Which captions stand before one about a sound, and which words it may be written with."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from earwitness.encoders.tags.encoder import TagEncoder
from earwitness.methods.prompting.caption_words import caption_tokens, of_words
from earwitness.methods.prompting.examples import (
    BEFORE_MORE,
    BY_TENSE,
    EXAMPLES,
    Example,
    bare_name,
    examples_prompt,
)
from earwitness.methods.prompting.lists import audioset_entries, audioset_names
from earwitness.methods.prompting.near_examples import NearExamples, class_examples
from earwitness.methods.prompting.spoken import SPOKEN
from earwitness.methods.slips import known_words, slips
from earwitness.methods.style import repeats_itself

DATA = Path(__file__).resolve().parents[3] / "data" / "class-captions" / "captions.tsv"


def test_every_caption_written_for_a_class_can_be_an_example() -> None:
    with DATA.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file, delimiter="\t") if row["class"] != "Silence"]
    shown = {text.lower() for _, (_, text) in class_examples()}
    assert len({r["caption"].rstrip(".").lower() for r in rows} - shown) <= len(rows) // 100  # marks differ
    assert all(keywords and text for _, (keywords, text) in class_examples())
    assert {name for name, _ in class_examples()} <= set(audioset_names())


@pytest.fixture(scope="module")
def near() -> NearExamples:
    encoder = TagEncoder()
    return NearExamples(encoder, encoder.background())


@pytest.mark.parametrize("said", ["a rooster crows", "rain falls and thunder roars", "a violin is played"])
def test_captions_are_found_by_what_is_heard_one_of_a_class_the_best_last(
    near: NearExamples, said: str
) -> None:
    encoder = TagEncoder()
    vector = encoder.embed_text([said])[0]
    some = near.found(vector, 3)
    of = {example: name for name, example in class_examples()}
    assert len({of[e] for e in some}) == 3
    worth = encoder.embed_text([text for _, text in some]) @ vector
    everything = encoder.embed_text([text for _, (_, text) in class_examples()]) @ vector
    assert worth.min() > np.quantile(everything, 0.97)
    assert near.found(vector, 1) == some[-1:]  # whatever else is asked for


def test_without_a_background_the_cosine_decides() -> None:
    encoder = TagEncoder()
    vector = encoder.embed_text(["a rooster crows"])[0]
    (found,) = NearExamples(encoder).found(vector, 1)
    texts = [text for _, (_, text) in class_examples()]
    assert found[1] == texts[int(np.argmax(encoder.embed_text(texts) @ vector))]


def test_a_prompt_shows_the_fixed_examples_and_before_others_half_of_them() -> None:
    more = [(("rain", "wind"), "Rain falls")]
    text = examples_prompt(["drizzle"], ".", more)
    assert text.endswith("Sounds: rain, wind\nCaption: Rain falls.\n\nSounds: drizzle\nCaption:")
    assert text.count("Sounds:") == BEFORE_MORE + 2
    assert examples_prompt(["drizzle"]).count("Sounds:") == len(EXAMPLES) + 1


@pytest.mark.parametrize("examples", BY_TENSE.values(), ids=BY_TENSE)
def test_examples_are_sound_sentences_of_captions_words_about_their_keywords(
    examples: tuple[Example, ...],
) -> None:
    assert not [text for _, text in examples if slips(text) or repeats_itself(text)]
    assert len({text for _, text in examples}) == len(examples) and 0 < BEFORE_MORE < len(examples)
    assert {word.strip(",").lower() for _, text in examples for word in text.split()} <= known_words()
    names = {bare_name(name).lower() for name in audioset_entries()} | set(SPOKEN.values())
    assert {word for some, _ in examples for word in some} <= names


class Letters:
    """A language model whose tokens are letters."""

    end_tokens = frozenset([0])
    narrowed_to: list[int] | None = None

    def encode(self, text: str) -> list[int]:
        return [ord(c) for c in text]

    def narrowed(self, tokens: list[int]) -> Letters:
        other = Letters()
        other.narrowed_to = tokens
        return other


def test_captions_words_are_what_may_be_written() -> None:
    tokens = caption_tokens(Letters())  # type: ignore[arg-type]
    assert tokens == sorted(set(tokens)) and 0 in tokens
    assert set(map(ord, "abcxyzABC .,\n'")) <= set(tokens)
    assert not set(map(ord, "é0:(你")) & set(tokens)
    model = Letters()
    assert of_words(model, "any") is model  # type: ignore[comparison-overlap, arg-type]
    assert of_words(model, "captions").narrowed_to == tokens  # type: ignore[attr-defined, arg-type]
