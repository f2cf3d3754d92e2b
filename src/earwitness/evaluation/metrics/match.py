"""The match score: how well captions fit their sounds, by an audio–text encoder that is always named."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from earwitness.common.counting import counted
from earwitness.common.errors import AudioError
from earwitness.evaluation.corpus import Corpus
from earwitness.evaluation.metrics.base import (
    Measured,
    Metric,
    Outcome,
    Unavailable,
    of_items,
    register_metric,
)

if TYPE_CHECKING:
    from earwitness.audio import Clip
    from earwitness.encoders.base import AudioTextEncoder

BATCH = 32


def match_metric(encoder: AudioTextEncoder) -> Metric:
    """A metric: the mean cosine between each clip's sound and its predicted caption, no reference needed.

    A clip is embedded as the encoder's contract has it, the mean of its windows, so no random crop enters. An
    empty prediction scores 0. Hessel et al., "CLIPScore: a reference-free evaluation metric for image
    captioning", EMNLP 2021, without its rescaling.
    """

    def measure(corpus: Corpus) -> dict[str, Outcome]:
        silent = [clip for clip in corpus.ids if clip not in corpus.sounds]
        if silent:
            return {
                "match": Unavailable(
                    f"the sound of {counted(len(silent), 'clip')} is not at hand, {silent[0]!r} the first"
                )
            }
        try:
            return {"match": _measure(corpus, encoder)}
        except AudioError as error:
            return {"match": Unavailable(f"a sound could not be read: {error}")}

    return Metric("match", ("match",), measure)


def _measure(corpus: Corpus, encoder: AudioTextEncoder) -> Measured:
    items: list[float] = []
    for first in range(0, len(corpus), BATCH):
        ids, texts = corpus.ids[first : first + BATCH], corpus.predictions[first : first + BATCH]
        sounds = encoder.embed_audio([_read(corpus.sounds[clip], encoder.rate) for clip in ids])
        sentences = encoder.embed_text([text or " " for text in texts])
        cosines = np.einsum("nd,nd->n", sounds.astype(np.float64), sentences.astype(np.float64))
        items += [float(cosine) if text else 0.0 for cosine, text in zip(cosines, texts, strict=True)]
    return replace(of_items(items), judge=encoder.name)


def _read(path: Path, rate: int) -> Clip:
    from earwitness.audio import read_clip

    return read_clip(path, rate)


def _measure_nothing(corpus: Corpus) -> dict[str, Outcome]:
    return {"match": Unavailable("no encoder was named to judge the match of sound and caption")}


register_metric(Metric("match", ("match",), _measure_nothing))
