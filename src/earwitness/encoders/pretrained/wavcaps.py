"""WavCaps' retrieval checkpoints (Mei et al. 2023, arXiv 2303.17395), which ZerAuCap and WSAC listen with.

ASE: HTSAT or Cnn14 and BERT, each projected to 1024 numbers by Linear-ReLU-Linear. Names of the weights as in
the published ``retrieval/models/ase_model.py``: ``audio_encoder.audio_enc.*``, ``audio_proj``,
``text_encoder.text_encoder.*``, ``text_proj``, ``temp``, under ``model`` in the file. Sounds at 32 kHz are
followed by zeros up to ten seconds, as in its programs; texts are cut to 30 tokens.

The published programs crop ten seconds at random out of a longer sound; here it is cut into windows.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from earwitness.encoders.pretrained.checkpoints import Checkpoint
from earwitness.encoders.pretrained.layouts import WAVCAPS
from earwitness.encoders.pretrained.tokenizing import load_tokenizer
from earwitness.encoders.pretrained.torch_encoder import Samples, TorchEncoder

if TYPE_CHECKING:
    import torch

WINDOW_SECONDS = 10.0
MAX_TOKENS = 30
WHAT = "a WavCaps model (HTSAT-BERT or CNN14-BERT)"


class WavCapsEncoder(TorchEncoder):
    """A WavCaps retrieval checkpoint: HTSAT-BERT or CNN14-BERT.

    Parameters
    ----------
    source : str
        The ``.pt`` file.
    device : str
        Where to compute, by torch's name.
    tokenizer : str, optional
        Folder or hub id of BERT's tokenizer; bert-base-uncased, beside the file or on the hub, otherwise.
    heads : int, optional
        Attention heads of the text tower, which its weights do not tell; width / 64 otherwise.

    Raises
    ------
    AssetError
        The file is missing, truncated, or the checkpoint of another model.
    MissingExtraError
        torch or transformers is not installed.
    """

    rate = WAVCAPS.rate
    window_seconds = WINDOW_SECONDS

    def __init__(
        self, source: str, *, device: str = "cpu", tokenizer: str | None = None, heads: int | None = None
    ) -> None:
        super().__init__("wavcaps", source, device)
        from earwitness.encoders.pretrained.nets.ase import ase_from

        self._hold(ase_from(Checkpoint(source, WHAT), heads))
        self._tokenizer = load_tokenizer(tokenizer, Path(source).expanduser(), "bert-base-uncased")

    def _layout(self, samples: Samples) -> Samples:
        return np.pad(samples, (0, max(0, int(WAVCAPS.rate * WINDOW_SECONDS) - len(samples))))

    def _embed_windows(self, windows: torch.Tensor) -> torch.Tensor:
        embedded: torch.Tensor = self._model.embed_samples(windows)
        return embedded

    def _tokens(self, texts: list[str]) -> list[list[int]]:
        ids: list[list[int]] = self._tokenizer(texts, truncation=True, max_length=MAX_TOKENS)["input_ids"]
        return ids

    def _embed_tokens(self, ids: torch.Tensor) -> torch.Tensor:
        embedded: torch.Tensor = self._model.embed_tokens(ids)
        return embedded
