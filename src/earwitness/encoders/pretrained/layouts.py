"""How published checkpoints name their parts, and what sound they take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Layout:
    """A checkpoint file with an HTSAT or Cnn14 and a text tower."""

    # what it takes: Hz, and the band of its mel filters, Hz
    rate: int
    band: tuple[float, float]
    # where the two towers begin in the names of the weights
    audio: str
    text: str
    # the modules of its front end, which holds no learned weights
    front: tuple[str, str]
    # numbers in an attention head of its text tower, whatever its size
    head_size: int = 64


WAVCAPS = Layout(
    rate=32000,
    band=(50.0, 14000.0),
    audio="audio_encoder.audio_enc.",
    text="text_encoder.text_encoder.",
    front=("audio_feats_extractor.mel_trans", "audio_feats_extractor.log_trans"),
)
"""Of ``retrieval/models/ase_model.py`` (Mei et al. 2023)."""

MSCLAP = Layout(
    rate=44100,
    band=(50.0, 14000.0),
    audio="audio_encoder.base.htsat.",
    text="caption_encoder.base.",
    front=("spectrogram_extractor", "logmel_extractor"),
)
"""Of the ``msclap`` program, version 2023 (Elizalde et al. 2023)."""
