"""From a decoder's tokens to words, by the ``tokenizer.json`` that lies beside it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from earwitness.common.errors import AssetError, MissingExtraError

# BERT's tokens are put together with these spaces taken out, each token for itself.
CLEANED = (
    (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"),
    (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
)  # fmt: skip


class Detokenizer:
    """Tokens to words.

    The two kinds that ``earwitness train`` makes are read here; any other needs the library ``tokenizers``,
    which comes with the extra that models of other kinds need anyway.

    Parameters
    ----------
    path : Path
        ``tokenizer.json``.

    Raises
    ------
    AssetError
        It is no such file.
    MissingExtraError
        It is of another kind, and the library is not installed.
    """

    def __init__(self, path: Path) -> None:
        try:
            row = json.loads(path.read_text(encoding="utf-8"))
            decoder: dict[str, Any] = row["decoder"] or {}
            words = {int(number): word for word, number in _vocabulary(row["model"])}
            marks = {int(a["id"]) for a in row["added_tokens"] if a["special"]}
            words |= {int(a["id"]): a["content"] for a in row["added_tokens"]}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise AssetError(f"{path} is no tokenizer ({error!r}).") from error
        self._words, self._marks = words, marks
        self._joined = _joiner(decoder)
        self._library = None if self._joined is not None else _library(path)

    def text(self, tokens: Sequence[int], *, special: bool = False) -> str:
        """A sentence; marks such as the end mark are written out if they are to be."""
        if self._library is not None:
            return str(self._library.decode(list(tokens), skip_special_tokens=not special)).strip()
        assert self._joined is not None
        known = [t for t in tokens if t in self._words and (special or t not in self._marks)]
        return self._joined([self._words[t] for t in known]).strip()


def _vocabulary(model: dict[str, Any]) -> list[tuple[str, int]]:
    vocabulary = model["vocab"]
    if isinstance(vocabulary, dict):
        return list(vocabulary.items())
    return [(entry[0], number) for number, entry in enumerate(vocabulary)]


def _joiner(decoder: dict[str, Any]) -> Callable[[list[str]], str] | None:
    """How words are put together; None for a kind that is not known here."""
    if decoder.get("type") == "Metaspace" and decoder.get("prepend_scheme") == "always":
        space = str(decoder["replacement"])

        def spaced(words: list[str]) -> str:
            first, rest = words[:1], words[1:]
            return "".join([*(w.replace(space, "") for w in first), *(w.replace(space, " ") for w in rest)])

        return spaced
    if decoder.get("type") == "WordPiece":
        prefix, clean = str(decoder["prefix"]), bool(decoder.get("cleanup", True))

        def pieced(words: list[str]) -> str:
            parts = words[:1] + [
                w.removeprefix(prefix) if w.startswith(prefix) else f" {w}" for w in words[1:]
            ]
            return "".join(map(_cleaned, parts) if clean else parts)

        return pieced
    return None


def _cleaned(word: str) -> str:
    for found, put in CLEANED:
        word = word.replace(found, put)
    return word


def _library(path: Path) -> Any:
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise MissingExtraError(
            f"{path} needs tokenizers, which is not installed; run: pip install 'earwitness[torch]'"
        ) from error
    return Tokenizer.from_file(str(path))
