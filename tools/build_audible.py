"""Train the shipped classifier of what can be heard, from data/audibility alone.

    python tools/build_audible.py [AUDIBLE.txt INAUDIBLE.txt]

Writes src/earwitness/assets/audible.safetensors and data/audibility/CARD.md, with the figures of its 70/15/15
division; the weights are then learned from all sentences. Two more lists, such as the paper's, are measured on
and named in the card; nothing is learned from them, and none of their sentences is written anywhere.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

import numpy as np

from earwitness.classifier.embedded import HEAD, EmbeddedAudibility, load_head
from earwitness.encoders.runtime import ASSETS
from earwitness.training.classifier.card import page
from earwitness.training.classifier.data import read_sentences
from earwitness.training.classifier.figures import figures
from earwitness.training.classifier.train import train_classifier

DATA = ROOT / "data" / "audibility"


def main(paths: list[str]) -> None:
    own = read_sentences([DATA / "audible.txt", DATA / "inaudible.txt"])
    with tempfile.TemporaryDirectory() as folder:
        card = train_classifier(own, Path(folder) / "embedded", every=True, embedded=_show)
        head = Path(folder) / "embedded" / HEAD
        (ASSETS / HEAD).write_bytes(head.read_bytes())
    if paths:
        others = read_sentences([Path(p) for p in paths])
        known = {text.lower().rstrip(".") for text in own.texts}
        new = [i for i, text in enumerate(others.texts) if text.lower().rstrip(".") not in known]
        judge = EmbeddedAudibility(load_head(ASSETS / HEAD))
        chances = judge.audibility([others.texts[i] for i in new])
        card["other"] = figures(others.audible[np.array(new)], chances) | {
            "name": "the paper's sentences, never learned from; the kept weights"
        }
    (DATA / "CARD.md").write_text(page(card), encoding="utf-8")
    print(card["measured"], card.get("other", ""))


def _show(done: int, of: int) -> None:
    print(f"\r{done}/{of} embedded", end="\n" if done == of else "", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1:])
