"""``earwitness audible``: which sentences speak of something that can be heard."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from earwitness.cli.flags import Argument, Option
from earwitness.cli.shared_flags import Debug, TextFormat
from earwitness.cli.tables import check_row_format, write_rows


def audible(
    sentences: Annotated[
        list[str] | None,
        Argument(metavar="SENTENCE...", help="Sentences, or - to read lines from stdin."),
    ] = None,
    file: Annotated[Path | None, Option(metavar="FILE", help="A file of sentences, one a line.")] = None,
    format: TextFormat = "text",
    classifier: Annotated[
        str, Option(metavar="NAME", help="embedded, a folder, or a hub id; FOLDER#0: its label 0.")
    ] = "embedded",
    device: Annotated[str, Option(help="Where a classifier of transformers computes.")] = "cpu",
    debug: Debug = False,
) -> None:
    """Say how likely it is that a sentence, or one that begins so, speaks of what can be heard (0 to 1)."""
    from earwitness.classifier.embedded import load_classifier

    check_row_format(format)
    texts = _texts(sentences or [], file)
    judge = load_classifier(classifier, device=device)
    chances = judge.audibility(texts)
    rows = [{"text": t, "audibility": round(float(p), 4)} for t, p in zip(texts, chances, strict=True)]
    write_rows(
        format, rows, lambda row: f"{row['audibility']:.2f}  {row['text']}",
        classifier=judge.name, sentences=rows,
    )  # fmt: skip


def _texts(sentences: Sequence[str], file: Path | None) -> list[str]:
    from earwitness.common.errors import OptionError
    from earwitness.datasets.files import read_text

    found: list[str] = []
    for sentence in sentences:
        found += sys.stdin.read().splitlines() if sentence == "-" else [sentence]
    found += read_text(file).splitlines() if file else []
    kept = [text.strip() for text in found if text.strip()]
    if not kept:
        raise OptionError("there is no sentence: give some, - for lines of stdin, or --file.")
    return kept
