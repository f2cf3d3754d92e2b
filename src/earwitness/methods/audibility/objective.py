"""The arithmetic of audibility guidance: what is wanted of the next token, and the step towards it.

Two objectives. With p the prediction through the moved cache, p0 the one without, T the candidates, s_k the
text with candidate k, c_k its cosine with the sound and h_k = P(audible | s_k):

* ``target``, the published program's. Match and audibility make one fixed distribution over the candidates,
  q = softmax((c + λ2 h) / temperature); no gradient flows through it. The loss is
  λ1 (-Σ_k q_k log p(T_k)) + λ0 KL(p || p0).
* ``expectation``, the paper's equation 4, whose terms are losses of a text: L_mm = -c, L_aud = -log h. A text
  is no function of the cache, but its probability is. So each term is its mean under the model's own choice
  among the candidates, p̃ = p restricted to T and scaled to sum to one:
  λ1 Σ_k p̃_k (-c_k) + λ2 Σ_k p̃_k (-log h_k) + λ0 KL(p || p0).
  Its gradient in the logits of the candidates is p̃_k (loss_k - mean loss): every candidate that is better
  than the mean rises in proportion to how likely it is already, where ``target`` pulls towards the best
  alone. There is no temperature. h is kept above 1e-6, lest one certain "no" outweighs all else.

In both, fluency is the Kullback-Leibler divergence, as in the program: the paper's cross-entropy less the
entropy of p, without which a sharp p would be rewarded for its sharpness. At the unmoved cache its value and
its gradient are zero, so the first step follows the match and audibility alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from earwitness.common.arrays import Doubles

if TYPE_CHECKING:
    import torch

    from earwitness.methods.audibility.options import AudibilityOptions


LEAST_AUDIBLE = 1e-6


def target(cosines: npt.ArrayLike, audible: npt.ArrayLike, weight: float, temperature: float) -> Doubles:
    """The distribution over candidates that the language model is pulled to.

    Parameters
    ----------
    cosines, audible : (..., k)
        Match of each candidate's text with the sound, and its P(audible).
    weight : float
        λ2. At temperature 0.01 a weight of 0.015 adds up to 1.5 to a logit; one of 0.1 overrides the match.
    temperature : float

    Returns
    -------
    (..., k) float64, each row of sum 1

    Examples
    --------
    >>> target([0.30, 0.28, 0.25], [0.1, 0.9, 0.5], 0.015, 0.01).round(6).tolist()
    [0.684179, 0.307421, 0.0084]
    """
    score = np.asarray(cosines, np.float64) + weight * np.asarray(audible, np.float64)
    raised = np.exp((score - score.max(-1, keepdims=True)) / temperature)
    return np.asarray(raised / raised.sum(-1, keepdims=True))


def losses(
    options: AudibilityOptions,
    after: torch.Tensor,
    before: torch.Tensor,
    ids: torch.Tensor,
    cosines: Doubles,
    audible: Doubles,
) -> dict[str, torch.Tensor]:
    """Each term of the objective, weighted, of every row on its own.

    Parameters
    ----------
    options : AudibilityOptions
    after, before : (b, vocabulary) log-probabilities
        Through the moved cache, differentiable, and without.
    ids : (b, k) int64
        The candidates.
    cosines, audible : (b, k)

    Returns
    -------
    dict of (b,) tensors, whose sum is minimised: ``match``, ``fluency`` and, with ``expectation``,
    ``audibility``
    """
    chosen = after.gather(1, ids)
    fluency = options.lambda0 * divergence(after, before)
    if options.objective == "target":
        wanted = _like(chosen, target(cosines, audible, options.lambda2, options.temperature))
        return {"match": -options.lambda1 * (wanted * chosen).sum(1), "fluency": fluency}
    share = chosen.softmax(1)  # of log-probabilities: p restricted to the candidates
    unheard = -np.log(np.maximum(audible, LEAST_AUDIBLE))
    return {
        "match": -options.lambda1 * (share * _like(chosen, cosines)).sum(1),
        "audibility": options.lambda2 * (share * _like(chosen, unheard)).sum(1),
        "fluency": fluency,
    }


def divergence(after: torch.Tensor, before: torch.Tensor) -> torch.Tensor:
    """KL(p || p0) of each row of log-probabilities: two (b, vocabulary) -> (b,)."""
    return (after.exp() * (after - before)).sum(1)


def fuse(guided: torch.Tensor, before: torch.Tensor, share: float) -> tuple[torch.Tensor, torch.Tensor]:
    """The geometric mean p^share p0^(1-share) of two predictions.

    Returns
    -------
    (b, vocabulary) log-probabilities not yet normalised, and (b,) the logarithms of their sums
    """
    mixed = share * guided.log_softmax(1) + (1 - share) * before
    return mixed, mixed.logsumexp(1)


def _like(tensor: torch.Tensor, values: Any) -> torch.Tensor:
    import torch

    return torch.as_tensor(np.asarray(values), dtype=tensor.dtype, device=tensor.device)
