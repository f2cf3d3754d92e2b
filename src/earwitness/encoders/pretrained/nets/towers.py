"""An audio tower and a text tower, with a projection into one space after each."""

from __future__ import annotations

from torch import Tensor, nn


class TwoTowers(nn.Module):
    """Both towers with their projections; ``dim`` numbers from either."""

    def __init__(
        self, audio: nn.Module, audio_proj: nn.Module, text: nn.Module, text_proj: nn.Module, dim: int
    ) -> None:
        super().__init__()
        self.audio, self.audio_proj, self.text, self.text_proj = audio, audio_proj, text, text_proj
        self.dim = dim

    def embed_samples(self, samples: Tensor) -> Tensor:
        """Samples (b, n) at the model's rate -> (b, dim)."""
        embedded: Tensor = self.audio_proj(self.audio(samples))
        return embedded
