"""SPICE, computed by its own Java program, and SPIDEr, its mean with CIDEr-D.

Anderson et al., "SPICE: semantic propositional image caption evaluation", ECCV 2016; Liu et al.,
"Improved image captioning via policy gradient optimization of SPIDEr", ICCV 2017. The program needs the
Stanford CoreNLP 3.6.0 jars beside it, which pycocoevalcap does not contain. Where they are missing the
score is missing: nothing else is ever printed under its name.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from earwitness.evaluation.corpus import Corpus
from earwitness.evaluation.metrics.base import (
    Metric,
    Outcome,
    Unavailable,
    mean_of,
    of_items,
    register_metric,
)
from earwitness.evaluation.metrics.java import JavaUnavailableError, java, last_line, package_file

CORENLP = ("stanford-corenlp-3.6.0.jar", "stanford-corenlp-3.6.0-models.jar")


def spice(corpus: Corpus) -> list[float]:
    """SPICE of each clip.

    Raises
    ------
    JavaUnavailableError
        Java, the program or the CoreNLP jars are not there, or the program failed.
    """
    jar = package_file("spice", "spice-1.0.jar")
    for name in CORENLP:
        package_file("spice", "lib", name)
    with tempfile.TemporaryDirectory(prefix="earwitness-spice-") as folder:
        given, made = Path(folder, "in.json"), Path(folder, "out.json")
        rows = zip(corpus.words, corpus.reference_words, strict=True)
        given.write_text(
            json.dumps(
                [{"image_id": n, "test": words, "refs": list(refs)} for n, (words, refs) in enumerate(rows)]
            ),
            encoding="utf-8",
        )
        command = [java(), "-Xmx8G", "-jar", str(jar), str(given), "-out", str(made), "-silent"]
        ran = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, errors="replace", check=False
        )
        if ran.returncode or not made.is_file():
            raise JavaUnavailableError(f"the SPICE program failed: {last_line(ran.stderr)}")
        scores = {row["image_id"]: float(row["scores"]["All"]["f"]) for row in json.loads(made.read_bytes())}
    return [scores[number] for number in range(len(corpus))]


def measure_spice(corpus: Corpus) -> dict[str, Outcome]:
    """SPICE of a corpus: the mean over its clips."""
    try:
        return {"spice": of_items(spice(corpus))}
    except JavaUnavailableError as error:
        return {"spice": Unavailable(str(error))}


def measure_spider(corpus: Corpus, done: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """SPIDEr: the mean of CIDEr-D and SPICE, where both are real."""
    return {"spider": mean_of(done, ("cider_d", "spice"))}


register_metric(Metric("spice", ("spice",), measure_spice))
register_metric(Metric("spider", ("spider",), measure_spider, needs=("cider_d", "spice")))
