"""A trained text-only decoder, ready to write: what beam search needs of it, and the onnx form of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from earwitness.common.arrays import Floats
from earwitness.common.errors import AssetError
from earwitness.methods.wsac.detokenizing import Detokenizer

Ints = npt.NDArray[np.int64]

FORMAT = "earwitness-decoder-1"
CONFIG = "config.json"


class Decoder(Protocol):
    """What a search asks of a decoder; the state between steps is the decoder's own affair."""

    dim: int
    end: int
    banned: tuple[int, ...]
    """Tokens that are no words: padding, unknown."""
    max_tokens: int
    """As many as it has positions for."""

    def begin(self, vectors: Floats) -> tuple[Floats, Any]:
        """(n, dim) or (n, views, dim) -> logits of the first token (n, vocab), the state after the prefix."""
        ...

    def advance(self, tokens: Ints, state: Any) -> tuple[Floats, Any]:
        """One token a row (n,) -> logits of the next (n, vocab) and the new state."""
        ...

    def select(self, state: Any, rows: Ints) -> Any:
        """The state of the given rows, in their order; a row may be taken more than once."""
        ...

    def text(self, tokens: list[int], *, special: bool = False) -> str:
        """Tokens without the end mark -> a sentence, marks among them written out if they are to be."""
        ...


@dataclass(frozen=True)
class DecoderCard:
    """What ``config.json`` of an exported decoder says."""

    encoder: str
    dim: int
    end: int
    banned: tuple[int, ...]
    max_tokens: int
    layers: int
    heads: int
    width: int
    # the vectors of one sound that it reads, in their order: one, as WSAC's, unless the export says otherwise
    views: tuple[str, ...] = ("whole",)

    @classmethod
    def read(cls, folder: Path) -> DecoderCard:
        """Read and check ``config.json``; AssetError for anything that is not such a folder."""
        row = read_config(folder)
        try:
            fields = {name: row[name] for name in cls.__dataclass_fields__ if name != "views"}
        except KeyError as error:
            raise AssetError(
                f"{folder / CONFIG}: the entry {error} is missing; export the decoder again."
            ) from error
        views = tuple(row.get("views", ("whole",)))
        return cls(**{**fields, "banned": tuple(fields["banned"]), "views": views})


def read_config(folder: Path) -> dict[str, Any]:
    """The entries of an exported decoder's ``config.json``; AssetError where the folder is none."""
    path = folder / CONFIG
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AssetError(f"{folder} is no exported decoder: {CONFIG} cannot be read ({error}).") from error
    found = row.get("format") if isinstance(row, dict) else None
    if found != FORMAT:
        raise AssetError(f"{path}: expected the format {FORMAT!r}, found {found!r}.")
    return dict(row)


class OnnxDecoder:
    """An exported decoder: a folder with config.json, tokenizer.json, prefix.onnx and step.onnx.

    ``prefix.onnx`` maps an embedding to prefix vectors; ``step.onnx`` advances by any number of them or by
    one token, going on from the keys and values of earlier positions, which it takes and gives a tensor each,
    (n, heads, positions, size), or, as folders of before have it, in one, (layers, 2, n, heads, positions,
    size).
    """

    def __init__(self, folder: str | Path) -> None:
        from earwitness.encoders.runtime import session

        self.folder = Path(folder)
        self.card = DecoderCard.read(self.folder)
        self.encoder, self.dim = self.card.encoder, self.card.dim
        self.end, self.banned, self.max_tokens = self.card.end, self.card.banned, self.card.max_tokens
        for name in ("prefix.onnx", "step.onnx", "tokenizer.json"):
            if not (self.folder / name).is_file():
                raise AssetError(f"{self.folder} is no exported decoder: {name} is missing.")
        self._prefix = session(self.folder / "prefix.onnx")
        self._step = session(self.folder / "step.onnx")
        self._past = [one.name for one in self._step.get_inputs()][2:]
        self._rows = 2 if self._past == ["past"] else 0  # the axis of a tensor on which the rows lie
        self._words: Detokenizer | None = None

    @property
    def views(self) -> tuple[str, ...]:
        """The vectors of one sound that it reads, in their order."""
        return self.card.views

    def begin(self, vectors: Floats) -> tuple[Floats, list[Floats]]:
        """See ``Decoder.begin``; the state is what ``step.onnx`` takes after prefix and tokens."""
        card, n = self.card, len(vectors)
        if vectors.ndim == 3 and len(card.views) == 1:
            vectors = vectors[:, 0]
        elif vectors.ndim == 2 and len(card.views) > 1:
            # one vector is a sound that is alike from beginning to end
            vectors = np.repeat(vectors[:, None], len(card.views), 1)
        prefix = self._prefix.run(None, {"vectors": vectors.astype(np.float32)})[0]
        shape = (card.layers, 2, n, card.heads, 0, card.width // card.heads)[2 - self._rows :]
        nothing = [np.zeros(shape, np.float32) for _ in self._past]
        return self._run(prefix, np.zeros((n, 0), np.int64), nothing)

    def advance(self, tokens: Ints, state: list[Floats]) -> tuple[Floats, list[Floats]]:
        """See ``Decoder.advance``."""
        nothing = np.zeros((len(tokens), 0, self.card.width), np.float32)
        return self._run(nothing, tokens[:, None], state)

    def select(self, state: list[Floats], rows: Ints) -> list[Floats]:
        """See ``Decoder.select``."""
        n = state[0].shape[self._rows]
        if len(rows) == n and np.array_equal(rows, np.arange(n)):
            return state  # every beam goes on, in its place
        return [part.take(rows, self._rows) for part in state]

    def text(self, tokens: list[int], *, special: bool = False) -> str:
        """See ``Decoder.text``."""
        if self._words is None:
            self._words = Detokenizer(self.folder / "tokenizer.json")
        return self._words.text(tokens, special=special)

    def _run(self, prefix: Floats, tokens: Ints, state: list[Floats]) -> tuple[Floats, list[Floats]]:
        past = dict(zip(self._past, state, strict=True))
        logits, *cache = self._step.run(None, {"prefix": prefix, "tokens": tokens, **past})
        return logits, cache
