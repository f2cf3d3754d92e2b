"""What stands before a caption: the published words, or captions of other sounds and this one's keywords."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earwitness.language.rows import shared_beginning
from earwitness.methods.audibility.words import GuidedWords
from earwitness.methods.prompting.asking import Beginning, Prompt, unlike_prompts
from earwitness.methods.prompting.examples import bare_names, examples_prompt

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
        text = options.prompt if paper else self._text(Prompt(("wind",) if options.l else ()))
        legacy = {"special": options.legacy_text, "tidy": options.legacy_tidy}
        self.words = GuidedWords(model, text, options.start, shown=paper, **legacy)
        self.unread = options.prompt if paper and not options.judge_prompt else ""

    def common(self, beginning: Beginning) -> list[int]:
        """The tokens that all prompts with this beginning share."""
        if not self._options.l:
            return []
        return shared_beginning(*map(self.tokens, unlike_prompts(beginning)))

    def tokens(self, prompt: Prompt) -> list[int]:
        """The prompt as tokens."""
        if self._options.form == "paper":
            return self.words.prompt
        return GuidedWords(self._model, self._text(prompt), self._options.start).prompt

    def _text(self, prompt: Prompt) -> str:
        return examples_prompt(bare_names(prompt.keywords, lower=True), ".", prompt.more, prompt.tense)
