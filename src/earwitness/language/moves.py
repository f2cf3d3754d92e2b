"""Keys and values moved down the gradient of a loss, as audibility guidance and ZeroCap do.

The gradient of a loss in a layer's keys is, for each head, an outer product: how the loss answers to the
score of each place, times the query. In its values it is the attention that each place gets, times how the
loss answers to what the head reads. So what some steps add up to is kept as such factors, a few numbers a
place, and met with the next query in that form: no copy of keys and values is made for it, and what rows
share stays shared (``layer_move.py``). It is the same sum in another order (tests/language/test_moves.py).

``CopiedMoves`` is the plain way, for models whose attention is not ours to look into.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Protocol

from earwitness.common.errors import OptionError
from earwitness.language.layer_move import TINY, LayerMove

if TYPE_CHECKING:
    import torch

    from earwitness.language.model import LanguageModel
    from earwitness.language.state import LanguageState


class Moves(Protocol):
    """A state whose keys and values before its last token are moved, step by step; it stays as it is."""

    def logits(self, *, gradient: bool = True) -> torch.Tensor:
        """The state's logits as if its cache had been moved: (b, vocabulary) float32.

        The last token is read again through the moved cache; before the first step they equal
        ``state.logits``. ``gradient`` says whether a step will be taken from there.
        """
        ...

    def step(self, loss: torch.Tensor, size: float, power: float) -> None:
        """Go one step down: every tensor of each row by its own gradient g over ||g||^power, times ``size``.

        ``loss`` is made of the last ``logits``, a sum over rows. With the paper's power 0.9 and size 0.3 a
        step has length 0.3 ||g||^0.1, nearly the same for any g.
        """
        ...


def moves_of(model: LanguageModel, state: LanguageState) -> Moves:
    """The cache of a state, to be moved.

    Raises
    ------
    OptionError
        The state has read a single token: there is nothing before it.
    """
    if state.length < 2:
        raise OptionError("a state is nudged through the tokens before its last one; it has only one.")
    if model.shares:
        moves = CacheMoves(model, state)
        if moves.reached:
            return moves
    return CopiedMoves(model, state.flat())


class CacheMoves:
    """A state's moves in factors: see ``Moves`` for what it does."""

    def __init__(self, model: LanguageModel, state: LanguageState) -> None:
        self._model, self._state = model, state
        self._layers: defaultdict[int, LayerMove] = defaultdict(LayerMove)
        self._known: torch.Tensor | None = self._read(gradient=True)

    @property
    def reached(self) -> bool:
        """Whether the attention of every layer was met."""
        return len(self._layers) == len(self._state.past)

    def logits(self, *, gradient: bool = True) -> torch.Tensor:
        """See ``Moves``."""
        if self._known is None:
            return self._read(gradient)
        known, self._known = self._known, None
        return known

    def step(self, loss: torch.Tensor, size: float, power: float) -> None:
        """See ``Moves``."""
        import torch

        layers = list(self._layers.values())
        gradients = torch.autograd.grad(loss, [t for layer in layers for t in (layer.scores, layer.out)])
        for layer, scores, out in zip(layers, gradients[::2], gradients[1::2], strict=True):
            layer.step(scores, out, size, power)

    def _read(self, gradient: bool) -> torch.Tensor:
        import torch

        state = self._state
        before = tuple((keys[:, :, :-1], values[:, :, :-1]) for keys, values in state.past)
        with torch.set_grad_enabled(gradient):
            output = self._model.forward(state.tokens[:, -1:], state.mask, before, state.shared, self._layers)
        logits: torch.Tensor = output.logits[:, -1].float()
        return logits


class CopiedMoves:
    """A state's moves as tensors of their own, added to a copy of its cache: see ``Moves``.

    Attributes
    ----------
    deltas : list of tensors
        Keys, values, keys, values, ... of every layer, each (b, heads, n - 1, head size): what is added.
    """

    def __init__(self, model: LanguageModel, state: LanguageState) -> None:
        import torch

        self._model, self._state = model, state
        past = [tensor[:, :, :-1] for pair in state.past for tensor in pair]
        self.deltas = [torch.zeros_like(tensor).requires_grad_() for tensor in past]

    def logits(self, *, gradient: bool = True) -> torch.Tensor:
        """See ``Moves``."""
        import torch

        state, deltas = self._state, self.deltas
        pairs = zip(state.past, deltas[0::2], deltas[1::2], strict=True)
        with torch.set_grad_enabled(gradient):
            moved = tuple((k[:, :, :-1] + dk, v[:, :, :-1] + dv) for (k, v), dk, dv in pairs)
            output = self._model.forward(state.tokens[:, -1:], state.mask, moved)
        logits: torch.Tensor = output.logits[:, -1].float()
        return logits

    def step(self, loss: torch.Tensor, size: float, power: float) -> None:
        """See ``Moves``."""
        import torch

        gradients = torch.autograd.grad(loss, self.deltas)
        self.deltas = [stepped(d, g, size, power) for d, g in zip(self.deltas, gradients, strict=True)]


def stepped(delta: torch.Tensor, gradient: torch.Tensor, size: float, power: float) -> torch.Tensor:
    """A new leaf, one step down: each row by its own gradient g over ||g||^power, times ``size``."""
    norms = gradient.float().flatten(1).norm(dim=1) + TINY
    scale = (size / norms**power).view(-1, *[1] * (gradient.ndim - 1))
    moved: torch.Tensor = delta.detach() - scale.to(delta.dtype) * gradient
    return moved.requires_grad_()
