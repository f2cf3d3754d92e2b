"""ImageBind (Girdhar et al. 2023, arXiv 2305.05665), which audibility guidance listens with.

Names of the weights as in the published imagebind_huge.pth; the trunks for pictures, depth, heat and motion
stay unread. Of a stretch of sound it hears three clips of two seconds, evenly spaced, at 16 kHz, as Kaldi
log-mel pictures of 128 bands x 204 frames, and averages their unit vectors; of a shorter sound, the whole of
it three times over, and silence after it in the picture. Here a stretch is at most ten seconds.

The published program takes the mean off overlapping clips one after the other in place, so that a clip can
lose part of its neighbour's mean; here each loses its own.

The weights are published under CC-BY-NC 4.0: not for commercial use.
"""

from __future__ import annotations

import logging
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from earwitness.encoders.pretrained.checkpoints import Checkpoint
from earwitness.encoders.pretrained.clip_tokens import load_clip_tokens
from earwitness.encoders.pretrained.torch_encoder import CausalTextEncoder, Samples

if TYPE_CHECKING:
    import torch

RATE = 16000
WINDOW_SECONDS = 10.0
CLIPS, CLIP_SECONDS = 3, 2
FRAMES = 204  # of a picture; two seconds fill 198
MEAN, DEVIATION = -4.268, 9.138  # of the pictures it was trained on
WHAT = "ImageBind"

log = logging.getLogger(__name__)


class ImageBindEncoder(CausalTextEncoder):
    """ImageBind's audio and text towers (imagebind_huge.pth). Weights: CC-BY-NC 4.0, not for commercial use.

    Parameters
    ----------
    source : str
        The ``.pth`` file.
    device : str
        Where to compute, by torch's name.
    tokenizer : str, optional
        The file bpe_simple_vocab_16e6.txt.gz, or folder or hub id of CLIP's tokenizer; beside the checkpoint
        or on the hub otherwise.
    audio_heads, text_heads : int, optional
        Attention heads, which the weights do not tell; width / 64 otherwise.

    Raises
    ------
    AssetError
        The file is missing, truncated, or the checkpoint of another model.
    MissingExtraError
        torch or transformers is not installed.
    """

    rate = RATE
    window_seconds = WINDOW_SECONDS

    def __init__(
        self,
        source: str,
        *,
        device: str = "cpu",
        tokenizer: str | None = None,
        audio_heads: int | None = None,
        text_heads: int | None = None,
    ) -> None:
        super().__init__("imagebind", source, device)
        from earwitness.encoders.pretrained.nets.imagebind import imagebind_from

        self._hold(imagebind_from(Checkpoint(source, WHAT), audio_heads, text_heads))
        self._clip_tokens = load_clip_tokens(tokenizer, Path(source).expanduser())
        log.warning("ImageBind's weights are licensed CC-BY-NC 4.0: they are not for commercial use")

    def _layout(self, samples: Samples) -> Samples:
        """Three pictures: (n,) -> (3, 128, 204)."""
        import torch

        from earwitness.encoders.pretrained.nets.kaldi import fbank

        pictures = np.zeros((CLIPS, 128, FRAMES), np.float32)
        for picture, (first, last) in zip(pictures, clip_bounds(len(samples)), strict=True):
            clip = samples[first:last]
            bands = fbank(torch.from_numpy(clip - clip.mean())).numpy()[:FRAMES]
            picture[:, : len(bands)] = bands.T
        return (pictures - np.float32(MEAN)) / np.float32(DEVIATION)

    def _embed_windows(self, windows: torch.Tensor) -> torch.Tensor:
        embedded: torch.Tensor = self._model.embed_clips(windows)
        return embedded

    def _tokens(self, texts: list[str]) -> list[list[int]]:
        tokens, most = self._clip_tokens, self._model.context - 2
        return [[tokens.start, *ids[:most], tokens.end] for ids in tokens.encode(texts)]

    def _open_tokens(self, text: str) -> list[int]:
        return self._tokens([text])[0][:-1]


def clip_bounds(samples: int) -> list[tuple[int, int]]:
    """First and last sample of each clip, to the sample as pytorchvideo's sampler and ImageBind cut them.

    >>> clip_bounds(160000)
    [(0, 32000), (64000, 96000), (128000, 160000)]
    >>> clip_bounds(16000)
    [(0, 16000), (0, 16000), (0, 16000)]
    """
    spare = Fraction(max(samples / RATE - CLIP_SECONDS, 0.0))
    starts = [spare * i / (CLIPS - 1) for i in range(CLIPS)]
    return [(int(s * RATE), min(int((s + CLIP_SECONDS) * RATE), samples)) for s in starts]
