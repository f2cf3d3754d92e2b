"""METEOR 1.5, computed by its own Java program.

Denkowski and Lavie, "Meteor universal: language specific translation evaluation for any target language", WMT
2014. Never a look-alike: other METEORs (that of NLTK, say) differ from it by ten points and more.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterable
from typing import IO

import numpy as np
import numpy.typing as npt

from earwitness.evaluation.corpus import Corpus
from earwitness.evaluation.metrics.base import Measured, Metric, Outcome, Unavailable, register_metric
from earwitness.evaluation.metrics.java import JavaUnavailableError, java, last_line, package_file

# The program's parameters for English: precision against recall, fragmentation, content against function
# words, and the weights of exact, stem, synonym and paraphrase matches.
ALPHA, BETA, GAMMA, DELTA = 0.85, 0.2, 0.6, 0.75
WEIGHTS = np.array([1.0, 0.6, 0.8, 0.6])

Floats = npt.NDArray[np.float64]


class MeteorProgram:
    """The program at work; a context manager that ends it.

    Raises
    ------
    JavaUnavailableError
        it cannot be started, or stops answering.
    """

    def __init__(self) -> None:
        jar = package_file("meteor", "meteor-1.5.jar")
        command = [
            java(),
            "-Dfile.encoding=UTF-8",
            "-Xmx2G",
            "-jar",
            jar.name,
            "-",
            "-",
            "-stdio",
            "-l",
            "en",
            "-norm",
        ]
        self._errors: IO[str] = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115
        self._process = subprocess.Popen(
            command,
            cwd=jar.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            encoding="utf-8",
        )

    def __enter__(self) -> MeteorProgram:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()
        self._errors.close()

    def statistics(self, prediction: str, references: Iterable[str]) -> Floats:
        """The 23 additive counts of one clip, from tokenised sentences."""
        fields = ["SCORE", *(_field(reference) for reference in references), _field(prediction)]
        return np.array(self._ask(" ||| ".join(fields)).split(), dtype=np.float64)

    def scores(self, statistics: Floats) -> tuple[float, list[float]]:
        """The score of a corpus and of each clip, from the counts of its clips."""
        rows = (" ".join(f"{value:.1f}" for value in row) for row in statistics)
        first = self._ask(" ||| ".join(["EVAL", *rows]))
        rest = [self._answer() for _ in range(len(statistics))]
        items = [float(first), *map(float, rest)]
        return items.pop(), items

    def _ask(self, line: str) -> str:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            self._fail()
        return self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line.strip():
            self._fail()
        return line

    def _fail(self) -> None:
        self._errors.seek(0)
        raise JavaUnavailableError(f"the METEOR program stopped: {last_line(self._errors.read())}")


def _field(sentence: str) -> str:
    return " ".join(sentence.replace("|||", " ").split())


def meteor_score(statistics: npt.ArrayLike) -> Floats:
    """METEOR of (summed) counts: the program's last step, needed anew for each resampled corpus.

    Shape: (..., 23) -> (...)

    The counts are lengths (prediction, reference), function words among them, then for each kind of match
    content words in prediction and reference and function words in both, then chunks and matched words in
    both.

    >>> four_words_three_matched = [4, 3, 1, 1, 2, 2, 1, 1] + [0] * 12 + [1, 3, 3]
    >>> round(float(meteor_score(four_words_three_matched)), 6)
    0.487045
    """
    counts = np.asarray(statistics, dtype=np.float64)
    lengths, function = counts[..., 0:2], counts[..., 2:4]
    matches = counts[..., 4:20].reshape(*counts.shape[:-1], 4, 4)
    chunks, matched = counts[..., 20], counts[..., 21:23]
    # content words count DELTA each, function words 1 - DELTA, in prediction (precision) and reference
    # (recall)
    weighted = np.einsum(
        "k,...ks->...s", WEIGHTS, DELTA * matches[..., 0:2] + (1 - DELTA) * matches[..., 2:4]
    )
    total = DELTA * (lengths - function) + (1 - DELTA) * function
    precision, recall = np.moveaxis(weighted / np.where(total == 0, 1, total), -1, 0)
    below = ALPHA * precision + (1 - ALPHA) * recall
    mean = precision * recall / np.where(below == 0, 1, below)
    words = matched.mean(axis=-1)
    fragmentation = chunks / np.where(words == 0, 1, words)
    return np.asarray(mean * (1 - GAMMA * fragmentation**BETA))


def forgive_whole(statistics: Floats) -> Floats:
    """As the program has it, a prediction equal to its reference has no chunk rather than one.

    Shape: (clips, 23) -> (clips, 23)
    """
    whole = (statistics[:, 21:23] == statistics[:, 0:2]).all(axis=1) & (statistics[:, 20] == 1)
    forgiven = statistics.copy()
    forgiven[whole, 20] = 0
    return forgiven


def measure_meteor(corpus: Corpus) -> dict[str, Outcome]:
    """METEOR of a corpus; resampled corpora are scored from resampled counts."""
    try:
        with MeteorProgram() as program:
            rows = zip(corpus.words, corpus.reference_words, strict=True)
            statistics = np.array([program.statistics(*clip) for clip in rows])
            value, items = program.scores(statistics)
    except JavaUnavailableError as error:
        return {"meteor": Unavailable(str(error))}
    counted = forgive_whole(statistics)
    return {"meteor": Measured(value, tuple(items), lambda counts: meteor_score(counts @ counted))}


register_metric(Metric("meteor", ("meteor",), measure_meteor))
