"""What is added to one layer's keys and values when a cache is moved, in factors: see ``moves.py``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

TINY = 1e-15  # keeps a step finite where a gradient vanishes, as published


class LayerMove:
    """One layer's moves in factors, and what its attention last saw.

    ``q`` are the heads that read the same keys, ``groups`` the keys and values kept for them, ``f`` is q
    times the steps.
    """

    def __init__(self) -> None:
        # keys: (b, groups, f, n) and (b, groups, f, size), whose products are added; values alike
        self._keys: tuple[torch.Tensor, torch.Tensor] | None = None
        self._values: tuple[torch.Tensor, torch.Tensor] | None = None

    def scored(self, asked: torch.Tensor, scores: torch.Tensor, scale: float) -> torch.Tensor:
        """Scores (b, groups, q, n + 1) of queries (b, groups, q, size), with what the moved keys add."""
        import torch

        if self._keys is not None:
            places, vectors = self._keys
            added = (asked @ vectors.mT) @ places * scale
            scores = scores + torch.nn.functional.pad(added, (0, 1))
        if torch.is_grad_enabled() and not scores.requires_grad:
            scores.requires_grad_()  # in the first layer nothing before it asks for gradients
        self._asked, self.scores, self._scale = asked.detach(), scores, scale
        return scores

    def read(self, weights: torch.Tensor, out: torch.Tensor) -> torch.Tensor:
        """What heads read, (b, groups, q, size), with what the moved values add."""
        if self._values is not None:
            places, vectors = self._values
            out = out + (weights[..., :-1] @ places.mT) @ vectors
        self._weights, self.out = weights.detach(), out
        return out

    def step(self, scores: torch.Tensor, out: torch.Tensor, size: float, power: float) -> None:
        """One step, by the gradients in ``scores`` and ``out``."""
        self._keys = _joined(self._keys, scores[..., :-1] * self._scale, self._asked, size, power)
        self._values = _joined(self._values, self._weights[..., :-1], out, size, power)


def _joined(
    before: tuple[torch.Tensor, torch.Tensor] | None,
    places: torch.Tensor,
    vectors: torch.Tensor,
    size: float,
    power: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Factors with those of one more step, whose gradient is Σ places x vectors."""
    import torch

    # the squared length of a sum of outer products, from the products of their factors with one another
    pairs = (places.float() @ places.float().mT) * (vectors.float() @ vectors.float().mT)
    norms = pairs.sum((1, 2, 3)).clamp_min(0).sqrt() + TINY
    stepped = places * -(size / norms**power).to(places.dtype).view(-1, 1, 1, 1)
    if before is None:
        return stepped, vectors
    return torch.cat([before[0], stepped], 2), torch.cat([before[1], vectors], 2)
