"""Keywords put into words: the texts that ZerAuCap asks with, and the answer got out of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from earwitness.methods.prompting.examples import BEFORE_MORE, BY_TENSE, Tense

TASK = "Write one short sentence that says what is heard."
CHATML = "<|im_start|>{role}\n{content}<|im_end|>\n"
JOINED_END = re.compile(r"[)\]\"'][.!?](?=\s)")


def paper_prompt(keywords: Sequence[str], keyword_prompt: str, sentence_prompt: str) -> str:
    """The published prompt: only the last keyword has an article, and a single one follows a comma.

    >>> paper_prompt(["Bark", "Dog"], "Objects: ", "This is a sound of ")
    'Objects: Bark, and a Dog. This is a sound of '
    >>> paper_prompt(["Owl"], "Objects: ", "This is a sound of ")
    'Objects: , and an Owl. This is a sound of '
    >>> paper_prompt([], "Objects: ", "This is a sound of ")
    'This is a sound of '
    """
    if not keywords:
        return sentence_prompt
    last = keywords[-1]
    article = "an" if last[0] in "aeiouAEIOU" else "a"
    return f"{keyword_prompt}{', '.join(keywords[:-1])}, and {article} {last}. {sentence_prompt}"


def chat_messages(keywords: Sequence[str], tense: Tense = "simple") -> list[dict[str, str]]:
    """The task, half of the examples and these keywords as turns of a talk: each turn has marks of its own.

    >>> chat_messages(["wind"])[-1]
    {'role': 'user', 'content': 'Sounds: wind'}
    """
    turns = [{"role": "system", "content": TASK}]
    for some, text in BY_TENSE[tense][:BEFORE_MORE]:
        turns += [
            {"role": "user", "content": f"Sounds: {', '.join(some)}"},
            {"role": "assistant", "content": text},
        ]
    return [*turns, {"role": "user", "content": f"Sounds: {', '.join(keywords)}"}]


def after_prompt(prompt: str, text: str) -> str:
    """What follows a prompt up to where the language model says it again, spaces made single.

    The published program takes what follows it the last time, which the limit of tokens most often cuts off.

    >>> after_prompt("This is a sound of ", " rain. This is a sound of  wind. This is a sound of a")
    'rain.'
    >>> after_prompt("", " rain. ")
    'rain.'
    """
    said, again = " ".join(text.split()), " ".join(prompt.split())
    return said.split(again)[0].strip() if again else said


def first_sentence(text: str) -> str:
    """A text up to where its first sentence ends, also where that is no token of its own: after a bracket.

    The three marks that end a sentence as published are tokens; that ").", too, can be one was forgotten.

    >>> first_sentence("a wind noise (microphone). Sound: wind.")
    'a wind noise (microphone).'
    """
    found = JOINED_END.search(text)
    return text[: found.end()] if found else text
