"""FENSE: similarity in meaning by a sentence model, with a penalty on broken sentences.

Zhou et al., "Can audio captions be evaluated with image caption metrics?", ICASSP 2022, with the sentence
model that audio captioning reports use, paraphrase-TinyBERT-L6-v2.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from earwitness.evaluation.corpus import Corpus
from earwitness.evaluation.metrics.base import Metric, Outcome, Unavailable, of_items, register_metric
from earwitness.evaluation.metrics.fluency import (
    ModelUnavailableError,
    cached,
    in_alike_batches,
    libraries,
    penalised,
)

if TYPE_CHECKING:
    from torch import Tensor

SENTENCE_MODEL = "sentence-transformers/paraphrase-TinyBERT-L6-v2"
MAX_TOKENS = 128


def embed(sentences: Sequence[str]) -> npt.NDArray[np.float64]:
    """Sentences as unit vectors: the mean of the token states.

    Shape: n sentences -> (n, dim)

    Raises
    ------
    ModelUnavailableError
        the sentence model or torch are not at hand.
    """
    torch, transformers = libraries()
    tokenizer = cached(transformers.AutoTokenizer, SENTENCE_MODEL)
    model = cached(transformers.AutoModel, SENTENCE_MODEL).eval()

    def mean(ids: Tensor) -> Tensor:
        states = model(input_ids=ids).last_hidden_state.mean(dim=1)
        unit: Tensor = torch.nn.functional.normalize(states, dim=-1)
        return unit

    return in_alike_batches(mean, tokenizer, sentences, MAX_TOKENS)


def similarities(corpus: Corpus) -> list[float]:
    """Mean cosine of each prediction with its references.

    Raises
    ------
    ModelUnavailableError
        the sentence model or torch are not at hand.
    """
    predictions = embed(corpus.predictions)
    references = embed([reference for clip in corpus.references for reference in clip])
    ends = np.cumsum([len(clip) for clip in corpus.references])[:-1]
    return [float((r @ p).mean()) for p, r in zip(predictions, np.split(references, ends), strict=True)]


def measure_fense(corpus: Corpus, done: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """FENSE of a corpus: the mean over its clips. An empty prediction scores 0."""
    errors = done["fluency_error"]
    if isinstance(errors, Unavailable):
        return {"fense": Unavailable(f"needs fluency_error: {errors.reason}")}
    try:
        found = similarities(corpus)
    except ModelUnavailableError as error:
        return {"fense": Unavailable(str(error))}
    spoken = [value if text.strip() else 0.0 for value, text in zip(found, corpus.predictions, strict=True)]
    return {"fense": penalised(of_items(spoken), errors, "similarity")}


register_metric(Metric("fense", ("fense",), measure_fense, needs=("fluency",)))
