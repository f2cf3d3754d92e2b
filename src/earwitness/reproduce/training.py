"""The decoders that a table's rows write with: trained once each, on captions alone, and exported."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from earwitness.datasets import read_references
from earwitness.encoders.registry import load_encoder
from earwitness.reproduce.needs import TRAINED_WITH
from earwitness.reproduce.row import Training
from earwitness.reproduce.standins import EPOCHS, TRAINING

Progress = Callable[[int, int], None]


def trained(
    training: Training,
    captions: Path,
    sounds: Path | None,
    folder: Path,
    *,
    encoder: str | None = None,
    progress: Progress | None = None,
) -> Path:
    """The exported folder of a training, which is done where it has not been.

    A training that was stopped goes on from its last whole epoch.

    Parameters
    ----------
    training : Training
    captions : Path
        A table of captions by sound; several of each give the noise that the set asks for.
    sounds : Path, optional
        Unlabelled sounds, for the shift.
    folder : Path
        Gets a folder for the run and one for the exported model.
    encoder : str, optional
        In place of WavCaps' Cnn14 and BERT.
    progress : callable, optional
        Steps done, of how many.
    """
    out = folder / training.name / "model"
    if (out / "step.onnx").is_file() and (out / "memory.safetensors").is_file():
        return out
    from earwitness.training.decoder.devices import find_machine
    from earwitness.training.decoder.export.model_folder import Export, export_run
    from earwitness.training.decoder.run import Run, train_on_captions

    model = load_encoder(encoder or f"wavcaps:{TRAINED_WITH}")
    groups = [list(texts) for texts in read_references(captions).captions.values()]
    texts = [text for group in groups for text in group]
    run = Run(
        texts,
        folder / training.name / "run",
        hold_out=min(500, len(texts) // 20),
        shift=_shift(training, sounds, texts, model),
        cache=folder / "embeddings",
    )
    train_on_captions(
        run,
        _recipe(training, groups, model),
        model,
        machine=find_machine("auto", "float32"),
        after_step=progress,
    )
    export_run(run.folder, out, Export(memory=texts, cache=run.cache), model)
    return out


def _recipe(training: Training, groups: Sequence[list[str]], encoder: Any) -> Any:
    from earwitness.training.decoder.corpus.gap import noise_variance
    from earwitness.training.decoder.recipes import recipe

    chosen = recipe(training.recipe)
    several = [encoder.embed_text(group) for group in groups if len(group) > 1]
    noise = noise_variance(several) if training.noise and several else 0.0
    if training.recipe == "small":
        chosen = replace(chosen, **TRAINING, train=replace(chosen.train, epochs=EPOCHS, batch=16))
    return replace(chosen, noise=noise)


def _shift(training: Training, sounds: Path | None, texts: Sequence[str], encoder: Any) -> tuple[float, ...]:
    if not training.shift or sounds is None:
        return ()
    from earwitness.training.decoder.corpus.gap import shift
    from earwitness.training.decoder.corpus.sound_embeddings import hear_folder

    vectors, _ = hear_folder(sounds, encoder)
    return tuple(map(float, shift(vectors, encoder.embed_text(list(texts)))))
