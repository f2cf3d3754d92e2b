"""What a sound that fits a caption would look like in tag space: noise of the right shape.

White noise on a text embedding (WSAC's noise injection) does not look like a sound: YAMNet's probabilities
are dense, and correlated along the ontology ("Animal", "Domestic animals, pets", "Dog", "Bark"). So every
sound a caption names is played by a real, unlabelled one:

    class c ~ how much the part is about each class
    patch   = one of the unlabelled patches in which c is most likely
    v       ~ N(level of the caption, jitter), the logit that c is to have
    logits  = patch + damping · cov(·, c) / var(c) · (v - patch[c])          (1)

(1) is Matheron's rule: a draw moved along the regression on c is a draw given c = v. It is exact for
Gaussians and, because the patch is real, keeps what is not Gaussian. What has nothing to do with c in the
patch is turned down. The sounds of a caption are then added, each for a share of the time. How surely they
are heard varies from caption to caption more than within one, and sounds that go unnamed are fainter than
those that are named: so the decoder learns to name what stands out, however unsure YAMNet is, and to leave
out what does not.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from earwitness.common.arrays import Floats
from earwitness.encoders.base import normalise
from earwitness.encoders.tags.encoder import DIM, VOICES
from earwitness.encoders.tags.views import VIEWS
from earwitness.encoders.tags.yamnet import CLASSES
from earwitness.training.embedded.sound_bank import SoundBank

Ints = npt.NDArray[np.intp]


@dataclass(frozen=True)
class SmearOptions:
    """The shape of the noise."""

    # how surely the named classes are heard: a logit for the whole caption, and how far its parts differ
    mean: float = -0.2
    spread: float = 2.0
    jitter: float = 0.9
    least: float = -4.0
    most: float = 5.0
    # which of the patches that have most of the class: rank ~ exponential with this mean
    rank: float = 9.0
    # how far the regression on the class is trusted
    damping: float = 0.6
    # logit above which whatever is unrelated to the class is turned down: N(floor, 1.2)
    floor: float = -3.2
    # least share of the time a named sound lasts
    least_share: float = 0.25
    # how often an unnamed sound is there too, and at most how loud beside the loudest named one
    ambience: float = 0.5
    ambience_most: float = 0.2
    # how often part of the clip is silent
    silence: float = 0.12
    # several vectors only: how often a sound is too short to have a beginning and an end, and how surely it
    # is heard on average, beside its surest moment
    short: float = 0.25
    steady_least: float = 0.3


class TagSimulator:
    """Vectors in tag space for captions given as classes of their parts."""

    def __init__(self, bank: SoundBank, options: SmearOptions | None = None) -> None:
        self.options, self.logits = options or SmearOptions(), bank.logits
        weight = bank.weight[:, None]
        centred = (bank.logits - (weight * bank.logits).sum(0)) * np.sqrt(weight)
        covariance = centred.T @ centred
        variance = np.diag(covariance)
        correlation = covariance / np.sqrt(np.outer(variance, variance))
        # Only classes that clearly belong together move together.
        self.gain = np.where(correlation > 0.25, covariance / variance[:, None], 0).astype(np.float32)
        self.related = np.sqrt(np.clip(correlation, 0, 1)).astype(np.float32)
        self.likeliest = np.argsort(-bank.logits, axis=0)[:120].T.copy()
        self.background, self.background_weight = bank.vectors**2, bank.sound_weight.astype(np.float64)
        self.background_weight /= self.background_weight.sum()

    def parts(self, classes: Ints, level: npt.NDArray[np.float64], rng: np.random.Generator) -> Floats:
        """A class a part (n,) and how surely it is heard, a logit (n,) -> patch probabilities (n, 521)."""
        o, n, rows = self.options, len(classes), np.arange(len(classes))
        rank = np.minimum(rng.exponential(o.rank, n).astype(int), self.likeliest.shape[1] - 1)
        logits = self.logits[self.likeliest[classes, rank]]
        ceiling = rng.normal(o.floor, 1.2, (n, 1)).astype(np.float32)
        logits = logits - np.maximum(0, logits - ceiling) * (1 - self.related[classes])
        wanted = np.clip(level + rng.normal(0, o.jitter, n), o.least, o.most).astype(np.float32)
        # Down as well as up: a class is rarely as likely as in the patches that have most of it.
        step = (wanted - logits[rows, classes])[:, None] * self.gain[classes] * o.damping
        logits = logits + step
        logits[rows, classes] = wanted
        return np.asarray(1 / (1 + np.exp(-logits)), np.float32)

    def captions(
        self,
        classes: Ints,
        owner: Ints,
        faint: npt.NDArray[np.bool_],
        voices: Floats,
        rng: np.random.Generator,
    ) -> Floats:
        """Vectors of captions.

        Parameters
        ----------
        classes, owner, faint : (parts,)
            The class of each part, the caption it belongs to, and whether it names no sound of its own.
        voices : (captions, 2)
            Which voices are told apart: low, high.

        Returns
        -------
        (captions, 523) float32, unit rows
        """
        o, n = self.options, len(voices)
        share = rng.uniform(o.least_share, 1, len(classes))
        share[faint] *= FAINT
        level = rng.normal(o.mean, o.spread, n)
        p = np.zeros((n, CLASSES), np.float32)
        np.add.at(p, owner, self.parts(classes, level[owner], rng) * share[:, None].astype(np.float32))
        drawn = rng.choice(len(self.background), n, p=self.background_weight)
        faintly = p.max(1) * rng.uniform(0, o.ambience_most, n) * (rng.random(n) < o.ambience)
        p += (faintly[:, None] * self.background[drawn]).astype(np.float32)
        p[:, SILENCE] += (rng.uniform(0.1, 0.8, n) * (rng.random(n) < o.silence)).astype(np.float32)
        return self._with_voices(p, voices, rng.uniform(0.8, 1.2, (n, 1)))

    def views(
        self,
        classes: Ints,
        owner: Ints,
        faint: npt.NDArray[np.bool_],
        phase: Ints,
        voices: Floats,
        rng: np.random.Generator,
    ) -> Floats:
        """Several vectors of each caption: its parts last for stretches of the clip, in the order it tells.

        Parameters
        ----------
        classes, owner, faint, voices
            As for ``captions``.
        phase : (parts,)
            When each part is heard: parts of one phase may overlap, those of the next come after them.

        Returns
        -------
        (captions, 5, 523) float32, unit rows, in the order of ``VIEWS``
        """
        o, n = self.options, len(voices)
        loud, level = np.where(faint, FAINT, 1.0)[:, None], rng.normal(o.mean, o.spread, n)[owner]
        # two moments of each part: sounds of one kind differ from one moment to the next
        one, other = (self.parts(classes, level, rng) * loud for _ in range(2))
        short = (rng.random(n) < o.short) & (_most(phase, owner, n) == 0)
        brief = short[owner]
        lasting = _thirds(phase, owner, n, o.least_share, rng)
        lasting[brief] = 1.0
        # within its stretch a sound is not always as surely heard as at its best
        steady = np.where(brief, 1.0, rng.uniform(o.steady_least, 1, len(owner)))
        weight, mix = lasting * steady[:, None], rng.random(lasting.shape)
        thirds = np.zeros((n, 3, CLASSES), np.float32)
        peak = np.zeros((n, CLASSES), np.float32)
        for i in range(3):
            moment = mix[:, i, None] * one + (1 - mix[:, i, None]) * other
            np.add.at(thirds[:, i], owner, (weight[:, i, None] * moment).astype(np.float32))
        np.maximum.at(peak, owner, np.maximum(one, other).astype(np.float32))
        drawn = rng.choice(len(self.background), n, p=self.background_weight)
        faintly = peak.max(1) * rng.uniform(0, o.ambience_most, n) * (rng.random(n) < o.ambience)
        unnamed = (faintly[:, None] * self.background[drawn]).astype(np.float32)
        thirds += unnamed[:, None] * rng.uniform(0, 1, (n, 3, 1)).astype(np.float32)
        peak = np.maximum(peak, unnamed * rng.uniform(1, 1.5, (n, 1)).astype(np.float32))
        quiet = (rng.uniform(0.1, 0.8, (n, 3)) * (rng.random((n, 3)) < o.silence)).astype(np.float32)
        thirds[:, :, SILENCE] += quiet
        peak[:, SILENCE] += quiet.max(1)
        # where no part lasts into a third, it is silent there
        thirds[:, :, SILENCE] += (thirds.max(2) < NOTHING).astype(np.float32)
        whole = thirds.mean(1)
        thirds[short] = peak[short] = 0
        thirds[short] += whole[short, None]
        peak[short] += whole[short]
        views = np.concatenate([whole[:, None], peak[:, None], thirds], 1)
        clear = rng.uniform(0.8, 1.2, (n, 1))
        return np.stack([self._with_voices(views[:, i], voices, clear) for i in range(len(VIEWS))], 1)

    @staticmethod
    def _with_voices(p: Floats, voices: Floats, how_clear: npt.NDArray[np.float64]) -> Floats:
        """Class probabilities and the voices told apart, as unit vectors."""
        # A pitch is heard only where the voice is clear, and then is as strong as the voice itself.
        clear = np.minimum(1, p[:, VOICES].max(1, keepdims=True) * how_clear)
        return normalise(np.sqrt(np.concatenate([np.minimum(p, 1), voices * clear], 1)))


def _most(phase: Ints, owner: Ints, n: int) -> Ints:
    """The last phase of each caption."""
    most = np.zeros(n, np.intp)
    np.maximum.at(most, owner, phase)
    return most


def _thirds(
    phase: Ints, owner: Ints, n: int, least: float, rng: np.random.Generator
) -> npt.NDArray[np.float64]:
    """How much of each third of the clip a part lasts: (parts,) -> (parts, 3), 0..1."""
    count = _most(phase, owner, n)[owner] + 1
    jitter = rng.uniform(-0.3, 0.3, (n, int(count.max(initial=1)) + 1))
    begin = np.where(phase > 0, (phase + jitter[owner, phase]) / count, 0.0)
    end = np.where(phase + 1 < count, (phase + 1 + jitter[owner, phase + 1]) / count, 1.0)
    length = (end - begin) * rng.uniform(least, 1, len(owner))
    begin = begin + (end - begin - length) * rng.random(len(owner))
    edges = np.arange(4) / 3
    overlap = np.minimum(begin + length, edges[1:, None]) - np.maximum(begin, edges[:-1, None])
    return np.asarray(3 * np.maximum(overlap, 0).T)


NOTHING = 1e-3  # probability of the likeliest class where nothing is heard
FAINT = 0.15  # of the share of a part that names no sound of its own
SILENCE = 494  # the class "Silence"
assert DIM == CLASSES + 2
