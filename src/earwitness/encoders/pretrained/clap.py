"""LAION CLAP (Wu et al. 2023, arXiv 2211.06687), any checkpoint that transformers' ``ClapModel`` reads.

Audio: HTSAT on 10 s at 48 kHz; text: RoBERTa. Transformers' own preparation of sounds crops at random and
marks a random clip of a batch as long; here windows are cut by us, none is ever marked long, so a sound has
one embedding. The log-mel is computed in torch, equal to the feature extractor's to 1e-4.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from earwitness.encoders.pretrained.hub import load_pretrained, load_whole
from earwitness.encoders.pretrained.torch_encoder import Samples, TorchEncoder

if TYPE_CHECKING:
    import torch


class ClapEncoder(TorchEncoder):
    """A transformers ``ClapModel``: laion/clap-htsat-unfused, laion/larger_clap_general, the fused ones.

    Parameters
    ----------
    source : str
        A hub id, or a folder with config, weights, tokenizer and preprocessor_config.
    device : str
        Where to compute, by torch's name.

    Raises
    ------
    AssetError
        The model cannot be loaded, or its weights do not fit.
    MissingExtraError
        torch or transformers is not installed.
    """

    def __init__(self, source: str, *, device: str = "cpu") -> None:
        super().__init__("clap", source, device)
        from transformers import AutoTokenizer, ClapFeatureExtractor, ClapModel

        from earwitness.encoders.pretrained.nets.logmel import LogMel

        what = "this CLAP model"
        self._model = load_whole(ClapModel, source, what, device)
        self._tokenizer = load_pretrained(AutoTokenizer.from_pretrained, source, f"the tokenizer of {what}")
        front = load_pretrained(ClapFeatureExtractor.from_pretrained, source, f"the preprocessor of {what}")
        # Checkpoints trained with fusion listen through other mel filters than those trained without.
        filters = front.mel_filters if front.truncation == "fusion" else front.mel_filters_slaney
        self._logmel = LogMel(front.fft_window_size, front.hop_length, filters).to(device)
        self._padding, self._samples = front.padding, int(front.nb_max_samples)
        self.rate = int(front.sampling_rate)
        self.window_seconds = float(front.max_length_s)
        self.dim = int(self._model.config.projection_dim)

    def _layout(self, samples: Samples) -> Samples:
        return pad_window(samples, self._samples, self._padding)

    def _embed_windows(self, windows: torch.Tensor) -> torch.Tensor:
        import torch

        # One channel: a fused model reads the three others only of clips marked as longer than a window.
        longer = torch.zeros(len(windows), 1, dtype=torch.bool, device=windows.device)
        return pooled(self._model.get_audio_features(input_features=self._logmel(windows), is_longer=longer))

    def _tokens(self, texts: list[str]) -> list[list[int]]:
        # RoBERTa counts positions from two on, so its table holds two tokens fewer than it has rows.
        rows = self._model.config.text_config.max_position_embeddings
        most = min(self._tokenizer.model_max_length, rows - 2)
        ids: list[list[int]] = self._tokenizer(texts, truncation=True, max_length=most)["input_ids"]
        return ids

    def _embed_tokens(self, ids: torch.Tensor) -> torch.Tensor:
        return pooled(self._model.get_text_features(input_ids=ids))


def pad_window(samples: Samples, length: int, padding: str) -> Samples:
    """Fill a window as ``ClapFeatureExtractor`` does; a longer one is left as it is.

    Parameters
    ----------
    samples : (n,) array
    length : samples of a full window
    padding : "repeatpad" (whole repetitions, then zeros), "repeat" (the last one cut) or "pad" (zeros)

    >>> pad_window(np.array([1, 2], np.float32), 5, "repeatpad").tolist()
    [1.0, 2.0, 1.0, 2.0, 0.0]
    >>> pad_window(np.array([1, 2], np.float32), 5, "repeat").tolist()
    [1.0, 2.0, 1.0, 2.0, 1.0]
    """
    if len(samples) >= length:
        return samples
    if padding == "repeat":
        return np.resize(samples, length)
    if padding == "repeatpad":
        samples = np.tile(samples, length // len(samples))
    return np.pad(samples, (0, length - len(samples)))


def pooled(output: Any) -> torch.Tensor:
    """The embeddings in what ``get_*_features`` returns: a tensor, or since transformers 5 a model output."""
    features: torch.Tensor = getattr(output, "pooler_output", output)
    return features
