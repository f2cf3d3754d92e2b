"""Between tokens and the texts that are judged: what stands before a caption, and what each token adds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from earwitness.common.errors import OptionError
from earwitness.methods.style import tidied

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
    special : bool
        Special tokens are written out in texts, but for the one that the prompt begins with: as published.
    tidy : bool
        Texts lose spaces before marks, as the tokenizers of the time took them.

    Raises
    ------
    OptionError
        There is no such token, or prompt and marker have fewer than two tokens together.

    Attributes
    ----------
    prompt : list of int
        The tokens before a caption.
    """

    def __init__(
        self,
        model: LanguageModel,
        prompt: str,
        start: str,
        *,
        shown: bool = True,
        special: bool = False,
        tidy: bool = False,
    ) -> None:
        self._model, self._shown, self._special, self._tidy = model, shown, special, tidy
        self.prompt = [*_marker(model, prompt, start), *model.encode(prompt)]
        if len(self.prompt) < 2:
            raise OptionError(
                f"the prompt {prompt!r} has fewer than two tokens, and it is the cache before the last one"
                " that is moved; write a longer one."
            )
        self._beginning = self._decoded(self.prompt)
        self._pieces: dict[int, str] = {}

    def text(self, tokens: Sequence[int]) -> str:
        """What is matched with a sound: prompt and caption, or the caption alone where no prompt is shown."""
        if not self._shown:
            return self._decoded(tokens).lstrip()
        text = self._decoded([*self.prompt, *tokens])
        return text.replace(self._model.tokenizer.bos_token or "\0", "") if self._special else text

    def caption(self, tokens: Sequence[int]) -> str:
        """The caption alone, without spaces around it."""
        return self.raw(tokens).strip()

    def raw(self, tokens: Sequence[int]) -> str:
        """The caption alone, as the tokenizer makes it: most often with a space before it."""
        return self._decoded(tokens)

    def pieces(self, tokens: Sequence[int]) -> list[str]:
        """What each token by itself adds to a text: a word with its space, most often."""
        for token in tokens:
            if token not in self._pieces:
                self._pieces[token] = self._piece(token)
        return [self._pieces[token] for token in tokens]

    def _piece(self, token: int) -> str:
        if self._tidy:
            return self._decoded([token])  # as published: a mark is tidied alone, whatever stands before it
        # after the prompt, not alone: some tokenizers drop the first space of a text
        return self._decoded([*self.prompt, token]).removeprefix(self._beginning)

    def _decoded(self, tokens: Sequence[int]) -> str:
        if self._special:
            text: str = self._model.tokenizer.decode(list(tokens), clean_up_tokenization_spaces=False)
        else:
            text = self._model.decode(list(tokens))
        return tidied(text) if self._tidy else text


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
