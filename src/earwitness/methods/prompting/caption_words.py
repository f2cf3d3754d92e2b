"""The tokens of words that captions use, so that a language model of many tongues writes with these alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from earwitness.methods.slips import known_words

if TYPE_CHECKING:
    from earwitness.language.model import LanguageModel

Words = Literal["any", "captions"]
CHOICES = ("any", "captions")

# What stands between words, and what ends a caption or its line.
MARKS = (".", ",", "\n", "\n\n", ".\n", ".\n\n", "-", "'s")


def of_words(model: LanguageModel, words: Words) -> LanguageModel:
    """The language model, or, for ``captions``, one that writes with the tokens of captions' words alone."""
    return model if words == "any" else model.narrowed(caption_tokens(model))


def caption_tokens(model: LanguageModel) -> list[int]:
    """The tokens of captions' words, ascending: in a sentence and at its beginning, with marks and ends.

    The pieces of a word of several tokens can be joined otherwise, too: what is written keeps to captions'
    words nearly always, not always.
    """
    tokens = set(model.end_tokens)
    for word in sorted(known_words()):
        tokens.update(model.encode(f" {word}"), model.encode(f" {word.capitalize()}"))
    for mark in MARKS:
        tokens.update(model.encode(mark), model.encode(f"a{mark}")[1:])
    return sorted(tokens)
