"""``earwitness train audibility``: from labelled sentences to a classifier's folder with its card.

Seven tenths of the sentences are learned from, in several forms (``audible_head``); the next 15 of a hundred
calibrate; the last 15 are only measured on. Everything follows from the seed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from earwitness.classifier.embedded import HEAD, EmbeddedAudibility, Head
from earwitness.encoders.tags.minilm import sentence_embeddings
from earwitness.training.classifier.card import make_card, measured_on, write_card
from earwitness.training.classifier.data import Indices, Sentences, divide
from earwitness.training.classifier.figures import figures
from earwitness.training.classifier.head import Form, HeadOptions, calibrate, fit_head, forms

Progress = Callable[[int, int], None]
WHAT = "one hidden layer on all-MiniLM-L6-v2"
CHUNK = 1024  # forms embedded between two reports of progress


def train_classifier(
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
    temperature = calibrate(head.logits(rows[wholes[validated]]), sentences.audible[validated])
    head = replace(head, temperature=temperature)
    card = make_card(WHAT, sentences, (learned, validated, measured), asdict(options))
    card["learned_from_every_sentence"] = every
    card |= _measure(EmbeddedAudibility(head), found, sentences, validated, measured)
    card["temperature"] = round(temperature, 4)
    if every:
        head = _learn(rows, found, sentences, np.arange(len(sentences.texts)), options, after_epoch)
        head = replace(head, temperature=temperature)
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
    known = [sentences.texts[i] for i in validated]
    of = set(measured.tolist())
    begun = [form for form in found if form.of in of and form.weight < 0.5]
    starts = np.array([sentences.audible[form.of] for form in begun], bool)
    told: dict[str, Any] = {
        "validation": figures(sentences.audible[validated], judge.audibility(known)),
        **measured_on(sentences, measured, judge),
    }
    if 0 < starts.sum() < len(starts):  # sentences may be too short to have beginnings
        told["measured_beginnings"] = figures(starts, judge.audibility([form.text for form in begun]))
    return told
