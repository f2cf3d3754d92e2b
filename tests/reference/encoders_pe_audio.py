"""Perception Encoder Audio the plain way: transformers' preparation and whole forward pass, pair by pair."""

from __future__ import annotations

import numpy as np
import torch
from transformers import AutoTokenizer, PeAudioFeatureExtractor, PeAudioModel


def embed(folder: str, samples: np.ndarray, text: str, length: int) -> tuple[np.ndarray, np.ndarray]:
    """One sound (n,) and one sentence padded to ``length`` tokens -> (dim,) each."""
    model = PeAudioModel.from_pretrained(folder).eval()
    sound = PeAudioFeatureExtractor.from_pretrained(folder)(samples, sampling_rate=48000, return_tensors="pt")
    tokens = AutoTokenizer.from_pretrained(folder)(
        text, padding="max_length", max_length=length, return_tensors="pt"
    )
    with torch.no_grad():
        out = model(
            input_ids=tokens["input_ids"], attention_mask=tokens["attention_mask"],
            input_values=sound["input_values"], padding_mask=sound["padding_mask"],
        )  # fmt: skip
    return unit(out.audio_embeds[0].numpy()), unit(out.text_audio_embeds[0].numpy())


def unit(x: np.ndarray) -> np.ndarray:
    return x / np.linalg.norm(x)
