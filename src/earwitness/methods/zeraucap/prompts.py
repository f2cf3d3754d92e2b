"""What the language model reads before it writes: keywords, put into words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from earwitness.common.errors import OptionError
from earwitness.methods.examples import EXAMPLES, bare_names, examples_prompt, shared_beginning

if TYPE_CHECKING:
    from earwitness.language.model import LanguageModel
    from earwitness.methods.zeraucap.options import ZerAuCapOptions

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


def prompt_tokens(model: LanguageModel, keywords: Sequence[str], options: ZerAuCapOptions) -> list[int]:
    """The prompt as tokens, with the special ones the model begins a text with.

    Raises
    ------
    OptionError
        The prompt is empty.
    """
    if options.form == "paper":
        words = [k.lower() for k in keywords] if options.lower else list(keywords)
    else:
        words = bare_names(keywords, lower=options.lower)
    if options.form == "chat":
        return model.encode(_chat(model, words))  # the template writes its special tokens itself
    text = (
        examples_prompt(words)
        if options.form == "examples"
        else paper_prompt(words, options.keyword_prompt, options.sentence_prompt)
    )
    if options.form == "paper" and not options.legacy_space:
        text = text.rstrip()  # the next word brings its own space
    tokens = model.encode(text, special=True)
    if not tokens:
        raise OptionError("the prompt is empty; give sentence_prompt or keywords.")
    return tokens


def common_beginning(model: LanguageModel, options: ZerAuCapOptions) -> list[int]:
    """What the prompts of all sounds begin with, as tokens: the examples; nothing without them."""
    if options.form == "paper":
        return []
    return shared_beginning(*(prompt_tokens(model, [word], options) for word in ("wind", "bell")))


def _chat(model: LanguageModel, words: Sequence[str]) -> str:
    messages = chat_messages(words)
    if model.tokenizer.chat_template:
        text: str = model.tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
        return text
    return "".join(CHATML.format(**m) for m in messages) + "<|im_start|>assistant\n"
