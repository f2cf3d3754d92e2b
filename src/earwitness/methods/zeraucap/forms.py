"""How the language model is asked: as published, after examples, or as turns of a talk.

A form says four things: what the model reads first, how much room is left after it, what ends a sentence, and
how the caption is got out of what was written. Whoever wants another form writes a fifth class.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Protocol

from earwitness.common.errors import OptionError
from earwitness.language.rows import shared_beginning
from earwitness.methods.prompting.asking import Beginning, Prompt, unlike_prompts
from earwitness.methods.prompting.examples import bare_names, examples_prompt
from earwitness.methods.zeraucap.prompts import (
    CHATML,
    after_prompt,
    chat_messages,
    first_sentence,
    paper_prompt,
)

if TYPE_CHECKING:
    from earwitness.language.model import LanguageModel
    from earwitness.methods.zeraucap.options import ZerAuCapOptions


class PromptForm(Protocol):
    """What a way of asking decides."""

    def tokens(self, model: LanguageModel, prompt: Prompt, options: ZerAuCapOptions) -> list[int]:
        """What the model reads, with the special tokens it begins a text with."""
        ...

    def common(self, model: LanguageModel, options: ZerAuCapOptions, beginning: Beginning) -> list[int]:
        """What all prompts with this beginning share, so that it is read once; empty where nothing is."""
        ...

    def counted(self, prompt: Sequence[int]) -> int:
        """How many of the prompt's tokens ``max_tokens`` counts."""
        ...

    def matched(self, text: str, options: ZerAuCapOptions) -> str:
        """What of the sentence so far is matched with the sound."""
        ...

    def ends(self, token: int, text: str, breaks: Collection[int], special: Collection[int]) -> bool:
        """Whether a token, after which the sentence reads ``text``, is scored as an end."""
        ...

    def broken(self, text: str) -> bool:
        """Whether a sentence that reads so is over, whatever its last token."""
        ...

    def caption(self, text: str, options: ZerAuCapOptions) -> str:
        """The caption in what was written up to the end."""
        ...


class PaperForm:
    """The published prompt: ``Objects: Bark, and a Dog. This is a sound of``."""

    def tokens(self, model: LanguageModel, prompt: Prompt, options: ZerAuCapOptions) -> list[int]:
        """See ``PromptForm``; OptionError where the prompt is empty."""
        words = [k.lower() if options.lower else k for k in prompt.keywords]
        text = paper_prompt(words, options.keyword_prompt, options.sentence_prompt)
        # unless asked for as published, the next word brings its own space
        return _read(model, text if options.legacy_space else text.rstrip())

    def common(self, model: LanguageModel, options: ZerAuCapOptions, beginning: Beginning) -> list[int]:
        """Nothing: the keywords come first."""
        return []

    def counted(self, prompt: Sequence[int]) -> int:
        """All of it, as published."""
        return len(prompt)

    def matched(self, text: str, options: ZerAuCapOptions) -> str:
        """As published with the space that the tokenizer writes, or without it."""
        return text if options.legacy_space else text.lstrip()

    def ends(self, token: int, text: str, breaks: Collection[int], special: Collection[int]) -> bool:
        """The published program knows three marks and no other end."""
        return token in breaks

    def broken(self, text: str) -> bool:
        """Never."""
        return False

    def caption(self, text: str, options: ZerAuCapOptions) -> str:
        """What follows the prompt: its first sentence, up to where the prompt is said again."""
        return first_sentence(after_prompt(options.sentence_prompt, text))


class ExamplesForm:
    """Lines of keywords and their captions, then a line of these keywords: a caption is one line."""

    def tokens(self, model: LanguageModel, prompt: Prompt, options: ZerAuCapOptions) -> list[int]:
        """See ``PromptForm``."""
        names = bare_names(prompt.keywords, lower=options.lower)
        return _read(model, examples_prompt(names, more=prompt.more, tense=prompt.tense))

    def common(self, model: LanguageModel, options: ZerAuCapOptions, beginning: Beginning) -> list[int]:
        """The examples that all see."""
        return shared_beginning(*(self.tokens(model, p, options) for p in unlike_prompts(beginning)))

    def counted(self, prompt: Sequence[int]) -> int:
        """None of it: the examples would leave no room."""
        return 0

    def matched(self, text: str, options: ZerAuCapOptions) -> str:
        """The sentence without the space before its first word."""
        return text.lstrip()

    def ends(self, token: int, text: str, breaks: Collection[int], special: Collection[int]) -> bool:
        """A mark, a special token, or the end of the line."""
        return token in breaks or token in special or self.broken(text)

    def broken(self, text: str) -> bool:
        """Where its line ends."""
        return "\n" in text

    def caption(self, text: str, options: ZerAuCapOptions) -> str:
        """The first line."""
        return " ".join(text.strip().split("\n")[0].split())


class ChatForm(ExamplesForm):
    """The same as turns of a talk, in the model's own template or in ChatML."""

    def tokens(self, model: LanguageModel, prompt: Prompt, options: ZerAuCapOptions) -> list[int]:
        """See ``PromptForm``; the template writes its special tokens itself."""
        messages = chat_messages(bare_names(prompt.keywords, lower=options.lower), prompt.tense)
        if model.tokenizer.chat_template:
            text: str = model.tokenizer.apply_chat_template(
                messages, tokenize=False, add_generation_prompt=True
            )
            return model.encode(text)
        return model.encode("".join(CHATML.format(**m) for m in messages) + "<|im_start|>assistant\n")


FORMS: dict[str, PromptForm] = {"paper": PaperForm(), "examples": ExamplesForm(), "chat": ChatForm()}


def _read(model: LanguageModel, text: str) -> list[int]:
    tokens = model.encode(text, special=True)
    if not tokens:
        raise OptionError("the prompt is empty; give sentence_prompt or keywords.")
    return tokens


def prompt_tokens(model: LanguageModel, keywords: Sequence[str], options: ZerAuCapOptions) -> list[int]:
    """What the model reads for these keywords by the options' own form."""
    return FORMS[options.form].tokens(model, Prompt(tuple(keywords)), options)
