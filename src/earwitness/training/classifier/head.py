"""Learning the head on MiniLM that says what can be heard: numpy, on a processor, in a minute or two.

What it is asked about is half written and comes with any prompt, so each sentence is learned in several
forms: as it is, behind a prompt, and as beginnings. A beginning bears its sentence's label: the least loss is
then the chance that a sentence which begins so turns out audible, which is what search wants to know.
Beginnings count the less, the shorter they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from earwitness.classifier.embedded import Head, plain
from earwitness.common.arrays import Doubles, Floats
from earwitness.common.options import check_least, check_share, option
from earwitness.encoders.tags.minilm import DIM

PROMPTS = ("Audio of a ", "This is a sound of a ")
SCALE = 10.0  # unit vectors of 384 numbers have entries near 0.05; the layers' first weights expect near 0.5


@dataclass(frozen=True)
class HeadOptions:
    """How the head is learned."""

    width: int = option(256, "Units of the hidden layer.")
    epochs: int = option(20, "Passes over the sentences.")
    batch: int = option(128, "Forms of sentences learned from at once.")
    rate: float = option(1e-3, "Learning rate at its highest, falling to 0 along a cosine.")
    weight_decay: float = option(0.1, "Of AdamW.")
    noise: float = option(0.001, "Variance of the noise on embeddings while learning.")
    dropout: float = option(0.3, "Share of hidden units dropped while learning.")
    beginnings: int = option(2, "Beginnings of each sentence that are learned beside it.")
    seed: int = option(0, "Of everything random.")

    def __post_init__(self) -> None:
        check_least(self, 1, "epochs", "batch", "width", "max_tokens")
        check_least(self, 0, "rate", "weight_decay", "noise", "seed", "beginnings")
        check_share(self, "dropout")


@dataclass(frozen=True)
class Form:
    """A text to learn from: which sentence it is a form of, how much it counts."""

    text: str
    of: int
    weight: float


def forms(texts: Sequence[str], options: HeadOptions) -> list[Form]:
    """Each sentence as it is, behind a prompt, and as beginnings of three words or more.

    >>> [f.text for f in forms(["A dog barks at a cat."], HeadOptions(beginnings=1))]
    ['A dog barks at a cat', 'This is a sound of a dog barks at a cat', 'A dog barks at']
    """
    rng = np.random.default_rng([options.seed, 1])
    found = []
    for of, text in enumerate(map(plain, texts)):
        words = text.split()
        found.append(Form(text, of, 1.0))
        found.append(Form(_after(PROMPTS[rng.integers(len(PROMPTS))], text), of, 0.5))
        for end in rng.permutation(np.arange(3, max(len(words), 3)))[: options.beginnings]:
            begun = " ".join(words[:end])
            said = _after(PROMPTS[0], begun) if rng.random() < 1 / 3 else begun
            found.append(Form(said, of, 0.5 * end / len(words)))
    return found


def _after(prompt: str, text: str) -> str:
    """A prompt that ends in an article, and a text without its own.

    >>> _after("Audio of a ", "The dog barks")
    'Audio of a dog barks'
    """
    return prompt + re.sub(r"^(?:an?|the)\s+(?=\S)", "", text, flags=re.IGNORECASE)


def fit_head(
    rows: Floats,
    audible: npt.NDArray[np.bool_],
    weights: Doubles,
    options: HeadOptions,
    after_epoch: Callable[[int, int], None] | None = None,
) -> Head:
    """Learn a head by AdamW, not calibrated yet.

    Parameters
    ----------
    rows : array (n, 384)
        Unit embeddings.
    audible : array (n,)
    weights : array (n,)
        What each row's loss counts.
    options : HeadOptions
    after_epoch : callable, optional
        Progress: epochs done, of how many.
    """
    rng = np.random.default_rng([options.seed, 2])
    net = _Net(options, rng)
    scaled, targets = (SCALE * rows).astype(np.float32), audible.astype(np.float32)
    shares = weights.astype(np.float32)
    steps = options.epochs * -(-len(rows) // options.batch)
    done = 0
    for epoch in range(options.epochs):
        order = rng.permutation(len(rows))
        for first in range(0, len(rows), options.batch):
            batch = order[first : first + options.batch]
            rate = options.rate * 0.5 * (1 + np.cos(np.pi * done / steps))
            net.step(scaled[batch], targets[batch], shares[batch], rate)
            done += 1
        if after_epoch:
            after_epoch(epoch + 1, options.epochs)
    return net.head()


class _Net:
    """The two layers with their gradients, and AdamW's moments."""

    def __init__(self, options: HeadOptions, rng: np.random.Generator) -> None:
        self.options, self.rng = options, rng
        width = options.width
        bounds = ((DIM**-0.5, (DIM, width)), (DIM**-0.5, width), (width**-0.5, width), (width**-0.5, 1))
        self.weights = [rng.uniform(-b, b, shape).astype(np.float32) for b, shape in bounds]
        self.first = [np.zeros_like(w) for w in self.weights]
        self.second = [np.zeros_like(w) for w in self.weights]
        self.steps = 0

    def step(self, rows: Floats, targets: Floats, shares: Floats, rate: float) -> None:
        """One step down the weighted cross-entropy, noise on the rows and dropout on the units."""
        o = self.options
        hidden, hidden_bias, out, bias = self.weights
        noise = np.float32(SCALE * o.noise**0.5) * self.rng.standard_normal(rows.shape, np.float32)
        rows = rows + noise
        above = rows @ hidden + hidden_bias
        kept = (self.rng.random(above.shape, np.float32) >= o.dropout) / np.float32(1 - o.dropout)
        kept = np.where(above > 0, kept, np.float32(0))
        active = above * kept
        error = (1 / (1 + np.exp(-(active @ out + bias))) - targets) * shares / np.float32(len(rows))
        below = error[:, None] * out * kept
        gradients = (rows.T @ below, below.sum(0), active.T @ error, error.sum(keepdims=True))
        self._update([np.asarray(g, np.float32) for g in gradients], rate)

    def _update(self, gradients: list[Floats], rate: float) -> None:
        """AdamW, its usual constants (0.9, 0.999, 1e-8)."""
        self.steps += 1
        slow = rate * (1 - 0.999**self.steps) ** 0.5 / (1 - 0.9**self.steps)
        epsilon = 1e-8 * (1 - 0.999**self.steps) ** 0.5
        for weight, gradient, first, second in zip(
            self.weights, gradients, self.first, self.second, strict=True
        ):
            first += 0.1 * (gradient - first)
            second += 0.001 * (gradient**2 - second)
            weight *= 1 - rate * self.options.weight_decay
            weight -= (slow * first / (np.sqrt(second) + epsilon)).astype(np.float32)

    def head(self) -> Head:
        hidden, hidden_bias, out, bias = self.weights
        return Head(np.float32(SCALE) * hidden, hidden_bias, out, float(bias[0]))


def calibrate(logits: Doubles, audible: npt.NDArray[np.bool_]) -> float:
    """The temperature that makes these logits' cross-entropy least; by halving, of the slope 1 / temperature.

    A temperature alone and no shift (Platt's): the layers have learned the bias from many more sentences than
    are calibrated on, which would move it by chance.

    >>> round(calibrate(np.array([-4.0, -4.0, -4.0, 4.0, 4.0, 4.0]), np.array([0, 0, 1, 0, 1, 1], bool)), 3)
    5.771
    """
    # The gradient in the slope rises with it: its root lies where it changes sign.
    low, high = 1e-3, 1e3
    for _ in range(200):
        slope = (low * high) ** 0.5
        chances = 1 / (1 + np.exp(-np.clip(slope * logits, -700, 700)))
        low, high = (low, slope) if np.sum((chances - audible) * logits) > 0 else (slope, high)
    return float((low * high) ** -0.5)
