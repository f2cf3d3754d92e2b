"""Fit assets/confidence.json: how far captions are to be believed.

    python tools/build_confidence.py SHARED_FOLDER [--cache FOLDER]

To be run again when the decoder, the tagger or the ways of writing change; benchmarks/confidence.py says how
good the same fit is on sounds that it did not see.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "src")]

from labelled_sounds import SETS, Example, Truth, cuts, examples, whole_sounds

import earwitness
from earwitness.captioning.captioner import Captioner
from earwitness.captioning.loading import CONFIDENCE
from earwitness.common.caption import Alternative
from earwitness.common.talk import SPEECH
from earwitness.confidence.estimator import LOOKED_AT, Features
from earwitness.confidence.features import GENERAL, SENTENCE, near
from earwitness.confidence.model import ConfidenceModel
from earwitness.confidence.speech import without_unheard_speech
from earwitness.encoders.runtime import ASSETS
from earwitness.methods.base import Written
from earwitness.training.confidence.examples import Table
from earwitness.training.confidence.figures import reliability
from earwitness.training.confidence.fitting import FitOptions, fit

FURTHER = 0.5  # how much a sound's further sentences count beside the first, together
VARIED = 0.3  # how much a cut sound counts beside a whole one

SENTENCES = FitOptions(
    features=(
        "heard", "heard_least", "above_usual", "entropy", "margin", "claims", "words", "length",
        "length_heard",
    ),
    l2=1.0,
    sets={"esc10": 4.0},
)  # fmt: skip
GENERALS = FitOptions(features=GENERAL)


def main() -> None:
    arguments = parsed()
    captioner = earwitness.load()
    *_, sentences, generals = learned_from(captioner, arguments.shared, arguments.cache)
    model = ConfidenceModel(
        captioner.method.name,
        captioner.encoder.name,
        {"bridge": "audio"},
        fit(sentences, SENTENCE, SENTENCES),
        fit(generals, GENERAL, GENERALS),
        {},
    )
    model = replace(model, card=card(model, sentences))
    model.write(ASSETS / CONFIDENCE)
    print((ASSETS / CONFIDENCE).read_text())


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shared", type=Path, help="folder with sounds/ and tools/")
    parser.add_argument("--cache", type=Path, default=Path.home() / ".cache" / "earwitness" / "confidence")
    return parser.parse_args()


def load_examples(captioner: Captioner, shared: Path, cache: Path) -> list[Example]:
    """All labelled sounds, whole and cut, as they are captioned before any confidence is asked for."""
    plain = Captioner(captioner.encoder, captioner.method, captioner.workers)
    whole = whole_sounds(shared)
    return examples(plain, [*whole, *cuts(whole)], cache)


def told(example: Example, features: Features) -> tuple[str, ...]:
    """The sentences as they are judged: those that invent speech behind the others."""
    written = Written(tuple(Alternative(text, 0.0) for text in example.texts))
    speech = features.loudest(example.evidence, SPEECH)
    return tuple(s.text for s in without_unheard_speech(written, speech).sentences)


def learned_from(
    captioner: Captioner, shared: Path, cache: Path
) -> tuple[list[Example], Truth, Features, Table, Table]:
    """Labelled sounds as heard, their truth, and the tables of sentences and of general ones."""
    heard = load_examples(captioner, shared, cache)
    truth, features = Truth(shared), Features(captioner.encoder)
    return (
        heard, truth, features,
        sentence_table(heard, truth, features), general_table(heard, truth, features),
    )  # fmt: skip


def sentence_table(heard: Sequence[Example], truth: Truth, features: Features) -> Table:
    """A row a sentence."""
    tables, right, weight, sets, groups, judged = [], [], [], [], [], []
    for example in heard:
        every, sound = told(example, features), example.sound
        texts, vector = every[:LOOKED_AT], example.heard.vector
        assert vector is not None
        tables.append(features.sentences(example.evidence, vector, texts))
        right += [truth.right(sound, text) for text in texts]
        once = 1.0 if sound.whole else VARIED
        weight += [once * (1.0 if i == 0 else FURTHER / len(texts)) for i in range(len(texts))]
        sets += [sound.set] * len(texts)
        groups += [sound.group] * len(texts)
        judged += [sound.whole and i == 0 for i in range(len(texts))]
    return _table(tables, right, weight, sets, groups, judged)


def general_table(heard: Sequence[Example], truth: Truth, features: Features) -> Table:
    """A row a node that could be spoken of, for each sound whose classes are known."""
    tables, right, weight, sets, groups, judged = [], [], [], [], [], []
    for example in heard:
        nodes, sound = truth.nodes(example.sound), example.sound
        if nodes is None:
            continue
        table = features.general(example.evidence, told(example, features)[:LOOKED_AT])
        picked = near(table)
        tables.append(table[picked])
        count = int(picked.sum())
        right += nodes[picked].tolist()
        weight += [1.0 if sound.whole else VARIED] * count
        sets += [sound.set] * count
        groups += [sound.group] * count
        judged += [sound.whole] * count
    return _table(tables, right, weight, sets, groups, judged)


def card(model: ConfidenceModel, table: Table) -> dict[str, object]:
    """What the model was fitted on, and how well it fits that."""
    said = model.sentence.probability(table.features, SENTENCE)
    sets: dict[str, object] = {}
    for name in SETS:
        rows = table.judged & (table.set == name)
        found = reliability(said[rows], table.right[rows])
        sets[name] = {"sounds": found.n, "auroc": round(found.auroc, 3), "ece": round(found.ece, 3)}
    return {
        "what": "probability that a caption names what is there",
        "fitted_on": sets,
        "note": "these figures are of the sounds fitted on; benchmarks/confidence.md has those of unseen ones",
        "labels": "data/confidence/labels.tsv",
        "licence": "MIT",
    }


def _table(
    tables: list[np.ndarray],
    right: list[bool],
    weight: list[float],
    sets: list[str],
    groups: list[str],
    judged: list[bool],
) -> Table:
    return Table(
        np.concatenate(tables),
        np.array(right, np.float64),
        np.array(weight, np.float64),
        np.array(sets),
        np.array(groups),
        np.array(judged, bool),
    )


if __name__ == "__main__":
    main()
