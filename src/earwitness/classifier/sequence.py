"""Any sequence classifier of transformers as judge of what can be heard, such as the paper's DistilBERT."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from earwitness.common.errors import OptionError
from earwitness.encoders.text_cache import TextCache, batches_by_length

BATCH = 128
REMEMBERED = 131072
PROMPT = "audibility_prompt"  # in config.json: what the classifier was trained to read before every sentence


class TransformersAudibility:
    """An ``AudibilityClassifier`` out of a folder or hub id of a sequence classifier.

    Parameters
    ----------
    source : str
        Folder or hub id; ``#0`` behind it says that label 0 is the audible one.
    device : str
        Where it computes.

    Raises
    ------
    AssetError
        It cannot be loaded, or is no sequence classifier.
    OptionError
        Its labels do not say which one is audible.
    MissingExtraError
        torch or transformers is not installed.

    Notes
    -----
    A classifier with one output is read as the logit of audible. Texts of equal length in tokens share a
    batch, so that none is padded and a text's result does not depend on its neighbours.
    """

    def __init__(self, source: str, *, device: str = "cpu") -> None:
        from earwitness.common.extras import check_device, require_torch

        require_torch("a classifier of transformers")
        from transformers import AutoModelForSequenceClassification, AutoTokenizer

        from earwitness.encoders.pretrained.hub import load_pretrained, load_whole

        folder, number = split_label(source)
        what = "a classifier of what can be heard"
        self.name = source
        self._device = check_device(device)
        self._tokens = load_pretrained(AutoTokenizer.from_pretrained, folder, what)
        self._model = load_whole(AutoModelForSequenceClassification, folder, what, device)
        self._label = audible_label(self._model.config.id2label, number, source)
        self._prompt = str(getattr(self._model.config, PROMPT, ""))
        longest = int(getattr(self._model.config, "max_position_embeddings", 512))
        self._longest = min(longest, int(self._tokens.model_max_length))
        self._cache = TextCache(REMEMBERED)

    def audibility(self, texts: Sequence[str]) -> npt.NDArray[np.float64]:
        """P(audible), the softmax over its labels: (n,) strings -> (n,), 0..1; 0 for a text of no words."""
        if not texts:
            return np.zeros(0)
        read = [" ".join(text.split()) for text in texts]
        found = self._cache.embed(read, self._probabilities)[:, 0].astype(np.float64)
        return np.where([bool(re.search(r"\w", text)) for text in read], found, 0.0)

    def _probabilities(self, texts: list[str]) -> npt.NDArray[np.float32]:
        import torch

        said = [text if text.startswith(self._prompt) else self._prompt + text for text in texts]
        ids = [self._tokens(t, truncation=True, max_length=self._longest)["input_ids"] for t in said]
        out = np.empty((len(texts), 1), np.float32)
        with torch.inference_mode():
            for batch in batches_by_length([len(i) for i in ids], BATCH):
                tokens = torch.tensor([ids[i] for i in batch], device=self._device)
                logits = self._model(input_ids=tokens, attention_mask=torch.ones_like(tokens)).logits
                chance = logits[:, :1].sigmoid() if logits.shape[1] == 1 else logits.softmax(1)
                out[batch, 0] = chance[:, self._label].cpu().numpy()
        return out


def split_label(source: str) -> tuple[str, int | None]:
    """Folder or hub id, and the number of the audible label where one stands behind it.

    >>> split_label("my/classifier#0"), split_label("my/classifier")
    (('my/classifier', 0), ('my/classifier', None))
    """
    folder, _, number = source.rpartition("#")
    return (folder, int(number)) if folder and number.isdecimal() else (source, None)


def audible_label(labels: Mapping[int, str], number: int | None, source: str) -> int:
    """The number of the label that means audible: the one given, or the one whose name says so.

    >>> audible_label({0: "NOT_AUDIBLE", 1: "AUDIBLE"}, None, "m")
    1
    """
    count = len(labels)
    if number is not None:
        if number >= count:
            raise OptionError(f"{source}: there is no label {number}; there are {count}, the first is 0.")
        return number
    if count == 1:
        return 0
    named = [i for i, name in labels.items() if re.search(r"(?<![a-z])audible", str(name).lower())]
    found = [
        i for i in named if not re.search(r"(?<![a-z])(?:not|non|un|no)(?![a-z])", str(labels[i]).lower())
    ]
    if len(found) != 1:
        known = ", ".join(f"{i} {name!r}" for i, name in labels.items())
        raise OptionError(
            f"{source} does not say which of its labels is audible ({known}); write the number behind its "
            f"name: '{source}#0' if it was trained by the paper's program."
        )
    return int(found[0])
