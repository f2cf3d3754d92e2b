"""CLAP the plain way: transformers' own preparation, one sound and one padded sentence at a time."""

from __future__ import annotations

import numpy as np
import torch
from transformers import AutoTokenizer, ClapFeatureExtractor, ClapModel


def embed_audio(folder: str, samples: np.ndarray, rate: int) -> np.ndarray:
    """One sound of at most a window: (n,) -> (dim,)."""
    front, model = ClapFeatureExtractor.from_pretrained(folder), ClapModel.from_pretrained(folder).eval()
    inputs = front(samples, sampling_rate=rate, return_tensors="pt")
    inputs["is_longer"] = torch.zeros_like(inputs["is_longer"])
    with torch.no_grad():
        return model.get_audio_features(**inputs).pooler_output[0].numpy()


def embed_text(folder: str, text: str, length: int) -> np.ndarray:
    """One sentence, padded to ``length`` tokens: -> (dim,)."""
    tokenizer, model = AutoTokenizer.from_pretrained(folder), ClapModel.from_pretrained(folder).eval()
    inputs = tokenizer(text, padding="max_length", max_length=length, return_tensors="pt")
    with torch.no_grad():
        out = model.get_text_features(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"])
    return out.pooler_output[0].numpy()
