"""Train a decoder on ten captions, no sound among them, and let it caption sounds.

    python examples/train_on_captions.py examples/captions.csv examples/bell.wav examples/kitten.wav

Needs pip install 'earwitness[torch]'; half a minute on a laptop. With thousands of captions take the
recipe's own settings, and hours.
"""

from __future__ import annotations

import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import earwitness
from earwitness.datasets.caption_list import read_captions
from earwitness.encoders.registry import load_encoder
from earwitness.training.decoder.export.model_folder import Export, export_run
from earwitness.training.decoder.recipes import SMALL
from earwitness.training.decoder.run import Run, train_on_captions

FEW = replace(
    SMALL,
    width=64,
    layers=2,
    hold_out=0,
    train=replace(SMALL.train, epochs=150, batch=10, rate=0.005, warmup=10, label_smoothing=0.0),
)


def train(table: str, folder: Path) -> Path:
    """Learn to write a table's captions from where they lie in the encoder's space: a model's folder."""
    captions = read_captions([Path(table)]).captions
    encoder = load_encoder("tags")
    run, model = folder / "run", folder / "model"
    train_on_captions(Run(captions=captions, folder=run, cache=folder), FEW, encoder)
    export_run(run, model, Export(captions, cache=folder), encoder)
    return model


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        captioner = earwitness.load(train(sys.argv[1], Path(name)))
        for sound in sys.argv[2:]:
            print(f"{Path(sound).name}: {captioner.caption(sound).text}")
