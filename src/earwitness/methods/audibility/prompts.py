"""What stands before a caption: the published words, or captions of other sounds and this one's keywords."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from earwitness.language.families import shared_beginning
from earwitness.methods.audibility.words import GuidedWords
from earwitness.methods.prompting.examples import Example, bare_names, examples_prompt

if TYPE_CHECKING:
    from earwitness.language.model import LanguageModel
    from earwitness.methods.audibility.options import AudibilityOptions


class Prompts:
    """The prompts of one setting.

    Attributes
    ----------
    words : GuidedWords
        The texts that are matched and judged: with the prompt as published, without the examples.
    unread : str
        What the classifier does not read of them.
    """

    def __init__(self, model: LanguageModel, options: AudibilityOptions) -> None:
        self._model, self._options = model, options
        paper = options.form == "paper"
        text = options.prompt if paper else self._text(["wind"] if options.l else [])
        legacy = {"special": options.legacy_text, "tidy": options.legacy_tidy}
        self.words = GuidedWords(model, text, options.start, shown=paper, **legacy)
        self.unread = options.prompt if paper and not options.judge_prompt else ""

    def common(self, *, more: bool = False) -> list[int]:
        """The tokens that all prompts begin with: those of keywords alone, or those with more examples."""
        if not self._options.l:
            return []
        some = [(word, [((word,), word.capitalize())] if more else []) for word in ("wind", "bell")]
        return shared_beginning(*(self.tokens([word], shown) for word, shown in some))

    def tokens(self, keywords: Sequence[str], more: Sequence[Example] = ()) -> list[int]:
        """The prompt of a sound with these keywords, and with more examples than all have, as tokens."""
        if not keywords:
            return self.words.prompt
        text = self._text(bare_names(keywords, lower=True), more)
        return GuidedWords(self._model, text, self._options.start).prompt

    def _text(self, keywords: Sequence[str], more: Sequence[Example] = ()) -> str:
        return examples_prompt(keywords, ".", more)
