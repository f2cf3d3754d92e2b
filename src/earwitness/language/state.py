"""What a language model has read so far: an immutable state that can be fanned out, narrowed and moved on.

Nothing here is ever changed in place. transformers' cache objects grow as they are used, so each forward pass
is given a fresh one built on the state's own tensors (``encoders/kvcache.py``); a state stays what it was.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
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
    own_hidden : (b, m, width) float32
        Last-layer hidden states of the last m tokens, all but the shared ones; zero where one is padding.
    past : keys and values of every layer, each (b, heads, m, head size)
    shared : Beginnings, optional
        What rows begin with, where that is kept once: ``past`` holds what follows.
    """

    # what was read
    tokens: torch.Tensor
    mask: torch.Tensor
    # what the model makes of it
    logits: torch.Tensor
    own_hidden: torch.Tensor
    past: Past
    shared: Beginnings | None = None

    def __len__(self) -> int:
        """Rows: the texts read side by side."""
        return len(self.tokens)

    @property
    def length(self) -> int:
        """Tokens in each row, padding included."""
        return int(self.tokens.shape[1])

    @property
    def hidden(self) -> torch.Tensor:
        """Last-layer hidden states of all tokens, (b, n, width); zero where a token is padding."""
        import torch

        if self.shared is None:
            return self.own_hidden
        return torch.cat([self.shared.spread([s.own_hidden for s in self.shared.states]), self.own_hidden], 1)

    def select(self, rows: Sequence[int] | torch.Tensor, *, past: bool = True) -> LanguageState:
        """The given rows alone, in the given order, a row also twice; without ``past`` to be read on from."""
        import torch

        index = torch.as_tensor(rows, device=self.tokens.device)

        def of(tensor: torch.Tensor) -> torch.Tensor:
            return tensor.index_select(0, index)  # several times as fast as tensor[index]

        return LanguageState(
            of(self.tokens),
            of(self.mask),
            of(self.logits),
            of(self.own_hidden),
            tuple((of(keys), of(values)) for keys, values in self.past if past),
            self.shared and self.shared.select(index.tolist()),
        )

    def alone(self, row: int) -> LanguageState:
        """One row by itself: no padding, nothing shared."""
        whole = self.select([row]).flat()
        kept = whole.mask[0]
        return LanguageState(
            whole.tokens[:, kept],
            whole.mask[:, kept],
            whole.logits,
            whole.own_hidden[:, kept],
            tuple((keys[:, :, kept], values[:, :, kept]) for keys, values in whole.past),
        )

    def flat(self) -> LanguageState:
        """The same with nothing shared: every row holds all its keys and values, padding at its beginning.

        A window of attention needs it so, which counts padding as if it were read.
        """
        import torch

        shared = self.shared
        if shared is None:
            return self
        b, order = len(self), self.mask.long().argsort(dim=1, stable=True)

        def moved(tensor: torch.Tensor) -> torch.Tensor:
            """Places are the last but one of the dimensions."""
            places = order.view(b, *[1] * (tensor.ndim - 3), -1, 1).expand_as(tensor)
            return tensor.gather(-2, places)

        def whole(layer: int, which: int) -> torch.Tensor:
            begun = shared.spread([state.past[layer][which] for state in shared.states])
            return moved(torch.cat([begun, self.past[layer][which]], -2) if self.past else begun)

        return LanguageState(
            moved(self.tokens[..., None])[..., 0],
            moved(self.mask[..., None])[..., 0],
            self.logits,
            moved(self.hidden),
            tuple((whole(i, 0), whole(i, 1)) for i in range(len(shared.states[0].past))),
        )


@dataclass(frozen=True, eq=False)
class Beginnings:
    """What rows begin with, each kept once, and which of it each row begins with.

    Parameters
    ----------
    states : states of one row each, with nothing shared and no padding
    of : (b,) the place of each row's beginning among them
        Rows are padded at their beginning to the longest of them.
    """

    states: tuple[LanguageState, ...]
    of: tuple[int, ...]

    @cached_property
    def length(self) -> int:
        """Places that they take in every row."""
        return max(state.length for state in self.states)

    def select(self, rows: Sequence[int]) -> Beginnings:
        """Those of the given rows."""
        return Beginnings(self.states, tuple(self.of[row] for row in rows))

    def begun(self) -> LanguageState:
        """As many rows that have read their beginnings and nothing else."""
        import torch

        logits = torch.cat([state.logits for state in self.states])[list(self.of)]
        first = self.states[0].own_hidden
        none = first.new_zeros(len(self.of), 0, first.shape[-1])
        tokens = self.spread([state.tokens[..., None] for state in self.states])[..., 0]
        mask = self.spread([state.mask[..., None] for state in self.states])[..., 0]
        return LanguageState(tokens, mask, logits, none, (), self)

    def spread(self, tensors: Sequence[torch.Tensor]) -> torch.Tensor:
        """What belongs to each beginning, (1, ..., n, size) each, for every row: (b, ..., longest, size)."""
        import torch

        pads = [(0, 0, self.length - tensor.shape[-2], 0) for tensor in tensors]
        wide = [torch.nn.functional.pad(tensor, pad) for tensor, pad in zip(tensors, pads, strict=True)]
        if len(wide) == 1:
            return wide[0].expand(len(self.of), *wide[0].shape[1:])
        return torch.cat(wide)[list(self.of)]

    @cached_property
    def _alike(self) -> dict[int, list[int]]:
        """The rows that begin alike, by the place of what they begin with."""
        rows: dict[int, list[int]] = {}
        for row, place in enumerate(self.of):
            rows.setdefault(place, []).append(row)
        return rows

    @cached_property
    def parts(self) -> tuple[tuple[slice | list[int], int], ...]:
        """Rows that begin alike, a slice where they lie together, and the place of what they begin with."""
        return tuple(
            (slice(some[0], some[-1] + 1) if some[-1] - some[0] == len(some) - 1 else some, place)
            for place, some in self._alike.items()
        )

    @cached_property
    def back(self) -> torch.Tensor | None:
        """Where each row is found once ``parts`` are joined; None where rows lie so already."""
        import torch

        order = [row for some in self._alike.values() for row in some]
        if order == sorted(order):
            return None
        return torch.tensor(order, device=self.states[0].tokens.device).argsort()
