"""Unlabelled sounds as YAMNet hears them: the raw material of noise that has the right shape."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from earwitness.audio import SILENT, AudioLimits, find_sounds, stream_windows
from earwitness.common.arrays import Floats
from earwitness.common.errors import AudioError
from earwitness.encoders.base import normalise
from earwitness.encoders.tags.yamnet import CLASSES, RATE, probabilities

PER_SOUND = 6  # patches kept of a sound, so that long ones do not drown short ones


@dataclass(frozen=True, eq=False)
class SoundBank:
    """Patches of unlabelled sounds.

    ``logits`` (patches, 521) of class probabilities; ``weight`` (patches,) sums to one and gives every
    collection of sounds the square root of its size; ``vectors`` (sounds, 521) √ of mean probability, unit
    length; ``sound_weight`` (sounds,) likewise.
    """

    logits: Floats
    weight: Floats
    vectors: Floats
    sound_weight: Floats

    def save(self, path: Path) -> None:
        """Write as safetensors."""
        from safetensors.numpy import save_file

        save_file({k: np.ascontiguousarray(v) for k, v in vars(self).items()}, path)

    @classmethod
    def load(cls, path: Path) -> SoundBank:
        """Read what ``save`` wrote."""
        from safetensors.numpy import load_file

        return cls(**load_file(path))

    @classmethod
    def listen(
        cls,
        collections: Iterable[Path],
        *,
        per_collection: int = 700,
        seed: int = 0,
        progress: Callable[[Path], None] | None = None,
    ) -> SoundBank:
        """Hear the first ten seconds of at most ``per_collection`` sounds of each folder.

        Sounds that cannot be read, and silence, are passed over.
        """
        rng = np.random.default_rng(seed)
        logits, weights, vectors, sound_weights = [], [], [], []
        for folder in collections:
            found = [f.path for f in find_sounds([folder])]
            chosen = sorted(rng.permutation(len(found))[:per_collection])
            heard = [p for p in (_hear(found[i]) for i in chosen) if p is not None]
            for p in heard:
                few = p[rng.permutation(len(p))[:PER_SOUND]]
                logits.append(logit(few))
                weights += [1 / np.sqrt(len(heard) * len(few))] * len(few)
                vectors.append(np.sqrt(p.mean(0)))
                sound_weights.append(1 / np.sqrt(len(heard)))
            if progress:
                progress(Path(folder))
        return cls(
            np.concatenate(logits).astype(np.float32),
            _shares(weights),
            normalise(np.stack(vectors)),
            _shares(sound_weights),
        )

    def sample(self, count: int, seed: int = 0) -> Floats:
        """``count`` different sounds' vectors, drawn by weight."""
        weight = self.sound_weight.astype(np.float64)
        rows = np.random.default_rng(seed).choice(len(weight), count, replace=False, p=weight / weight.sum())
        return self.vectors[np.sort(rows)]


def logit(p: Floats) -> Floats:
    """log(p / (1 - p)), p kept within [1e-6, 1 - 1e-4]."""
    p = np.clip(p, 1e-6, 1 - 1e-4)
    return np.asarray(np.log(p / (1 - p)), np.float32)


def _hear(path: Path) -> Floats | None:
    try:
        clip = next(iter(stream_windows(path, RATE, 10.0, limits=AudioLimits())))
    except AudioError:
        return None
    if SILENT in clip.notes or clip.seconds < 0.05:
        return None
    p = probabilities(clip.samples)
    assert p.shape[1] == CLASSES
    return p


def _shares(weights: list[float]) -> Floats:
    array = np.array(weights)
    return np.asarray(array / array.sum(), np.float32)
