"""Perception Encoder Audio (Vyas et al. 2025, arXiv 2512.19687), by transformers' ``PeAudioModel``.

Audio: a DAC codec's encoder and a transformer, 48 kHz, any length; text: ModernBERT. Of the audio-visual
checkpoints (facebook/pe-av-*) the audio and text towers are read and the rest is left alone, so neither timm
nor an image library is needed. A window is extended to whole codec frames by reflection, as by the model's
own feature extractor; windows of different lengths never share a batch, so nothing is padded or masked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from earwitness.common.errors import AssetError
from earwitness.encoders.pretrained.hub import load_pretrained, load_whole
from earwitness.encoders.pretrained.torch_encoder import Samples, TorchEncoder

if TYPE_CHECKING:
    import torch

WINDOW_SECONDS = 10.0
# Parts of an audio-visual checkpoint that hear nothing or need pictures.
OTHERS = r"^(video_model|audio_video|text_audio_video|audio_plus_text|video_plus_text)"


class PeAudioEncoder(TorchEncoder):
    """A Perception Encoder Audio model: facebook/pe-av-small, -base, -large, or a ``pe_audio`` folder.

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

    window_seconds = WINDOW_SECONDS

    def __init__(self, source: str, *, device: str = "cpu") -> None:
        super().__init__("pe-audio", source, device)
        from transformers import AutoConfig, AutoTokenizer, PeAudioFeatureExtractor, PeAudioModel

        what = "this Perception Encoder"
        config = load_pretrained(AutoConfig.from_pretrained, source, what)
        if config.model_type not in ("pe_audio", "pe_audio_video"):
            raise AssetError(
                f"{source} holds a model of type {config.model_type}, not pe_audio or pe_audio_video."
            )
        config = config.audio_config if config.model_type == "pe_audio_video" else config
        self._model = load_whole(PeAudioModel, source, what, device, others=OTHERS, config=config)
        self._tokenizer = load_pretrained(AutoTokenizer.from_pretrained, source, f"the tokenizer of {what}")
        front = load_pretrained(
            PeAudioFeatureExtractor.from_pretrained, source, f"the preprocessor of {what}"
        )
        self.rate, self._hop = int(front.sampling_rate), int(front.hop_length)
        self.dim = int(config.text_config.hidden_size)

    def _layout(self, samples: Samples) -> Samples:
        return np.pad(samples, (0, -len(samples) % self._hop), "reflect")

    def _embed_windows(self, windows: torch.Tensor) -> torch.Tensor:
        embedded: torch.Tensor = self._model.get_audio_embeds(windows.unsqueeze(1))
        return embedded

    def _tokens(self, texts: list[str]) -> list[list[int]]:
        most = min(self._tokenizer.model_max_length, self._model.config.text_config.max_position_embeddings)
        ids: list[list[int]] = self._tokenizer(texts, truncation=True, max_length=most)["input_ids"]
        return ids

    def _embed_tokens(self, ids: torch.Tensor) -> torch.Tensor:
        # get_text_audio_embeds() asks for hidden states that it did not request (transformers 5.23)
        hidden = self._model.text_model(input_ids=ids, output_hidden_states=True).hidden_states[-1]
        embedded: torch.Tensor = self._model.text_audio_head(hidden[:, 0])
        return embedded
