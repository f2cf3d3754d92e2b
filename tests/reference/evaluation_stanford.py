"""The programs that the golden files come from: Stanford's tokenizer and the COCO scorers of pycocoevalcap.

They need a Java runtime and pycocoevalcap; the suite does without, from the frozen files that
``evaluation_golden.py`` beside this writes.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

# What pycocoevalcap's wrapper around the tokenizer drops.
DROPPED = [
    "''",
    "'",
    "``",
    "`",
    "-LRB-",
    "-RRB-",
    "-LCB-",
    "-RCB-",
    ".",
    "?",
    "!",
    ",",
    ":",
    "-",
    "--",
    "...",
    ";",
]


def why_not() -> str | None:
    """Why the programs cannot be run here; ``None`` if they can."""
    if shutil.which("java") is None:
        return "no Java runtime"
    if importlib.util.find_spec("pycocoevalcap") is None:
        return "pycocoevalcap is not installed"
    return None


def tokenise(captions: Sequence[str]) -> list[str]:
    """Captions through Stanford's program as pycocoevalcap runs it."""
    spec = importlib.util.find_spec("pycocoevalcap")
    assert spec is not None and spec.submodule_search_locations
    jar = Path(spec.submodule_search_locations[0], "tokenizer", "stanford-corenlp-3.4.1.jar")
    lines = "\n".join(caption.replace("\n", " ") for caption in captions)
    command = [
        "java",
        "-cp",
        str(jar),
        "edu.stanford.nlp.process.PTBTokenizer",
        "-preserveLines",
        "-lowerCase",
    ]
    made = subprocess.run(command, input=lines.encode(), capture_output=True, check=True).stdout.decode()
    rows = made.split("\n")[: len(captions)]
    assert len(rows) == len(captions)
    return [" ".join(word for word in row.rstrip().split(" ") if word not in DROPPED) for row in rows]


def scores(
    predictions: dict[str, str], references: dict[str, list[str]]
) -> dict[str, tuple[float, list[float]]]:
    """Tokenised predictions and references through pycocoevalcap's scorers: corpus value and clip by clip."""
    import contextlib
    import io

    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    given = {clip: [text] for clip, text in predictions.items()}
    with contextlib.redirect_stdout(io.StringIO()):
        corpus, items = Bleu(4).compute_score(references, given)
    found = {f"bleu_{n + 1}": (float(corpus[n]), [float(x) for x in items[n]]) for n in range(4)}
    for name, scorer in (("rouge_l", Rouge()), ("cider_d", Cider())):
        value, per_clip = scorer.compute_score(references, given)
        found[name] = (float(value), [float(x) for x in per_clip])
    return found
