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
        Rows of different lengths are padded at their beginning, or after what they share.
    mask : (b, n) bool
        False where a token is padding.
    logits : (b, vocabulary) float32
        Of the token after the last one.
    hidden : (b, n, width) float32
        Last-layer hidden states of all tokens; zero where a token is padding.
    past : keys and values of every layer
    shared : keys and values of every layer, each (1, heads, n, head size)
        Of what all rows begin with, where that is kept once: ``past`` holds what follows.
    """

    # what was read
    tokens: torch.Tensor
    mask: torch.Tensor
    # what the model makes of it
    logits: torch.Tensor
    hidden: torch.Tensor
    past: Past
    shared: Past = ()

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
            self.shared,
        )

    def begins(self, rows: int) -> LanguageState:
        """So many rows that all begin with this state's one, which is kept once for all of them."""
        return LanguageState(
            self.tokens.expand(rows, -1),
            self.mask.expand(rows, -1),
            self.logits.expand(rows, -1),
            self.hidden.expand(rows, -1, -1),
            (),
            self.past,
        )

    def flat(self) -> LanguageState:
        """The same with nothing shared: every row holds all its keys and values, padding at its beginning.

        What moves the cache needs it so, and a window of attention, which counts padding as if it were read.
        """
        import torch

        if not self.shared:
            return self
        b, order = len(self), self.mask.long().argsort(dim=1, stable=True)
        own = self.past or tuple((keys[:, :, :0], values[:, :, :0]) for keys, values in self.shared)

        def moved(tensor: torch.Tensor) -> torch.Tensor:
            """Places are the last but one of the dimensions."""
            places = order.view(b, *[1] * (tensor.ndim - 3), -1, 1).expand_as(tensor)
            return tensor.gather(-2, places)

        def whole(shared: torch.Tensor, own: torch.Tensor) -> torch.Tensor:
            rows = [part.expand(b, *part.shape[1:]) for part in (shared, own)]
            return moved(torch.cat(rows, dim=-2))

        return LanguageState(
            moved(self.tokens[..., None])[..., 0],
            moved(self.mask[..., None])[..., 0],
            self.logits,
            moved(self.hidden),
            tuple((whole(s[0], o[0]), whole(s[1], o[1])) for s, o in zip(self.shared, own, strict=True)),
        )
