"""What a listening study shows: shares and grades as the paper prints them, with how sure they are.

* the share for each system, its mean and standard deviation over participants ("86 ± 16 %");
* a bootstrap interval that draws participants and clips anew, as both are samples;
* a sign-flip permutation test over participants: how often a difference as large comes from nothing;
* Fleiss' kappa: whether participants agree with each other beyond chance (Fleiss 1971).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
import numpy.typing as npt

from earwitness.common.arrays import Doubles
from earwitness.study.answers import Returned
from earwitness.study.design import SCALE

RESAMPLES = 10_000
EXACT = 14  # up to so many participants every sign is tried: 2^14 = 16,384


@dataclass(frozen=True)
class Figures:
    """One question's figures: shares (0 to 1) of the first system, or grades (1 to 5)."""

    question: str
    text: str
    # over participants
    mean: float
    deviation: float
    # 95 % of the bootstrap's means
    interval: tuple[float, float]
    # chance of a difference as large where nobody prefers anything; None for grades
    p_value: float | None
    # agreement beyond chance; None with a single participant
    kappa: float | None


def figures(returned: Returned, seed: int = 4182) -> tuple[Figures, ...]:
    """The figures of every question that was asked.

    Parameters
    ----------
    returned : Returned
    seed : int
        Of the draws.
    """
    return tuple(_of_question(returned, name, text, seed) for name, text in returned.questions)


def _of_question(returned: Returned, name: str, text: str, seed: int) -> Figures:
    given = np.array([[p.answers[clip, name] for clip in returned.clips] for p in returned.participants])
    scale = len(returned.systems) == 1
    values = given.astype(np.float64) if scale else (given == 0).astype(np.float64)
    people = values.mean(1)
    return Figures(
        name,
        text,
        float(people.mean()),
        float(people.std(ddof=1)) if len(people) > 1 else 0.0,
        bootstrap_interval(values, seed),
        None if scale else sign_flip_p(people - 0.5, seed),
        fleiss_kappa(given - 1 if scale else given, len(SCALE) if scale else 2),
    )


def bootstrap_interval(values: Doubles, seed: int) -> tuple[float, float]:
    """The middle 95 % of means where participants (rows) and clips (columns) are drawn with replacement.

    >>> bootstrap_interval(np.ones((4, 5)), 0)
    (1.0, 1.0)
    """
    rng, (people, clips) = np.random.default_rng(seed), values.shape
    rows = rng.multinomial(people, np.full(people, 1 / people), RESAMPLES) / people
    columns = rng.multinomial(clips, np.full(clips, 1 / clips), RESAMPLES) / clips
    means = np.einsum("rp,pc,rc->r", rows, values, columns, optimize=True)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def sign_flip_p(differences: Doubles, seed: int) -> float:
    """Two-sided p-value of a mean difference: the share of sign flips that give one as large.

    Exact for few participants, drawn for many.

    >>> sign_flip_p(np.full(4, 0.3), 0)
    0.125
    """
    n = len(differences)
    if n <= EXACT:
        signs = np.array(list(product((-1.0, 1.0), repeat=n)))
        extra = 0
    else:
        signs = np.random.default_rng(seed).choice((-1.0, 1.0), (RESAMPLES, n))
        extra = 1  # what was seen is one of the ways, so that no p-value is 0
    means = np.abs(signs @ differences)
    as_large = int((means >= abs(differences.sum()) - 1e-12).sum())
    return (as_large + extra) / (len(signs) + extra)


def fleiss_kappa(given: npt.NDArray[np.int64], categories: int) -> float | None:
    """Agreement of raters beyond chance: answers (raters, items), 0 to categories - 1.

    One where all always agree; 1 as well where everyone always gives one and the same answer.

    >>> fleiss_kappa(np.array([[0, 1, 0], [0, 1, 0]]), 2)
    1.0
    """
    raters, items = given.shape
    if raters < 2:
        return None
    counts = np.stack([(given == k).sum(0) for k in range(categories)], 1)
    agreed = float(((counts * (counts - 1)).sum(1) / (raters * (raters - 1))).mean())
    by_chance = float(((counts.sum(0) / (raters * items)) ** 2).sum())
    return 1.0 if by_chance == 1 else (agreed - by_chance) / (1 - by_chance)
