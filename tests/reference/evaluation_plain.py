"""BLEU, ROUGE-L and CIDEr-D as their papers define them: slow, plain, and kept for testing only."""

from __future__ import annotations

import math


def runs(sentence: str, order: int) -> list[tuple[str, ...]]:
    words = sentence.split()
    return [tuple(words[first : first + order]) for first in range(len(words) - order + 1)]


def bleu(predictions: list[str], references: list[list[str]], order: int) -> float:
    """Corpus BLEU with the closest reference length."""
    product = 1.0
    for n in range(1, order + 1):
        matched = guessed = 0
        for prediction, candidates in zip(predictions, references, strict=True):
            found = runs(prediction, n)
            guessed += len(found)
            for run in set(found):
                most = max(runs(reference, n).count(run) for reference in candidates)
                matched += min(found.count(run), most)
        product *= (matched + 1e-15) / (guessed + 1e-9)
    length = sum(len(prediction.split()) for prediction in predictions)
    closest = 0
    for prediction, candidates in zip(predictions, references, strict=True):
        own = len(prediction.split())
        closest += min((abs(len(r.split()) - own), len(r.split())) for r in candidates)[1]
    ratio = (length + 1e-15) / (closest + 1e-9)
    return product ** (1 / order) * (math.exp(1 - 1 / ratio) if ratio < 1 else 1.0)


def longest_common_subsequence(first: list[str], second: list[str]) -> int:
    table = [[0] * (len(second) + 1) for _ in range(len(first) + 1)]
    for i, word in enumerate(first):
        for j, other in enumerate(second):
            table[i + 1][j + 1] = table[i][j] + 1 if word == other else max(table[i][j + 1], table[i + 1][j])
    return table[-1][-1]


def rouge_l(prediction: str, references: list[str]) -> float:
    words = prediction.split(" ")
    precision = max(longest_common_subsequence(words, r.split(" ")) / len(words) for r in references)
    recall = max(longest_common_subsequence(words, r.split(" ")) / len(r.split(" ")) for r in references)
    if precision == 0 or recall == 0:
        return 0.0
    return (1 + 1.2**2) * precision * recall / (recall + 1.2**2 * precision)


def cider_d(predictions: list[str], references: list[list[str]]) -> list[float]:
    def weight(run: tuple[str, ...], sentence: str) -> float:
        clips = sum(any(run in runs(r, len(run)) for r in candidates) for candidates in references)
        return runs(sentence, len(run)).count(run) * (math.log(len(references)) - math.log(max(1, clips)))

    scores = []
    for prediction, candidates in zip(predictions, references, strict=True):
        total = 0.0
        for reference in candidates:
            for n in range(1, 5):
                ours = {run: weight(run, prediction) for run in runs(prediction, n)}
                theirs = {run: weight(run, reference) for run in runs(reference, n)}
                dot = sum(min(w, theirs.get(run, 0.0)) * theirs.get(run, 0.0) for run, w in ours.items())
                norms = [math.sqrt(sum(w * w for w in side.values())) for side in (ours, theirs)]
                apart = len(runs(prediction, 2)) - len(runs(reference, 2))
                if norms[0] and norms[1]:
                    total += dot / norms[0] / norms[1] * math.exp(-(apart**2) / (2 * 6.0**2)) / 4
        scores.append(10 * total / len(candidates))
    return scores
