"""The card of a classifier of what can be heard: ``card.json`` for programs, ``card.md`` for people."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from earwitness.classifier.base import AudibilityClassifier
from earwitness.common.version import __version__
from earwitness.training.classifier.data import Indices, Sentences
from earwitness.training.classifier.figures import figures, reliability, worst

FORMAT = "earwitness-audible-card-1"
CARD, PAGE = "card.json", "card.md"
_PARTS = {
    "validation": "validated on",
    "measured": "measured on",
    "measured_beginnings": "beginnings of those",
    "other": "other sentences",
}


def make_card(
    what: str, sentences: Sentences, parts: Sequence[Indices], options: dict[str, Any]
) -> dict[str, Any]:
    """The card without its figures: what it is, counts and hashes of what was learned from, options."""
    pairs = [[text, bool(label)] for text, label in zip(sentences.texts, sentences.audible, strict=True)]
    learned, validated, measured = parts
    return {
        "format": FORMAT,
        "classifier": what,
        "data": {
            "sentences": len(pairs),
            "audible": int(sentences.audible.sum()),
            "repeated": sentences.repeated,
            "contradictory": sentences.contradictory,
            "learned": len(learned),
            "validated": len(validated),
            "measured": len(measured),
            "sha256": _hash(pairs),
            "measured_sha256": _hash([pairs[i] for i in measured]),
        },
        "options": options,
        "versions": {
            "earwitness": __version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
        },
    }


def measured_on(sentences: Sentences, rows: Indices, judge: AudibilityClassifier) -> dict[str, Any]:
    """A card's figures, reliability curve and mistakes, on these sentences."""
    texts, labels = [sentences.texts[i] for i in rows], sentences.audible[rows]
    chances = judge.audibility(texts)
    return {
        "measured": figures(labels, chances),
        "reliability": [asdict(b) for b in reliability(labels, chances)],
        "confusions": worst(texts, labels, chances),
    }


def _hash(pairs: list[list[Any]]) -> str:
    return hashlib.sha256(json.dumps(pairs, ensure_ascii=False).encode()).hexdigest()


def write_card(card: dict[str, Any], folder: Path) -> None:
    """Write both into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / CARD).write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / PAGE).write_text(page(card), encoding="utf-8")


def page(card: dict[str, Any]) -> str:
    """The card as a page of Markdown."""
    data = card["data"]
    parts = [
        "# A classifier of what can be heard",
        f"{card['classifier'][0].upper()}{card['classifier'][1:]}, trained by earwitness "
        f"{card['versions']['earwitness']} on {data['sentences']:,} sentences, {data['audible']:,} of them "
        f"audible (SHA-256 `{data['sha256'][:16]}`): {data['learned']:,} learned from, "
        f"{data['validated']:,} validated on, {data['measured']:,} only measured on." + _every(card),
        _figures(card),
        "## Are its chances chances?\n\nSentences measured on, by what it said of them:",
        _curve(card["reliability"]),
        "## Where it is most wrong\n\nSentences measured on:",
        _confusions(card["confusions"]),
        "## Options\n\n" + "\n".join(f"- {name}: {value}" for name, value in card["options"].items()),
    ]
    return "\n\n".join(parts) + "\n"


def _every(card: dict[str, Any]) -> str:
    if not card.get("learned_from_every_sentence"):
        return ""
    return (
        " The figures are that run's; the weights that are kept were then learned anew from all sentences, "
        "with the same options and temperature."
    )


def _figures(card: dict[str, Any]) -> str:
    rows = [(said, card[part]) for part, said in _PARTS.items() if card.get(part)]
    lines = ["| sentences | how many | accuracy | ROC-AUC | calibration error |", "|---|---:|---:|---:|---:|"]
    for said, f in rows:
        said = f.get("name", said)
        lines.append(
            f"| {said} | {f['texts']:,} | {f['accuracy']:.3f} | {f['roc_auc']:.3f} "
            f"| {f['calibration_error']:.3f} |"
        )
    return "\n".join(lines)


def _curve(bins: list[dict[str, Any]]) -> str:
    lines = ["| P(audible) | how many | said, on average | audible in truth |", "|---|---:|---:|---:|"]
    for b in bins:
        lines.append(
            f"| {b['low']:.1f} to {b['high']:.1f} | {b['count']:,} | {b['said']:.3f} | {b['audible']:.3f} |"
        )
    return "\n".join(lines)


def _confusions(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "None."
    lines = ["| sentence | labelled | P(audible) |", "|---|---|---:|"]
    for row in rows:
        text = row["text"].replace("|", "\\|")
        label = "audible" if row["audible"] else "not audible"
        lines.append(f"| {text} | {label} | {row['audibility']:.2f} |")
    return "\n".join(lines)
