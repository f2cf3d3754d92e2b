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

    from earwitness.encoders.pretrained.kvcache import Past


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

        def moved(tensor: torch.Tensor) -> torch.Tensor:
            """Places are the last but one of the dimensions."""
            return torch.cat([fill(tensor, (0, 0, pad, 0))[..., :n, :] for pad in pads])

        return LanguageState(
            moved(self.tokens[..., None])[..., 0],
            moved(self.mask[..., None])[..., 0],
            self.logits.expand(len(pads), -1),
            moved(self.hidden),
            tuple((moved(keys), moved(values)) for keys, values in self.past),
        )
