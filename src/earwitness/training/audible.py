"""``earwitness train audibility``: from labelled sentences to a classifier's folder with its card.

Seven tenths of the sentences are learned from, in several forms (``audible_head``); the next 15 of a hundred
calibrate; the last 15 are only measured on. Everything follows from the seed.
"""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

import earwitness
from earwitness.encoders.minilm import sentence_embeddings
from earwitness.methods.audible import HEAD, EmbeddedAudibility, Head
from earwitness.training.audible_card import write_card
from earwitness.training.audible_data import Indices, Sentences, divide
from earwitness.training.audible_figures import figures, reliability, worst
from earwitness.training.audible_head import Form, HeadOptions, fit_head, forms, platt

Progress = Callable[[int, int], None]
CHUNK = 1024  # forms embedded between two reports of progress


def train_audible(
    sentences: Sentences,
    folder: Path,
    options: HeadOptions | None = None,
    *,
    every: bool = False,
    embedded: Progress | None = None,
    after_epoch: Progress | None = None,
) -> dict[str, Any]:
    """Learn a head, calibrate and measure it, and write its folder.

    Parameters
    ----------
    sentences : Sentences
    folder : Path
        Gets ``audible.safetensors``, ``card.json`` and ``card.md``.
    options : HeadOptions, optional
    every : bool
        After measuring, learn the weights anew from all sentences, with the calibration that was measured.
    embedded, after_epoch : callable, optional
        Progress of embedding and of learning: done, of how many.

    Returns
    -------
    dict
        The card, of plain JSON types.
    """
    options = options or HeadOptions()
    learned, validated, measured = divide(len(sentences.texts), options.seed)
    found = forms(sentences.texts, options)
    rows = _embed([form.text for form in found], embedded)
    head = _learn(rows, found, sentences, learned, options, after_epoch)
    wholes = np.array([i for i, form in enumerate(found) if form.weight == 1.0])
    slope, shift = platt(head.logits(rows[wholes[validated]]), sentences.audible[validated])
    head = replace(head, slope=slope, shift=shift)
    card = _card(sentences, options, (learned, validated, measured), every)
    card |= _measure(EmbeddedAudibility(head), found, sentences, validated, measured)
    card["calibration"] = {"slope": round(slope, 4), "shift": round(shift, 4)}
    if every:
        head = _learn(rows, found, sentences, np.arange(len(sentences.texts)), options, after_epoch)
        head = replace(head, slope=slope, shift=shift)
    head.save(folder / HEAD, folder.name)
    write_card(card, folder)
    return card


def _embed(texts: Sequence[str], progress: Progress | None) -> npt.NDArray[np.float32]:
    rows = []
    for first in range(0, len(texts), CHUNK):
        rows.append(sentence_embeddings(texts[first : first + CHUNK]))
        if progress:
            progress(min(first + CHUNK, len(texts)), len(texts))
    return np.concatenate(rows)


def _learn(
    rows: npt.NDArray[np.float32],
    found: Sequence[Form],
    sentences: Sentences,
    of: Indices,
    options: HeadOptions,
    after_epoch: Progress | None,
) -> Head:
    wanted = np.zeros(len(sentences.texts), bool)
    wanted[of] = True
    kept = np.array([i for i, form in enumerate(found) if wanted[form.of]])
    labels = np.array([sentences.audible[found[i].of] for i in kept])
    weights = np.array([found[i].weight for i in kept])
    return fit_head(rows[kept], labels, weights, options, after_epoch)


def _measure(
    judge: EmbeddedAudibility,
    found: Sequence[Form],
    sentences: Sentences,
    validated: Indices,
    measured: Indices,
) -> dict[str, Any]:
    """Figures of whole sentences and of beginnings; curve and mistakes of the sentences measured on."""
    texts = [sentences.texts[i] for i in measured]
    labels = sentences.audible[measured]
    chances = judge.audibility(texts)
    known = [sentences.texts[i] for i in validated]
    begun = [f for f in found if f.of in set(measured.tolist()) and f.weight < 0.5]
    starts = np.array([sentences.audible[f.of] for f in begun], bool)
    some = 0 < starts.sum() < len(starts)  # sentences may be too short to have beginnings
    return {
        "validation": figures(sentences.audible[validated], judge.audibility(known)),
        "measured": figures(labels, chances),
        "measured_beginnings": figures(starts, judge.audibility([f.text for f in begun])) if some else None,
        "reliability": [asdict(b) for b in reliability(labels, chances)],
        "confusions": worst(texts, labels, chances),
    }


def _card(
    sentences: Sentences, options: HeadOptions, parts: tuple[Indices, Indices, Indices], every: bool
) -> dict[str, Any]:
    return {
        "format": "earwitness-audible-card-1",
        "classifier": "one hidden layer on all-MiniLM-L6-v2",
        "data": describe_data(sentences, parts),
        "learned_from_every_sentence": every,
        "options": asdict(options),
        "versions": {
            "earwitness": earwitness.__version__,
            "python": platform.python_version(),
            "numpy": np.__version__,
        },
    }


def describe_data(sentences: Sentences, parts: Sequence[Indices]) -> dict[str, Any]:
    """Counts and hashes of the sentences and of their division."""
    pairs = [[text, bool(label)] for text, label in zip(sentences.texts, sentences.audible, strict=True)]
    learned, validated, measured = parts
    return {
        "sentences": len(pairs),
        "audible": int(sentences.audible.sum()),
        "repeated": sentences.repeated,
        "contradictory": sentences.contradictory,
        "learned": len(learned),
        "validated": len(validated),
        "measured": len(measured),
        "sha256": hashlib.sha256(json.dumps(pairs, ensure_ascii=False).encode()).hexdigest(),
        "measured_sha256": hashlib.sha256(
            json.dumps([pairs[i] for i in measured], ensure_ascii=False).encode()
        ).hexdigest(),
    }
