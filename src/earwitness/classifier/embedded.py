"""Whether a sentence speaks of something that can be heard: the classifier of audibility guidance.

Shaharabany et al., "Zero-shot audio captioning via audibility guidance", 2023, section 3: h_a. The paper's is
a DistilBERT trained on whole sentences and asked about half ones. The one that is shipped is a small head on
the embedded MiniLM, trained on ``data/audibility`` and the beginnings of its sentences; it needs no torch.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from earwitness.classifier.base import AudibilityClassifier
from earwitness.common.arrays import Floats, by_rows
from earwitness.common.errors import AssetError
from earwitness.encoders.runtime import asset
from earwitness.encoders.tags.minilm import DIM, sentence_embeddings
from earwitness.encoders.text_cache import TextCache

EMBEDDED = "embedded"
HEAD = "audible.safetensors"
FORMAT = "earwitness-audible-1"
REMEMBERED = 131072  # logits, a number each; the texts themselves are most of the memory


def plain(text: str) -> str:
    """A sentence as the classifier reads it: single spaces, no closing full stop, so that form tells nothing.

    >>> plain(" A dog  barks. ")
    'A dog barks'
    """
    return re.sub(r"[\s.]+$", "", " ".join(text.split()))


@dataclass(frozen=True, eq=False)
class Head:
    """One hidden layer from a sentence's embedding to the logit of audibility.

    Parameters
    ----------
    hidden, hidden_bias : arrays (384, width) and (width,)
    out : array (width,)
    bias : float
    temperature : float
        What the layers' logit is divided by, learned on sentences that they had not seen (Guo et al. 2017).
    """

    hidden: Floats
    hidden_bias: Floats
    out: Floats
    bias: float
    temperature: float = 1.0

    def logits(self, embeddings: Floats) -> npt.NDArray[np.float64]:
        """Calibrated logits of unit embeddings: (n, 384) -> (n,)."""
        above = np.maximum(by_rows(embeddings, self.hidden) + self.hidden_bias, 0)
        return np.asarray((by_rows(above, self.out).astype(np.float64) + self.bias) / self.temperature)

    def save(self, path: Path, name: str) -> None:
        """Write the weights as float16, which moves no probability by more than a thousandth."""
        from safetensors.numpy import save_file

        tensors: dict[str, npt.NDArray[Any]] = {
            "hidden": self.hidden.astype(np.float16),
            "hidden_bias": self.hidden_bias.astype(np.float16),
            "out": self.out.astype(np.float16),
            "scalars": np.array([self.bias, self.temperature], np.float32),
        }
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(tensors, path, metadata={"format": FORMAT, "encoder": "minilm", "name": name})


def load_head(path: Path) -> Head:
    """Read a head; AssetError where it is none."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            about = file.metadata() or {}
            tensors: Mapping[str, Any] = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise AssetError(f"{path} cannot be read as a classifier of what can be heard ({error}).") from error
    if about.get("format") != FORMAT or about.get("encoder") != "minilm":
        raise AssetError(
            f"{path}: expected the format {FORMAT!r} on minilm, written by earwitness train audibility."
        )
    if not {"hidden", "hidden_bias", "out", "scalars"} <= tensors.keys() or len(tensors["hidden"]) != DIM:
        raise AssetError(f"{path} is no whole classifier: weights are missing or of another shape.")
    bias, temperature = map(float, tensors["scalars"])
    hidden, hidden_bias, out = (tensors[key].astype(np.float32) for key in ("hidden", "hidden_bias", "out"))
    return Head(hidden, hidden_bias, out, bias, temperature)


class EmbeddedAudibility:
    """The head on MiniLM; an ``AudibilityClassifier`` of the core.

    Parameters
    ----------
    head : Head, optional
        The shipped one unless given.
    name : str
        Shown wherever a score of it is.

    Examples
    --------
    >>> heard, seen = EmbeddedAudibility().audibility(["a dog barks", "Wool comes from sheep."])
    >>> bool(heard > 0.9 > 0.1 > seen)
    True
    """

    def __init__(self, head: Head | None = None, name: str = EMBEDDED) -> None:
        self.name = name
        self._head = head or load_head(asset(HEAD))
        self._cache = TextCache(REMEMBERED)

    def audibility(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """P(audible) of sentences or their beginnings: (n,) strings -> (n,), 0..1; 0 for a text of no words.

        A beginning's is the chance that the sentence, once written to its end, is audible.
        """
        if not texts:
            return np.zeros(0)
        read = [plain(text) for text in texts]
        logits = self._cache.embed(read, self._logits)[:, 0].astype(np.float64)
        said = np.array([bool(re.search(r"\w", text)) for text in read])
        return np.where(said, 1 / (1 + np.exp(-logits)), 0.0)

    def _logits(self, texts: list[str]) -> Floats:
        return self._head.logits(sentence_embeddings(texts)).astype(np.float32)[:, None]


@lru_cache(maxsize=1)
def _shipped() -> EmbeddedAudibility:
    return EmbeddedAudibility()


def load_classifier(name: str = EMBEDDED, *, device: str = "cpu") -> AudibilityClassifier:
    """A classifier by name.

    Parameters
    ----------
    name : str
        ``embedded``; a folder written by ``earwitness train audibility`` (or ``audibility-paper``); or the
        folder or hub id of any sequence classifier of transformers. A label whose name says "audible" is
        found by it; else put the label's number behind the name: ``folder#0`` for classifiers trained by the
        paper's program, whose label 0 is audible.
    device : str
        Where a classifier of transformers computes.

    Raises
    ------
    AssetError
        There is no such classifier, or it is damaged.
    OptionError
        It does not say which of its labels is audible.
    MissingExtraError
        A classifier of transformers without the extra ``torch``.
    """
    if name == EMBEDDED:
        return _shipped()
    head = Path(name) / HEAD
    if head.is_file():
        return EmbeddedAudibility(load_head(head), Path(name).resolve().name)
    from earwitness.classifier.sequence import TransformersAudibility

    return TransformersAudibility(name, device=device)
