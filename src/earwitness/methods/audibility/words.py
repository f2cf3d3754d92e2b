"""Between tokens and the texts that are judged: what stands before a caption, and what each token adds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from earwitness.common.errors import OptionError

if TYPE_CHECKING:
    from earwitness.language import LanguageModel

DOCUMENT_MARK = "<|endoftext|>"


class GuidedWords:
    """The words around one prompt.

    Parameters
    ----------
    model : LanguageModel
    prompt : str
    start : str
        A special token read before the prompt. ``auto`` is what the tokenizer puts there by itself, or else
        ``<|endoftext|>`` where the vocabulary has it, for that is what GPT-2 and its like saw between two
        documents (a chat model's own marker begins a speaker's name), or else the model's own beginning.
        ``none`` is nothing.
    shown : bool
        Whether the prompt belongs to the texts that are matched and judged.

    Raises
    ------
    OptionError
        There is no such token, or prompt and marker have fewer than two tokens together.

    Attributes
    ----------
    prompt : list of int
        The tokens before a caption.
    """

    def __init__(self, model: LanguageModel, prompt: str, start: str, *, shown: bool = True) -> None:
        self._model, self._shown = model, shown
        self.prompt = [*_marker(model, prompt, start), *model.encode(prompt)]
        if len(self.prompt) < 2:
            raise OptionError(
                f"the prompt {prompt!r} has fewer than two tokens, and it is the cache before the last one"
                " that is moved; write a longer one."
            )
        self._beginning = model.decode(self.prompt)
        self._pieces: dict[int, str] = {}

    def text(self, tokens: Sequence[int]) -> str:
        """What is matched with a sound: prompt and caption, or the caption alone where no prompt is shown."""
        if not self._shown:
            return self._model.decode(list(tokens)).lstrip()
        return self._model.decode([*self.prompt, *tokens])

    def caption(self, tokens: Sequence[int]) -> str:
        """The caption alone, without spaces around it."""
        return self._model.decode(list(tokens)).strip()

    def pieces(self, tokens: Sequence[int]) -> list[str]:
        """What each token by itself adds to a text: a word with its space, most often."""
        for token in tokens:
            if token not in self._pieces:
                # after the prompt, not alone: some tokenizers drop the first space of a text
                whole = self._model.decode([*self.prompt, token])
                self._pieces[token] = whole.removeprefix(self._beginning)
        return [self._pieces[token] for token in tokens]


def _marker(model: LanguageModel, prompt: str, start: str) -> list[int]:
    bare = model.encode(prompt)
    if start == "auto":
        whole = model.encode(prompt, special=True)
        if len(whole) > len(bare):
            return whole[: len(whole) - len(bare)]
    known = model.tokenizer.get_vocab()
    if start == "auto":
        start = DOCUMENT_MARK if DOCUMENT_MARK in known else (model.tokenizer.bos_token or "none")
    if start == "none":
        return []
    if start not in known:
        raise OptionError(f"the language model {model.name} has no token {start!r} to start with.")
    return [int(known[start])]
