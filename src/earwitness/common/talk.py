"""Talk, in classes and in words: captions speak of it more often than it is heard."""

from __future__ import annotations

import re

SPEECH = "Speech"
"""AudioSet's class of any speech."""

SPEECH_CLASSES = (SPEECH, "Child speech, kid speaking", "Conversation", "Narration, monologue")
"""AudioSet's classes of people who say words; a tagger may be sure of one and not of the first."""

SPEECH_WORDS = re.compile(r"\b(?:speak|talk|speech|convers|say|said|narrat)", re.I)
"""How words of speech begin, for weighing sentences: "a speaker" costs a sentence a little, and no more."""

TALK = re.compile(
    r"\b(?:speak(?:s|ing)?|speech|talk(?:s|ing)?|convers(?:e|es|ing|ation|ations)|says?|saying|"
    r"narrat(?:e|es|ing|or|ion)|voices?|chat(?:s|ting|ter)?|murmur(?:s|ing)?)\b",
    re.I,
)
"""Whole words that claim that someone talks, for cutting the claim out: "a speaker hums" claims none, and
"voices" do, though nobody need say a word."""
