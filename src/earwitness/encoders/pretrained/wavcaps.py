"""WavCaps' retrieval checkpoints (Mei et al. 2023, arXiv 2303.17395), which ZerAuCap and WSAC listen with.

ASE: HTSAT or Cnn14 and BERT, each projected to 1024 numbers by Linear-ReLU-Linear. Names of the weights as in
the published ``retrieval/models/ase_model.py``: ``audio_encoder.audio_enc.*``, ``audio_proj``,
``text_encoder.text_encoder.*``, ``text_proj``, ``temp``, under ``model`` in the file. Texts are cut to 30
tokens.

A sound at 32 kHz is followed by zeros up to ten seconds, as in WavCaps' own programs; of a longer
one they crop ten seconds at random, where here it is cut into windows. WSAC's program hears a file whole,
neither padded nor cropped: ``length="whole"``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from earwitness.audio import Clip
from earwitness.common.errors import AudioLimitError, OptionError
from earwitness.encoders.base import Embeddings
from earwitness.encoders.pretrained.checkpoints import Checkpoint
from earwitness.encoders.pretrained.layouts import WAVCAPS
from earwitness.encoders.pretrained.tokenizing import load_tokenizer
from earwitness.encoders.pretrained.torch_encoder import Samples, TorchEncoder

if TYPE_CHECKING:
    import torch

WINDOW_SECONDS = 10.0
WHOLE_SECONDS = 1e6  # longer than any sound that is read
N_FFT, HOP = 1024, 320  # samples; of both audio towers
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
    length : {"padded", "whole"}
        How much is heard at once: windows of ten seconds, shorter ones filled with zeros; or the whole sound
        as it is, as WSAC's program has it. HTSAT hears less than 10.24 s of a whole sound; Cnn14 any length
        from 0.63 s on, where one frame is left to its last layer, at some 7 MB of activations a second.

    Raises
    ------
    AssetError
        The file is missing, truncated, or the checkpoint of another model.
    MissingExtraError
        torch or transformers is not installed.
    OptionError
        ``length`` is neither.
    """

    rate = WAVCAPS.rate
    window_seconds = WINDOW_SECONDS

    def __init__(
        self,
        source: str,
        *,
        device: str = "cpu",
        tokenizer: str | None = None,
        heads: int | None = None,
        length: str = "padded",
    ) -> None:
        if length not in ("padded", "whole"):
            raise OptionError(
                f"the option length of a wavcaps encoder is 'padded' or 'whole', not {length!r}."
            )
        super().__init__("wavcaps", source, device)
        from earwitness.encoders.pretrained.nets.ase import ase_from

        self._hold(ase_from(Checkpoint(source, WHAT), heads))
        self._whole = length == "whole"
        if self._whole:
            self.name, self.window_seconds = f"{self.name}?length=whole", WHOLE_SECONDS
        self._tokenizer = load_tokenizer(tokenizer, Path(source).expanduser(), "bert-base-uncased")

    def embed_audio(self, clips: Sequence[Clip]) -> Embeddings:
        """Embed clips: (n, dim), unit length.

        Raises
        ------
        OptionError
            A clip has another sample rate than the encoder.
        AudioLimitError
            ``length`` is "whole", and a clip is longer or shorter than the model can hear whole.
        """
        if self._whole:
            for clip in clips:
                self._check_length(clip)
        return super().embed_audio(clips)

    def _check_length(self, clip: Clip) -> None:
        count, (least, most) = len(clip.samples), self._model.audio.frames
        shortest = max(N_FFT // 2 + 1, (least - 1) * HOP)  # the transform mirrors half a window at the ends
        said = f"{clip.source} lasts {count / WAVCAPS.rate:.2f} s, and {self.name}"
        if most and count >= most * HOP:
            raise AudioLimitError(
                f"{said} hears less than {most * HOP / WAVCAPS.rate:.2f} s of a whole sound; leave out "
                "length=whole to hear it in windows, or use a CNN14-BERT checkpoint, which hears any length."
            )
        if count < shortest:
            raise AudioLimitError(
                f"{said} needs at least {shortest / WAVCAPS.rate:.2f} s of a whole sound; leave out "
                "length=whole to have it followed by zeros."
            )

    def _layout(self, samples: Samples) -> Samples:
        if self._whole:
            return samples
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
