"""Keywords put into words: the texts that ZerAuCap asks with, and the answer got out of them."""

from __future__ import annotations

from collections.abc import Sequence

from earwitness.methods.examples import EXAMPLES

TASK = "Write one short sentence that says what is heard."
CHATML = "<|im_start|>{role}\n{content}<|im_end|>\n"


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


def chat_messages(keywords: Sequence[str]) -> list[dict[str, str]]:
    """The task, the examples and these keywords as turns of a talk.

    >>> chat_messages(["wind"])[-1]
    {'role': 'user', 'content': 'Sounds: wind'}
    """
    turns = [{"role": "system", "content": TASK}]
    for some, text in EXAMPLES:
        turns += [
            {"role": "user", "content": f"Sounds: {', '.join(some)}"},
            {"role": "assistant", "content": text},
        ]
    return [*turns, {"role": "user", "content": f"Sounds: {', '.join(keywords)}"}]


def after_prompt(prompt: str, text: str) -> str:
    """What follows a prompt the last time it is said, spaces made single: a language model may say it again.

    >>> after_prompt("This is a sound of ", " rain. This is a sound of  wind.")
    'wind.'
    """
    joined = " ".join(f"{prompt}{text}".split())
    if prompt.strip() and prompt in joined:
        return joined.split(prompt)[-1].strip()
    return joined[len(" ".join(prompt.split())) :].strip()
