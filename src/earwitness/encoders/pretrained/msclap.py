"""MS-CLAP 2023 (Elizalde et al. 2023, arXiv 2309.05767): HTSAT and a GPT-2 that reads the text.

Names of the weights as in the published ``msclap`` program: ``audio_encoder.base.htsat.*``,
``audio_encoder.projection``, ``caption_encoder.base.*``, ``caption_encoder.projection``, under ``model`` in
the file. Sounds at 44.1 kHz, repeated up to seven seconds; a text is followed by " <|endoftext|>" and read
there.

Differences to the published program:

* It cuts seven seconds at random out of a longer sound, and puts stereo channels one after the other in time;
  here windows are cut in order, of one channel.
* Its configuration file says that mel bands end at 8 kHz; its program builds them up to 14 kHz, and the
  checkpoint holds those. So does this.
* It finds the end of a text by counting tokens other than 0, its padding; but token 0 is "!", so a text with
  that mark is read too early. Here it is read at its end; ``published_end=True`` reads it as published.
* A text beyond 77 tokens is cut at its end, end marker and all; here the marker stays, as the text is read
  there.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from earwitness.encoders.pretrained.checkpoints import Checkpoint
from earwitness.encoders.pretrained.layouts import MSCLAP
from earwitness.encoders.pretrained.tokenizing import load_tokenizer
from earwitness.encoders.pretrained.torch_encoder import CausalTextEncoder, Samples

if TYPE_CHECKING:
    import torch

WINDOW_SECONDS = 7.0
MAX_TOKENS = 77
PADDING = 0  # "!", which the published program pads with
WHAT = "MS-CLAP 2023"


class MsClapEncoder(CausalTextEncoder):
    """Microsoft's CLAP of 2023 (CLAP_weights_2023.pth).

    Parameters
    ----------
    source : str
        The ``.pth`` file.
    device : str
        Where to compute, by torch's name.
    tokenizer : str, optional
        Folder or hub id of GPT-2's tokenizer; gpt2, beside the file or on the hub, otherwise.
    heads : int, optional
        Attention heads of the text tower, which its weights do not tell; width / 64 otherwise.
    published_end : bool
        Read texts with "!" too early, as the published program does.

    Raises
    ------
    AssetError
        The file is missing, truncated, or the checkpoint of another model.
    MissingExtraError
        torch or transformers is not installed.
    """

    rate = MSCLAP.rate
    window_seconds = WINDOW_SECONDS

    def __init__(
        self,
        source: str,
        *,
        device: str = "cpu",
        tokenizer: str | None = None,
        heads: int | None = None,
        published_end: bool = False,
    ) -> None:
        super().__init__("msclap", source, device)
        from earwitness.encoders.pretrained.nets.msclap import msclap_from

        self._hold(msclap_from(Checkpoint(source, WHAT), heads))
        self._tokenizer = load_tokenizer(tokenizer, Path(source).expanduser(), "gpt2")
        self._published_end = published_end

    def _layout(self, samples: Samples) -> Samples:
        return (
            samples
            if len(samples) >= MSCLAP.rate * WINDOW_SECONDS
            else np.resize(samples, int(MSCLAP.rate * WINDOW_SECONDS))
        )

    def _embed_windows(self, windows: torch.Tensor) -> torch.Tensor:
        embedded: torch.Tensor = self._model.embed_samples(windows)
        return embedded

    def _tokens(self, texts: list[str]) -> list[list[int]]:
        rows = self._tokenizer([f"{text} <|endoftext|>" for text in texts])["input_ids"]
        cut = [row if len(row) <= MAX_TOKENS else [*row[: MAX_TOKENS - 1], row[-1]] for row in rows]
        return [self._published(row) for row in cut] if self._published_end else cut

    def _open_tokens(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer(text)["input_ids"]
        return ids[: MAX_TOKENS - 1]

    def _published(self, row: list[int]) -> list[int]:
        """What is read of a row where every "!" counts as padding: a causal tower sees no further."""
        return row[: max(1, sum(token != PADDING for token in row))]
