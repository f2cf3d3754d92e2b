"""Training examples in tag space: captions and their parts, each with a vector a sound of it could have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from earwitness.common.arrays import Floats
from earwitness.encoders.tags.encoder import HIGH_WORDS, LOW_WORDS, class_names, class_weights
from earwitness.training.embedded.phrases import as_children, as_someone, clean, parts, phases, without_gender
from earwitness.training.embedded.simulation import TagSimulator

CLASSES_KEPT = 6  # of a part's meaning; the rest is below a hundredth
MOST_PARTS = 6
KNOWN = 0.5  # weight of the class that a caption was written for, in the part that speaks of it
NAMES_A_SOUND = 0.4  # least cosine with the nearest class for a part to name a sound ("a man" does not)
FRAGMENT = re.compile(
    r"^(?:and|another|more|the|its?|they|he|she|his|her|who|which|that|so|to|of|by|or|also)\b|\bsilence\b"
)


@dataclass(frozen=True)
class CorpusOptions:
    """Which captions are learned, and how often."""

    min_words: int = 3
    max_words: int = 20
    # captions with a word seen more rarely are left out: most are misspelt
    min_word_count: int = 4
    # share of examples that are a single part of a caption
    parts_share: float = 0.3
    # how far rare sounds are evened out: 0 not at all, 1 every class as often
    balance: float = 0.8
    max_boost: float = 15.0
    # share of captions told with men and women where both tellings are possible
    gendered: float = 0.5
    # whether an example has several vectors (encoders/tags/views.py) or one
    views: bool = False


class TagCorpus:
    """Captions as training examples for a decoder in tag space.

    Parameters
    ----------
    captions : sequence of str
    simulator : TagSimulator
    options : CorpusOptions
    named : sequence of (class name, caption)
        Further captions, each of a known class, and all of them spelt right.
    """

    def __init__(
        self,
        captions: Sequence[str],
        simulator: TagSimulator,
        options: CorpusOptions | None = None,
        named: Sequence[tuple[str, str]] = (),
    ) -> None:
        self.options, self.simulator = options or CorpusOptions(), simulator
        usable = _usable([as_children(clean(c)) for c in captions], self.options)
        self.captions = usable + [as_children(clean(caption)) for _, caption in named]
        self.known = [class_names().index(name) for name, _ in named]
        cut = [parts(c)[:MOST_PARTS] for c in self.captions]
        self.parts = sorted({p for ps in cut for p in ps})
        place = {p: i for i, p in enumerate(self.parts)}
        self.part_ids = [np.array([place[p] for p in ps]) for ps in cut]
        self.phases = [np.array(phases(c, ps), np.intp) for c, ps in zip(self.captions, cut, strict=True)]
        self._classify()
        self.caption_rate, self.part_rate = self._rates()

    def _classify(self) -> None:
        from earwitness.encoders.tags.encoder import synonym_embeddings
        from earwitness.encoders.tags.minilm import sentence_embeddings

        wordings = [as_someone(p) for p in self.parts]
        distinct = sorted(set(wordings))
        place = {w: i for i, w in enumerate(distinct)}
        embeddings = sentence_embeddings(distinct)[[place[w] for w in wordings]]
        weights = class_weights(embeddings)
        for ids, known in zip(self.part_ids[len(self.captions) - len(self.known) :], self.known, strict=True):
            # what the caption was written for is said by the part that is most about it
            part = ids[weights[ids, known].argmax()]
            weights[part] *= 1 - KNOWN
            weights[part, known] += KNOWN
        self.classes = np.argsort(-weights, 1, kind="stable")[:, :CLASSES_KEPT]
        kept = np.take_along_axis(weights, self.classes, 1)
        self.chances = np.cumsum(kept / kept.sum(1, keepdims=True), 1)
        self.faint = (embeddings @ synonym_embeddings().T).max(1) < NAMES_A_SOUND
        self.weights = weights

    def _rates(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """How often each caption and each part is drawn: rare sounds more often than they occur."""
        uses = np.bincount(np.concatenate(self.part_ids), minlength=len(self.parts))
        frequency = (self.weights * uses[:, None]).sum(0) / uses.sum()
        rarity = (1e-4 + frequency) ** -self.options.balance
        boost = self.weights @ rarity
        boost = np.clip(
            boost / np.average(boost, weights=uses), 1 / self.options.max_boost, self.options.max_boost
        )
        captions = np.array([boost[ids].mean() for ids in self.part_ids])
        alone = np.array(
            [len(p.split()) >= self.options.min_words and not FRAGMENT.search(p) for p in self.parts]
        )
        singly = boost * np.sqrt(uses) * (alone & ~self.faint)
        return captions / captions.sum(), singly / singly.sum()

    def __len__(self) -> int:
        return len(self.captions)

    def epoch(self, rng: np.random.Generator) -> Epoch:
        """Draw as many examples as there are captions."""
        n = len(self)
        single = rng.random(n) < self.options.parts_share
        chosen = rng.choice(n, n, p=self.caption_rate)
        alone = rng.choice(len(self.parts), n, p=self.part_rate)
        texts, ids, order, voices = [], [], [], np.zeros((n, 2), np.float32)
        for i in range(n):
            text = self.parts[alone[i]] if single[i] else self.captions[chosen[i]]
            low, high = bool(LOW_WORDS.search(text)), bool(HIGH_WORDS.search(text))
            plain = without_gender(text) if low or high else text
            if (low or high) and (plain is None or rng.random() < self.options.gendered):
                voices[i] = low, high
            else:
                text = plain or text
            texts.append(text)
            ids.append(alone[i : i + 1] if single[i] else self.part_ids[chosen[i]])
            order.append(np.zeros(1, np.intp) if single[i] else self.phases[chosen[i]])
        return Epoch(self, texts, ids, order, voices)


@dataclass(frozen=True, eq=False)
class Epoch:
    """Examples drawn for one pass: texts, and on demand their vectors."""

    corpus: TagCorpus
    texts: list[str]
    part_ids: list[npt.NDArray[np.intp]]
    phases: list[npt.NDArray[np.intp]]
    voices: Floats

    def vectors(self, rows: Sequence[int], rng: np.random.Generator) -> Floats:
        """Vectors of some of the texts, different at every call: (rows, dim) or (rows, views, dim)."""
        c = self.corpus
        ids = np.concatenate([self.part_ids[r] for r in rows])
        owner = np.repeat(np.arange(len(rows)), [len(self.part_ids[r]) for r in rows])
        pick = np.minimum((rng.random((len(ids), 1)) > c.chances[ids]).sum(1), CLASSES_KEPT - 1)
        classes = c.classes[ids, pick]
        voices = self.voices[list(rows)]
        if not c.options.views:
            return c.simulator.captions(classes, owner, c.faint[ids], voices, rng)
        phase = np.concatenate([self.phases[r] for r in rows])
        return c.simulator.views(classes, owner, c.faint[ids], phase, voices, rng)


def _usable(captions: Sequence[str], options: CorpusOptions) -> list[str]:
    words = [re.findall(r"[a-z']+", c) for c in captions]
    count = Counter(w for ws in words for w in ws)
    return [
        c
        for c, ws in zip(captions, words, strict=True)
        if c.isascii()
        and options.min_words <= len(ws) <= options.max_words
        and min(count[w] for w in ws) >= options.min_word_count
        and "silence" not in ws
        and not re.search(r"\d", c)
    ]
