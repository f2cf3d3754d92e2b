"""Which captions stand before one about a sound, and which words it may be written with."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import pytest

from earwitness.methods.prompting.caption_words import caption_tokens, of_words
from earwitness.methods.prompting.examples import EXAMPLES, examples_prompt
from earwitness.methods.prompting.lists import audioset_entries
from earwitness.methods.prompting.near_examples import class_examples, near_examples
from earwitness.methods.style import parts

DATA = Path(__file__).resolve().parents[3] / "data" / "class-captions" / "captions.tsv"


def test_every_caption_written_for_a_class_can_be_an_example() -> None:
    with DATA.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    shown = {text.lower() for some in class_examples().values() for _, text in some}
    assert len({r["caption"].rstrip(".").lower() for r in rows} - shown) <= len(rows) // 100  # marks differ
    assert all(keywords and text for some in class_examples().values() for keywords, text in some)


def test_nearly_every_name_of_audioset_has_examples() -> None:
    names = [name.lower() for name in audioset_entries()]
    assert sum(name in class_examples() for name in names) > 0.95 * len(names)


def test_examples_are_of_the_keywords_and_each_stands_there_once() -> None:
    names = ["Rain", "Thunder", "Rain on surface", "no such sound"]
    some = near_examples(names, 2)
    assert len(some) == 6 and max(Counter(some).values()) == 1
    assert set(some[-2:]) <= set(class_examples()["rain"])  # the nearest keyword's stand last
    assert near_examples(["no such sound"], 2) == []


def test_captions_of_one_sound_come_first_and_of_these_the_ones_that_share_keywords() -> None:
    names = {"bark", "rain"}
    ((keywords, text),) = near_examples(["Bark", "Rain"], 1)[-1:]
    others = [(k, t) for k, t in class_examples()["bark"] if len(parts(t)) == 1]
    assert len(parts(text)) == 1 and others
    assert len(names & set(keywords)) == max(len(names & set(k)) for k, _ in others)


def test_a_prompt_shows_the_fixed_examples_and_then_the_others() -> None:
    more = [(("rain", "wind"), "Rain falls")]
    text = examples_prompt(["drizzle"], ".", more)
    assert text.endswith("Sounds: rain, wind\nCaption: Rain falls.\n\nSounds: drizzle\nCaption:")
    assert text.count("Sounds:") == len(EXAMPLES) + 2
    assert examples_prompt(["drizzle"]).count("Sounds:") == len(EXAMPLES) + 1


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


@pytest.mark.parametrize("each", [1, 3])
def test_examples_do_not_depend_on_what_was_asked_before(each: int) -> None:
    first = near_examples(["Rain", "Wind"], each)
    near_examples(["Wind", "Rain"], each)
    assert near_examples(["Rain", "Wind"], each) == first
