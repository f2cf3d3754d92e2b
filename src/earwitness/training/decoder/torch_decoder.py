"""A decoder in training as what the search asks for: the decode loop of torch and of onnx is one."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from earwitness.common.arrays import Floats
from earwitness.training.decoder.corpus.vocabulary import Vocabulary
from earwitness.training.decoder.model import Cache, CaptionDecoder

Ints = npt.NDArray[np.int64]


class TorchDecoder:
    """``methods.decoder.Decoder`` over a torch model.

    Parameters
    ----------
    model : CaptionDecoder
        Set to evaluation while it writes.
    words : Vocabulary
    encoder : str
        Name of the encoder in whose space it was trained.
    """

    def __init__(self, model: CaptionDecoder, words: Vocabulary, encoder: str = "") -> None:
        self.model, self.words, self.encoder = model.eval(), words, encoder
        self.dim, self.max_tokens = model.config.dim, model.config.room
        self.end, self.banned = words.end, words.banned
        self.device = model.tokens.weight.device

    def begin(self, vectors: Floats) -> tuple[Floats, list[Cache]]:
        """See ``Decoder.begin``; the state is keys and values (n, heads, positions, size) a layer."""
        with torch.inference_mode():
            return self._run(self.model.prefix(torch.from_numpy(vectors).to(self.device)), None)

    def advance(self, tokens: Ints, state: list[Cache]) -> tuple[Floats, list[Cache]]:
        """See ``Decoder.advance``."""
        with torch.inference_mode():
            return self._run(self.model.tokens(torch.from_numpy(tokens).to(self.device)[:, None]), state)

    def select(self, state: list[Cache], rows: Ints) -> list[Cache]:
        """See ``Decoder.select``."""
        if len(rows) == len(state[0][0]) and (rows == np.arange(len(rows))).all():
            return state
        at = torch.from_numpy(rows).to(self.device)
        return [(k.index_select(0, at), v.index_select(0, at)) for k, v in state]

    def text(self, tokens: list[int], *, special: bool = False) -> str:
        """See ``Decoder.text``."""
        return self.words.text(tokens, special=special)

    def _run(self, inputs: Tensor, state: list[Cache] | None) -> tuple[Floats, list[Cache]]:
        hidden, state = self.model.step(inputs, state)
        return self.model.logits(hidden[:, -1]).float().cpu().numpy(), state
