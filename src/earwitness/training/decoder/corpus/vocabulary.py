"""A tokenizer with the tokens that a decoder needs to know by name: padding, end, and perhaps a start."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earwitness.common.errors import AssetError, OptionError
from earwitness.training.decoder.corpus.learned_tokenizer import learn_tokenizer

FILE = "vocabulary.json"
LEARNED = 3000  # tokens learned unless told otherwise: every word of AudioCaps seen five times or more


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Words in, tokens out.

    ``pad`` fills batches and is never learned; ``end`` ends a sentence; ``start``, where there is one, begins
    it (the published WSAC decoder first writes BERT's [CLS]); ``banned`` tokens are never written.

    >>> words = Vocabulary(learn_tokenizer(["a dog barks"], 30), size=30)
    >>> words.encode(["a dog"], 40)[0][-1] == words.end
    True
    """

    tokenizer: Any
    size: int
    pad: int = 0
    end: int = 1
    banned: tuple[int, ...] = (0, 2)
    start: int | None = None

    def encode(self, texts: Sequence[str], longest: int, *, keep_end: bool = True) -> list[list[int]]:
        """Texts as token lists with the end mark; those too long are cut, and keep it if they are to."""
        first = [] if self.start is None else [self.start]
        room = longest - 1 - len(first)
        encoded = self.tokenizer.encode_batch(list(texts), add_special_tokens=False)
        if not keep_end:
            return [[*first, *e.ids, self.end][:longest] for e in encoded]
        return [first + e.ids[:room] + [self.end] for e in encoded]

    def text(self, tokens: Sequence[int], *, special: bool = False) -> str:
        """Tokens without the end mark -> a sentence, marks written out if they are to be."""
        return str(self.tokenizer.decode(list(tokens), skip_special_tokens=not special)).strip()

    def save(self, folder: Path) -> None:
        """Write ``tokenizer.json`` and ``vocabulary.json``."""
        self.tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
        named = {
            "size": self.size,
            "pad": self.pad,
            "end": self.end,
            "banned": self.banned,
            "start": self.start,
        }
        (folder / FILE).write_text(json.dumps(named) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> Vocabulary:
        """Read what ``save`` wrote; AssetError where it is missing or damaged."""
        from tokenizers import Tokenizer

        try:
            row = json.loads((folder / FILE).read_text(encoding="utf-8"))
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            return cls(tokenizer, row["size"], row["pad"], row["end"], tuple(row["banned"]), row["start"])
        except Exception as error:
            raise AssetError(f"{folder} holds no vocabulary of a training run ({error}).") from error


def make_vocabulary(name: str, captions: Sequence[str]) -> Vocabulary:
    """A vocabulary by name.

    Parameters
    ----------
    name : str
        ``learned`` or ``learned:SIZE``: byte pairs learned from the captions; ``wordpiece``: BERT's uncased
        words, as the published WSAC decoder has them, [CLS] and [SEP] around a sentence.
    captions : sequence of str

    Raises
    ------
    OptionError
        There is no such vocabulary.
    """
    kind, _, size = name.partition(":")
    if kind == "learned" and (not size or (size.isdigit() and int(size) >= 16)):
        tokenizer = learn_tokenizer(captions, int(size or LEARNED))
        return Vocabulary(tokenizer, tokenizer.get_vocab_size())
    if name == "wordpiece":
        return _wordpiece()
    raise OptionError(f"words are 'learned', 'learned:SIZE' (at least 16) or 'wordpiece', not {name!r}.")


def _wordpiece() -> Vocabulary:
    """BERT's words, which the embedded text encoder shares: 30522, [CLS] 101, [SEP] 102, [PAD] 0."""
    from tokenizers import Tokenizer

    from earwitness.encoders.runtime import asset

    tokenizer = Tokenizer.from_file(str(asset("minilm-tokenizer.json")))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    pad, unknown, start, end = (
        int(tokenizer.token_to_id(t) or 0) for t in ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
    )
    return Vocabulary(tokenizer, tokenizer.get_vocab_size(), pad, end, (pad, unknown), start)
