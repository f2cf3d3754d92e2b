"""One step of guided decoding: a row's likeliest next tokens, weighed by how well each fits the sound.

Equations 2 to 4 of ZerAuCap (Salewski et al. 2023), after MAGIC (Su et al. 2022), with the factor by which
the published program keeps a sentence from ending at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from earwitness.common.arrays import Doubles

if TYPE_CHECKING:
    import torch

    from earwitness.language.model import LanguageModel
    from earwitness.language.state import LanguageState
    from earwitness.methods.zeraucap.options import ZerAuCapOptions


SHOWN = 8  # candidates a step in an explanation
UNWANTED = 1e-12  # score of what is never drawn: as good as none
SURELY = 0.05  # of probability: more than rounding moves any score, in half precision too


@dataclass(frozen=True, eq=False)
class Candidates:
    """The likeliest next tokens of one row, likeliest first.

    ``gap`` is how far the logit of the last one is above that of the first one left out.
    """

    tokens: tuple[int, ...]
    probability: Doubles
    gap: float


@dataclass(frozen=True, eq=False)
class Weighed:
    """Candidates with all that speaks for and against each: arrays (k,) in the candidates' order.

    ``luck`` is what a drawn sentence adds to the logarithm of each score; None takes the best score.
    """

    candidates: Candidates
    cosine: Doubles
    match: Doubles
    penalty: Doubles
    factor: Doubles
    score: Doubles
    luck: Doubles | None = None

    @property
    def winner(self) -> int:
        """Which candidate is taken; of equals the likeliest."""
        return int(np.argmax(self._wanted()))

    @property
    def margin(self) -> float:
        """How far the winner's score is above that with which the next one would be taken."""
        if len(self.score) < 2:
            return np.inf
        wanted = self._wanted()
        best, next_best = np.argsort(-wanted, kind="stable")[:2]
        apart = float(wanted[best] - wanted[next_best])
        # a logarithm moves by as much more as the score is smaller
        return apart if self.luck is None else apart * float(min(self.score[best], self.score[next_best]))

    def _wanted(self) -> Doubles:
        if self.luck is None:
            return self.score
        return np.asarray(np.log(np.maximum(self.score, UNWANTED)) + self.luck, np.float64)

    def row(self, pieces: Sequence[str], step: int, text: str) -> dict[str, Any]:
        """The step as plain types for an explanation, the chosen candidate first."""
        order = np.argsort(-self._wanted(), kind="stable")[:SHOWN].tolist()
        columns = {
            "probability": self.candidates.probability,
            "match": self.match,
            "cosine": self.cosine,
            "penalty": self.penalty,
            "factor": self.factor,
            "score": self.score,
        }
        best = [{"text": pieces[i], **{name: float(of[i]) for name, of in columns.items()}} for i in order]
        return {"step": step, "chosen": pieces[order[0]], "candidates": best, "text": text}


def likeliest(logits: torch.Tensor, k: int, without: Sequence[int] = ()) -> list[Candidates]:
    """The ``k`` likeliest tokens of each row, by column; probabilities are of all columns.

    Parameters
    ----------
    logits : (b, vocabulary) float32
    k : int
        A smaller vocabulary is taken whole.
    without : sequence of columns
        Taken to be impossible.

    >>> import torch
    >>> likeliest(torch.tensor([[0.0, 2.0, 1.0]]).log_softmax(1), 2)[0].tokens
    (1, 2)
    """
    if len(without):
        logits = logits.clone()
        logits[:, list(without)] = -np.inf
    k = min(k, logits.shape[1] - len(without))
    best = logits.topk(min(k + 1, logits.shape[1]), dim=1)
    logs = best.values.double() - logits.double().logsumexp(1, keepdim=True)
    out = []
    for ids, values, log in zip(
        best.indices.tolist(), best.values.tolist(), logs.exp().tolist(), strict=True
    ):
        gap = values[k - 1] - values[k] if len(values) > k else np.inf
        out.append(Candidates(tuple(ids[:k]), np.array(log[:k]), gap))
    return out


def plausible(candidates: Candidates, share: float) -> Candidates:
    """Those of a row's candidates that are at least ``share`` as likely as the likeliest.

    A match may choose among words that the language model deems possible, and does not make a word possible
    (the plausibility constraint of contrastive decoding, Li et al. 2023). What is at the edge is in or out by
    rounding, so its distance counts as a logit's ``gap``.

    >>> plausible(Candidates((5, 6, 7), np.array([0.6, 0.1, 0.01]), np.inf), 0.1).tokens
    (5, 6)
    """
    least = share * float(candidates.probability[0])
    kept = int((candidates.probability >= least).sum())
    edges = np.abs(np.log(np.maximum(candidates.probability, 1e-300) / least))
    return Candidates(
        candidates.tokens[:kept],
        candidates.probability[:kept],
        min(candidates.gap if kept == len(candidates.tokens) else np.inf, float(edges.min())),
    )


def weigh(
    candidates: Candidates,
    cosine: npt.ArrayLike,
    penalty: npt.ArrayLike,
    ends: Sequence[bool],
    step: int,
    options: ZerAuCapOptions,
) -> Weighed:
    """Score one row's candidates.

    Parameters
    ----------
    candidates : Candidates
    cosine : (k,)
        Of the sound with the sentence so far and each candidate.
    penalty : (k,)
        How like each is to what was read before; zeros where alpha is 0.
    ends : (k,) bool
        Whether a candidate ends the sentence.
    step : int
        From 0.
    options : ZerAuCapOptions
    """
    cosines, like = np.asarray(cosine, np.float64), np.asarray(penalty, np.float64)
    raised = np.exp(options.tau * (cosines - cosines.max()))
    match = raised / raised.sum()
    score = (1 - options.alpha) * candidates.probability - options.alpha * like + options.beta * match
    factor = end_factors(score, ends, options.gamma * step, legacy=options.legacy_penalty)
    return Weighed(candidates, cosines, match, like, factor, score * factor)


def outright(candidates: Candidates, ends: Sequence[bool], step: int, options: ZerAuCapOptions) -> bool:
    """Whether the winner is the same whatever the matches are, so that none need be computed.

    A match is a share of one, so that it adds at most beta to a candidate, and nothing at least.

    >>> from earwitness.methods.zeraucap.options import ZERAUCAP
    >>> sure, unsure = (Candidates((5, 6), np.array(p), np.inf) for p in ([0.9, 0.1], [0.6, 0.3]))
    >>> outright(sure, [False, False], 3, ZERAUCAP), outright(unsure, [False, False], 3, ZERAUCAP)
    (True, False)
    """
    if options.beta == 0:
        return True
    if options.alpha or options.legacy_penalty or options.beta < 0:
        return False
    factor = np.where(ends, options.gamma * step, 1.0)
    least = candidates.probability * factor
    most = (candidates.probability + options.beta) * factor
    best = int(np.argmax(least))
    return bool(least[best] > np.delete(most, best).max(initial=0.0) + SURELY)


def end_factors(score: Doubles, ends: Sequence[bool], factor: float, *, legacy: bool) -> Doubles:
    """What each score is multiplied by: ``factor`` where a candidate ends the sentence, 1 elsewhere.

    The published program sorts the candidates by score to look for such tokens, and then multiplies the score
    that stands at the found rank in the *unsorted* list: ``legacy`` does the same.

    >>> end_factors(np.array([0.545, 0.633, 0.322]), [True, False, False], 0.3, legacy=False).tolist()
    [0.3, 1.0, 1.0]
    >>> end_factors(np.array([0.545, 0.633, 0.322]), [True, False, False], 0.3, legacy=True).tolist()
    [1.0, 0.3, 1.0]
    """
    hit = np.asarray(ends, bool)
    if legacy:
        hit = hit[np.argsort(-score, kind="stable")]
    return np.where(hit, factor, 1.0)


def likeness(model: LanguageModel, state: LanguageState, row: int, tokens: Sequence[int]) -> Doubles:
    """How like each candidate is to what was read before: the greatest cosine of hidden states (MAGIC).

    Parameters
    ----------
    model : LanguageModel
    state : LanguageState
    row : int
        Which row of the state.
    tokens : (k,)

    Returns
    -------
    (k,) float64
    """
    import torch

    # One row at a time: k copies of the cache of every row at once would be tens of gigabytes.
    wide = model.fan_out(state.select([row]), torch.tensor([list(tokens)]))
    before = wide.hidden[0, :-1][wide.mask[0, :-1]].double()
    after = wide.hidden[:, -1].double()
    cosines = (after / after.norm(dim=1, keepdim=True)) @ (before / before.norm(dim=1, keepdim=True)).T
    return np.asarray(cosines.max(1).values.cpu().numpy())
