"""What a language model has read so far: an immutable state that can be fanned out, narrowed and moved on.

Nothing here is ever changed in place. transformers' cache objects grow as they are used, so each forward pass
is given a fresh one built on the state's own tensors (``encoders/kvcache.py``); a state stays what it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from earwitness.encoders.kvcache import Past


@dataclass(frozen=True, eq=False)
class LanguageState:
    """Texts read so far, one a row.

    Parameters
    ----------
    tokens : (b, n) int64
        Rows of different lengths are padded at their beginning.
    mask : (b, n) bool
        False where a token is padding.
    logits : (b, vocabulary) float32
        Of the token after the last one.
    hidden : (b, n, width) float32
        Last-layer hidden states of all tokens; zero where a token is padding.
    past : keys and values of every layer
    """

    # what was read
    tokens: torch.Tensor
    mask: torch.Tensor
    # what the model makes of it
    logits: torch.Tensor
    hidden: torch.Tensor
    past: Past

    def __len__(self) -> int:
        """Rows: the texts read side by side."""
        return len(self.tokens)

    @property
    def length(self) -> int:
        """Tokens in each row, padding included."""
        return int(self.tokens.shape[1])

    def select(self, rows: Sequence[int] | torch.Tensor) -> LanguageState:
        """The given rows alone, in the given order; a row may be given twice."""
        import torch

        index = torch.as_tensor(rows, device=self.tokens.device)
        return LanguageState(
            self.tokens[index],
            self.mask[index],
            self.logits[index],
            self.hidden[index],
            tuple((keys[index], values[index]) for keys, values in self.past),
        )

    def padded(self, pads: Sequence[int]) -> LanguageState:
        """A state of one row as rows of the same length, the i-th moved ``pads[i]`` places to the right.

        What is moved beyond the end is forgotten, so it must be read again.
        """
        import torch
        from torch.nn.functional import pad as fill

        n = self.length
        keys_values = [
            tuple(torch.cat([fill(t, (0, 0, pad, 0))[:, :, :n] for pad in pads]) for t in pair)
            for pair in self.past
        ]
        return LanguageState(
            torch.cat([fill(self.tokens, (pad, 0))[:, :n] for pad in pads]),
            torch.cat([fill(self.mask, (pad, 0))[:, :n] for pad in pads]),
            self.logits.expand(len(pads), -1),
            torch.cat([fill(self.hidden, (0, 0, pad, 0))[:, :n] for pad in pads]),
            tuple((keys, values) for keys, values in keys_values),
        )
