"""Beam search over any decoder, many clips at once; greedy decoding is a beam of one."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from earwitness.common.arrays import Floats
from earwitness.common.counting import counted
from earwitness.common.errors import OptionError
from earwitness.common.options import option
from earwitness.methods.wsac.decoder import Decoder


@dataclass(frozen=True)
class SearchOptions:
    """How sentences are searched for."""

    beams: int = option(1, "Partial sentences kept at every step; 1 is greedy decoding.")
    max_tokens: int = option(30, "Most tokens of a sentence.")
    min_tokens: int = option(0, "Least tokens before a sentence may end.")
    # the log-probability is divided by the length to this power
    length_power: float = option(1.0, "Above 0 favours longer sentences.")
    no_repeat: int = option(0, "No run of this many tokens comes twice; 0 allows all repeats.")
    # diverse beam search (Vijayakumar et al. 2016), Hamming diversity: sentences that differ, for a re-rank
    group: int = option(0, "Beams to a group, each kept from repeating the groups before it; 0: one group.")
    diversity: float = option(1.0, "What a token costs each time an earlier group chose it at this step.")
    legacy_tokens: bool = option(
        False, "Let padding and unknown words be written, as the published search does."
    )

    def __post_init__(self) -> None:
        if self.beams < 1 or self.max_tokens < 1:
            raise OptionError(f"beams and max_tokens are at least 1, not {self.beams} and {self.max_tokens}.")
        if self.group < 0 or (self.group and self.beams % self.group):
            raise OptionError(f"{counted(self.beams, 'beam')} cannot be split into groups of {self.group}.")
        if self.diversity < 0:
            raise OptionError(f"diversity is at least 0, not {self.diversity}.")

    @property
    def groups(self) -> int:
        """How many groups the beams are split into."""
        return self.beams // self.group if self.group else 1


@dataclass(frozen=True)
class Hypothesis:
    """A sentence: its tokens without the end mark, their log-probability, and the search's score.

    ``ended`` is whether the end mark came; else there was no room for more.
    """

    tokens: tuple[int, ...]
    logprob: float
    score: float
    ended: bool = True


@dataclass
class _Beam:
    """The search of one group of one clip: live partial sentences, and finished ones."""

    clip: int
    tokens: list[list[int]]
    logprobs: list[float]
    finished: list[Hypothesis] = field(default_factory=list)


def search(decoder: Decoder, vectors: Floats, options: SearchOptions) -> list[list[Hypothesis]]:
    """Write sentences for embeddings.

    Parameters
    ----------
    decoder : Decoder
    vectors : (n, dim) float32
        One prefix embedding a clip.
    options : SearchOptions

    Returns
    -------
    list of n lists of Hypothesis, best first, at most ``options.beams`` each. A clip's sentences do not
    depend on the clips beside it.
    """
    if not len(vectors):
        return []
    logits, state = decoder.begin(vectors)
    beams = [_Beam(clip, [[]], [0.0]) for clip in range(len(vectors)) for _ in range(options.groups)]
    if options.groups > 1:
        copies = np.repeat(np.arange(len(vectors), dtype=np.int64), options.groups)
        logits, state = logits[copies], decoder.select(state, copies)
    live = beams
    limit = min(options.max_tokens, decoder.max_tokens)
    never = [] if options.legacy_tokens else list(decoder.banned)
    for step in range(limit):
        logits[:, never] = -np.inf
        if options.beams == options.groups:
            rows = _step_of_ones(live, logits, step, limit, decoder.end, options)
        else:
            rows = _step(live, log_softmax(logits), step, limit, decoder.end, options)
        live = [beam for beam in live if beam.tokens]
        if not live:
            break
        state = decoder.select(state, np.array(rows, np.int64))
        last = np.array([t[-1] for beam in live for t in beam.tokens], np.int64)
        logits, state = decoder.advance(last, state)
    n = options.groups
    return [_best(beams[i : i + n], options) for i in range(0, len(beams), n)]


def _step(
    live: list[_Beam],
    logprobs: npt.NDArray[np.float64],
    step: int,
    limit: int,
    end: int,
    options: SearchOptions,
) -> list[int]:
    """Advance every beam by a token, the groups of a clip in turn; returns the rows that go on."""
    rows: list[int] = []
    offset, clip, cost = 0, -1, np.zeros(0)
    for beam in live:
        if beam.clip != clip:
            clip, cost = beam.clip, np.zeros(logprobs.shape[1])
        width = len(beam.tokens)
        kept = _extend(beam, logprobs[offset : offset + width], cost, step, limit, end, options)
        np.add.at(cost, [t[-1] for t in beam.tokens], options.diversity)
        rows.extend(offset + parent for parent in kept)
        offset += width
    return rows


def _step_of_ones(
    live: list[_Beam], logits: Floats, step: int, limit: int, end: int, options: SearchOptions
) -> list[int]:
    """``_step`` where a group is one beam: the same choices, most of them made for all beams at once.

    A beam goes on with its likeliest token, unless that repeats what may not be, or an earlier group of its
    clip has chosen it: only then are the others looked at, in that row alone.
    """
    highest = logits.max(1)
    rest = np.log(np.exp(logits - highest[:, None]).sum(1, dtype=np.float64))
    if step < options.min_tokens:
        logits[:, end] = -np.inf
    likeliest = logits.argmax(1)
    rows: list[int] = []
    clip = -1
    chosen: dict[int, int] = {}
    for row, beam in enumerate(live):
        if beam.clip != clip:
            clip, chosen = beam.clip, {}
        token = int(likeliest[row])
        banned = _repeats(beam.tokens[0], options.no_repeat)
        if token in chosen or token in banned:
            worth = logits[row].astype(np.float64)
            worth[banned] = -np.inf
            for other, times in chosen.items():
                worth[other] -= times * options.diversity
            token = int(worth.argmax())
        if token in banned or not logits[row, token] > -np.inf:
            beam.tokens, beam.logprobs = [], []
            continue
        # in single precision, as the difference that ``log_softmax`` takes the sum from
        total = beam.logprobs[0] + float(float(logits[row, token] - highest[row]) - rest[row])
        if token == end:
            _finish(beam, beam.tokens[0], total, options)
            beam.tokens, beam.logprobs = [], []
            continue
        longer = [*beam.tokens[0], token]
        if step + 1 == limit:
            _finish(beam, longer, total, options, ended=False)
            beam.tokens, beam.logprobs = [], []
            continue
        chosen[token] = chosen.get(token, 0) + 1
        beam.tokens, beam.logprobs = [longer], [total]
        rows.append(row)
    return rows


def _best(groups: list[_Beam], options: SearchOptions) -> list[Hypothesis]:
    """The finished sentences of a clip's groups, each once, best first."""
    found = {h.tokens: h for beam in groups for h in beam.finished}
    return sorted(found.values(), key=lambda h: -h.score)[: options.beams]


def _extend(
    beam: _Beam,
    logprobs: npt.NDArray[np.float64],
    cost: npt.NDArray[np.float64],
    step: int,
    limit: int,
    end: int,
    options: SearchOptions,
) -> list[int]:
    """Advance one beam by a token; returns which of its rows the new live ones continue.

    ``cost`` (vocab,) counts in what is chosen, not in how likely the sentence is held to be.
    """
    size = options.beams // options.groups
    totals = np.array(beam.logprobs)[:, None] + logprobs
    if step < options.min_tokens:
        totals[:, end] = -np.inf
    for row, before in enumerate(beam.tokens):
        totals[row, _repeats(before, options.no_repeat)] = -np.inf
    vocab = totals.shape[1]
    # 2 x beams candidates: even if every beam's end mark is among them, enough go on.
    best = _top((totals - cost).ravel(), 2 * size)
    tokens: list[list[int]] = []
    scores: list[float] = []
    parents: list[int] = []
    for rank, index in enumerate(best):
        parent, token, total = int(index) // vocab, int(index) % vocab, float(totals.flat[index])
        if total == -np.inf:
            continue
        if token == end:
            if rank < size:
                _finish(beam, beam.tokens[parent], total, options)
        elif len(tokens) < size:
            tokens.append([*beam.tokens[parent], token])
            scores.append(total)
            parents.append(parent)
    beam.tokens, beam.logprobs = tokens, scores
    if step + 1 == limit and not beam.finished:
        # Out of room: the best unfinished sentence is better than none.
        for unfinished, total in zip(tokens, scores, strict=True):
            _finish(beam, unfinished, total, options, ended=False)
    if _done(beam, size, options.length_power):
        beam.tokens, beam.logprobs = [], []
        return []
    return parents


def _finish(
    beam: _Beam, tokens: list[int], logprob: float, options: SearchOptions, *, ended: bool = True
) -> None:
    score = logprob / (len(tokens) + 1) ** options.length_power
    beam.finished.append(Hypothesis(tuple(tokens), logprob, score, ended))


def _done(beam: _Beam, size: int, power: float) -> bool:
    """Whether no live sentence is searched on: enough are finished and the live ones are behind them all."""
    if not beam.tokens or len(beam.finished) < size:
        return not beam.tokens
    if size == 1:
        return True  # greedy: the likeliest token was the end, and no second choice is looked at
    worst = sorted(h.score for h in beam.finished)[-size]
    now = max(beam.logprobs) / (len(beam.tokens[0]) + 1) ** power
    return bool(now <= worst)


def _repeats(tokens: list[int], n: int) -> list[int]:
    """Tokens that would complete a run of ``n`` tokens that came before."""
    if n <= 0 or len(tokens) < n:
        return []
    tail = tokens[len(tokens) - n + 1 :]
    return [tokens[i + n - 1] for i in range(len(tokens) - n + 1) if tokens[i : i + n - 1] == tail]


def _top(values: npt.NDArray[Any], k: int) -> npt.NDArray[np.intp]:
    """Indices of the k largest, largest first; equal values in the order of their index."""
    k = min(k, len(values))
    part = np.argpartition(-values, k - 1)[:k]
    return part[np.lexsort((part, -values[part]))]


def log_softmax(logits: Floats) -> npt.NDArray[np.float64]:
    """Row-wise log-probabilities in double precision.

    >>> log_softmax(np.array([[0.0, 0.0]], np.float32)).round(4).tolist()
    [[-0.6931, -0.6931]]
    """
    x = logits - logits.max(1, keepdims=True)
    # Single precision is enough for each term; their sum over the vocabulary is kept in double.
    total = np.exp(x).sum(1, keepdims=True, dtype=np.float64)
    return np.asarray(x - np.log(total))
