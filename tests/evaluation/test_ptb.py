"""The tokenizer against Stanford's: every caption of two datasets, and lines made to trip it."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.datasets import read_references
from earwitness.evaluation.words.lexer import tokens
from earwitness.evaluation.words.ptb import PUNCTUATION, tokenise, tokenise_all

FILES = {
    "audiocaps/train.csv": 49838,
    "audiocaps/val.csv": 2475,
    "audiocaps/test.csv": 4875,
    "clotho/train.csv": 19195,
    "clotho/val.csv": 5225,
    "clotho/test.csv": 5225,
}

# Where ours and Stanford's part, found among ten thousand made-up lines. None is a sentence anybody would
# write: words glued to a clitic, hyphens and slashes between numbers and fractions.
PARTINGS = [
    ("they'rebarking", "they rebarking"),
    ("etc.-1,000", "etc. -1,000"),
    ("10km-1/2", "10km-1 / 2"),
    ("they'reRain", "they rerain"),
]


@pytest.mark.parametrize("name", FILES)
def test_every_caption_of_a_dataset_is_cut_as_stanfords_program_cuts_it(name, shared, golden) -> None:
    captions = [c for found in read_references(shared / "data" / name).captions.values() for c in found]
    digest = hashlib.sha256("\n".join(tokenise_all(captions)).encode()).hexdigest()
    frozen = golden["tokens"]["files"][name]
    assert frozen["captions"] == len(captions) == FILES[name]
    assert digest == frozen["sha256"]


def test_made_up_lines_are_cut_as_stanfords_program_cuts_them(golden) -> None:
    lines = golden["tokens"]["lines"]
    assert len(lines) == 1176
    parted = [(text, tokenise(text), theirs) for text, theirs in lines if tokenise(text) != theirs]
    assert parted == []


@pytest.mark.java
def test_fresh_made_up_lines_are_cut_as_stanfords_program_cuts_them(stanford, tricky) -> None:
    lines = tricky.lines(3000, seed=11)
    theirs = stanford.tokenise([line for text in lines for line in (text, "zz")])[::2]
    parted = [text for text, frozen in zip(lines, theirs, strict=True) if tokenise(text) != frozen]
    assert len(parted) <= 6


@pytest.mark.java
@pytest.mark.parametrize(("text", "theirs"), PARTINGS)
def test_partings_are_still_what_they_were(text, theirs, stanford) -> None:
    assert stanford.tokenise([text]) == [theirs]
    assert tokenise(text) != theirs


def test_bracket_tokens_stay_and_other_punctuation_goes() -> None:
    assert tokenise("Rain (heavy), wind; a [loud] bang: -- ... end!") == (
        "rain -lrb- heavy -rrb- wind a -lsb- loud -rsb- bang end"
    )
    assert tokenise("Bang!! Really?!") == "bang !! really ?!"


def test_line_breaks_count_as_spaces() -> None:
    assert tokenise("rain\nfalls\r\non a\u2028roof\n") == "rain falls on a roof"


def test_nothing_comes_of_nothing() -> None:
    assert tokenise("") == tokenise("  \t ") == tokenise("...") == ""


def test_emoji_and_zero_bytes_are_dropped() -> None:
    assert tokenise("a \U0001f415 barks\x00 \u200bloudly") == "a barks loudly"


def test_a_fraction_is_one_token_with_a_no_break_space() -> None:
    assert tokenise("1 1/2 cups").split(" ") == ["1\u00a01/2", "cups"]


words = st.sampled_from(
    ["rain", "a dog's", "Mr.", "can't", "U.S.", "clip-clop", "etc.", "No.", "5", "(soft)", "-", "'a"]
)
marks = st.sampled_from(["", ",", ".", "!", ";", "'s", "..."])


@given(st.lists(st.tuples(words, marks), max_size=8))
def test_the_quick_way_gives_what_the_lexer_gives(parts) -> None:
    text = " ".join(word + mark for word, mark in parts)
    assert tokenise(text) == " ".join(token for token in tokens(text) if token not in PUNCTUATION)


@given(st.text(max_size=60))
def test_any_text_at_all_gives_lowercase_words_without_spaces(text) -> None:
    sentence = tokenise(text)
    assert sentence == sentence.lower()
    assert "\n" not in sentence and not sentence.startswith(" ") and "  " not in sentence
