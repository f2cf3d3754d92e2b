"""The fluency error detector of FENSE, and the two scores that it makes out of others.

Zhou et al., "Can audio captions be evaluated with image caption metrics?", ICASSP 2022. The detector, a
BERT with five outputs of which the last says "some error", counts where it is surer than 0.9; a caption
with an error keeps a tenth of its score. Its checkpoint is read from where the authors' program keeps it;
nothing is downloaded.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from earwitness.encoders.text_cache import batches_by_length
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
    from torch import Tensor

CHECKPOINT = "echecker_clotho_audiocaps_base.ckpt"
SHA256 = "1a719f090af70614bbdb9f9437530b7e133c48cfa4a58d964de0d47fc974a2fa"
THRESHOLD, PENALTY = 0.9, 0.9
MAX_TOKENS, BATCH, BATCH_LEAST = 64, 32, 8


class ModelUnavailableError(Exception):
    """A model of a learned metric is not at hand; the message is the reason for the missing score."""


def measure_fluency(corpus: Corpus) -> dict[str, Outcome]:
    """The share of predictions with a fluency error."""
    try:
        return {"fluency_error": of_items(fluency_errors(corpus.predictions))}
    except ModelUnavailableError as error:
        return {"fluency_error": Unavailable(str(error))}


def fluency_errors(sentences: Sequence[str]) -> list[float]:
    """1.0 for each sentence with a fluency error, 0.0 for each without.

    Raises
    ------
    ModelUnavailableError
        the checkpoint, its tokenizer or torch are not at hand.
    """
    path = checkpoint()
    torch, transformers = libraries()
    state = torch.load(path, map_location="cpu", weights_only=True)
    name, weights = state["model_type"], state["state_dict"]
    config, tokenizer = cached(transformers.AutoConfig, name), cached(transformers.AutoTokenizer, name)
    encoder = transformers.AutoModel.from_config(config)
    encoder.load_state_dict({k[8:]: v for k, v in weights.items() if k.startswith("encoder.")}, strict=False)
    encoder.eval()

    def sure(ids: Tensor) -> Tensor:
        summary = encoder(input_ids=ids).last_hidden_state[:, 0]
        chances: Tensor = torch.sigmoid(summary @ weights["clf.weight"].T + weights["clf.bias"])
        return chances[:, -1:]

    found = in_alike_batches(sure, tokenizer, sentences, MAX_TOKENS)
    return [float(row[0] > THRESHOLD) for row in found]


def in_alike_batches(
    compute: Callable[[Tensor], Tensor], tokenizer: Any, sentences: Sequence[str], longest: int
) -> npt.NDArray[np.float64]:
    """What a model computes for sentences, the same for each whatever its neighbours are.

    So two systems that say the same of a clip get the same score for it. Sentences of equal length in tokens
    share a batch, so that nothing is padded, and torch adds up small batches in other orders than large ones,
    so that none is small.

    Parameters
    ----------
    compute : callable
        Ids (rows, tokens) -> numbers (rows, k).
    tokenizer : of transformers
    sentences : sequence of str
    longest : int
        Tokens that are read of a sentence.

    Returns
    -------
    (n, k) float64
    """
    import torch

    ids = [tokenizer(text, truncation=True, max_length=longest)["input_ids"] for text in sentences]
    found: dict[int, npt.NDArray[np.float64]] = {}
    with torch.inference_mode():
        for rows in batches_by_length([len(row) for row in ids], BATCH):
            full = [ids[row] for row in rows] + [ids[rows[0]]] * (BATCH_LEAST - len(rows))
            found.update(zip(rows, compute(torch.tensor(full)).double().numpy(), strict=False))
    return np.array([found[row] for row in range(len(sentences))])


def checkpoint() -> Path:
    """The detector's file, checked against its published hash.

    Raises
    ------
    ModelUnavailableError
        it is not there, or is another file.
    """
    folder = Path(os.environ.get("FENSE_DATA", Path.home() / ".fense_data"))
    path = folder / CHECKPOINT
    if not path.is_file():
        raise ModelUnavailableError(
            f"the fluency detector is not at hand: put {CHECKPOINT} of the FENSE release V0.1 into the "
            "folder that FENSE_DATA names, or ~/.fense_data"
        )
    if hashlib.sha256(path.read_bytes()).hexdigest() != SHA256:
        raise ModelUnavailableError(f"{CHECKPOINT} is not the published file: its checksum differs")
    return path


def libraries() -> tuple[Any, Any]:
    """torch and transformers.

    Raises
    ------
    ModelUnavailableError
        one is not installed.
    """
    try:
        import torch
        import transformers
    except ImportError as error:
        raise ModelUnavailableError(
            "torch and transformers are needed (pip install 'earwitness[torch]')"
        ) from error
    return torch, transformers


def cached(kind: Any, name: str) -> Any:
    """A model part of the hub, from the local cache only: scoring never waits for a network.

    Raises
    ------
    ModelUnavailableError
        it is not in the cache.
    """
    try:
        return kind.from_pretrained(name, local_files_only=True)
    except (OSError, ValueError) as error:
        raise ModelUnavailableError(
            f"{name} is not in the local model cache (fetch it with: hf download {name})"
        ) from error


def penalised(score: Outcome, errors: Outcome, name: str) -> Outcome:
    """A score of which captions with a fluency error keep a tenth."""
    for needed, outcome in ((name, score), ("fluency_error", errors)):
        if isinstance(outcome, Unavailable):
            return Unavailable(f"needs {needed}: {outcome.reason}")
    assert isinstance(score, Measured) and isinstance(errors, Measured)
    values = np.array(score.items, dtype=np.float64) * (
        1 - PENALTY * np.array(errors.items, dtype=np.float64)
    )
    return of_items(values.tolist())


def measure_spider_fl(corpus: Corpus, done: Mapping[str, Outcome]) -> dict[str, Outcome]:
    """SPIDEr-FL, the measure of the DCASE challenge since 2023: SPIDEr with the fluency penalty."""
    return {"spider_fl": penalised(done["spider"], done["fluency_error"], "spider")}


register_metric(Metric("fluency", ("fluency_error",), measure_fluency))
register_metric(Metric("spider_fl", ("spider_fl",), measure_spider_fl, needs=("spider", "fluency")))
