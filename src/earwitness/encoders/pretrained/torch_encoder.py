"""What every torch encoder shares: windows, batches, pooling, and the path of a text to its vector.

An encoder supplies four small things: how a window of samples is laid out, how a batch of them is embedded,
how a text becomes tokens, and how a batch of equally long token rows is embedded.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from earwitness.audio import Clip, stream_windows
from earwitness.common.errors import OptionError
from earwitness.common.extras import check_device, require_torch
from earwitness.encoders.base import Embeddings, normalise
from earwitness.encoders.pretrained.prefix import shared_prefix
from earwitness.encoders.text_cache import TextCache, batches_by_length

if TYPE_CHECKING:
    import torch

Samples = npt.NDArray[np.float32]

AUDIO_BATCH = 8  # windows at a time: more are no faster on a CPU, and a window's activations are large
TEXT_BATCH = 128  # sentences at a time


class TorchEncoder(ABC):
    """An ``AudioTextEncoder`` whose two towers run in torch.

    Attributes
    ----------
    name : str
        The name it was loaded by.
    rate : int
        Sample rate of the clips it takes, in Hz.
    window_seconds : float
        Longest stretch it hears at once, in seconds; the last window may be 0.1 s longer.
    dim : int
        Numbers in an embedding.
    device : str
        Where it computes.
    """

    name: str
    rate: int
    window_seconds: float
    dim: int
    device: str

    def __init__(self, kind: str, source: str, device: str) -> None:
        require_torch(f"the encoder {kind}")
        self.name = f"{kind}:{source}"
        self.device = check_device(device)
        self._cache = TextCache()

    def _hold(self, model: Any) -> None:
        """Keep a model whose ``dim`` is that of the space, for inference only."""
        self._model = model.to(self.device).eval().requires_grad_(False)
        self.dim = self._model.dim

    @abstractmethod
    def _layout(self, samples: Samples) -> Samples:
        """Pad one window as the model was trained: (n,) -> (m,)."""

    @abstractmethod
    def _embed_windows(self, windows: torch.Tensor) -> torch.Tensor:
        """Embed equally long windows: (b, m) -> (b, dim), of any length each."""

    @abstractmethod
    def _tokens(self, texts: list[str]) -> list[list[int]]:
        """The tokens of each text, with the special ones, none beyond the model's maximum."""

    @abstractmethod
    def _embed_tokens(self, ids: torch.Tensor) -> torch.Tensor:
        """Embed equally long rows of tokens: (b, n) -> (b, dim), of any length each."""

    def embed_audio(self, clips: Sequence[Clip]) -> Embeddings:
        """Embed clips: (n, dim), unit length; a long clip is the mean of its windows, normalised again.

        Raises
        ------
        OptionError
            A clip has another sample rate than the encoder.
        """
        sums = np.zeros((len(clips), self.dim), np.float64)
        waiting: dict[int, list[tuple[int, Samples]]] = {}
        for index, clip in enumerate(clips):
            for window in self._windows(clip):
                laid_out = self._layout(window)
                batch = waiting.setdefault(len(laid_out), [])
                batch.append((index, laid_out))
                if len(batch) == AUDIO_BATCH:
                    self._add_windows(sums, waiting.pop(len(laid_out)))
        for batch in waiting.values():
            self._add_windows(sums, batch)
        return normalise(sums)  # the direction of a sum is that of the mean

    def embed_text(self, texts: Sequence[str]) -> Embeddings:
        """Embed sentences: (n,) strings -> (n, dim), unit length."""
        if not texts:
            return np.zeros((0, self.dim), np.float32)
        return self._cache.embed(texts, self._compute_texts)

    def _add_windows(self, sums: npt.NDArray[np.float64], batch: list[tuple[int, Samples]]) -> None:
        """Embed equally long windows and add each to its clip's row."""
        vectors = self._run(self._embed_windows, np.stack([window for _, window in batch]))
        np.add.at(sums, [index for index, _ in batch], vectors)

    def _windows(self, clip: Clip) -> Iterator[Samples]:
        if clip.rate != self.rate:
            raise OptionError(
                f"{self.name} takes clips at {self.rate} Hz, but {clip.source} is at {clip.rate} Hz;"
                f" read it with read_clip(source, {self.rate})."
            )
        return (w.samples for w in stream_windows(clip, self.rate, self.window_seconds))

    def _compute_texts(self, texts: list[str]) -> Embeddings:
        return self._compute_rows(self._tokens(texts))

    def _compute_rows(self, rows: list[list[int]]) -> Embeddings:
        out = np.zeros((len(rows), self.dim), np.float32)
        for batch in batches_by_length([len(row) for row in rows], TEXT_BATCH):
            out[batch] = self._run(self._embed_tokens, np.array([rows[i] for i in batch], np.int64))
        return out

    def _run(self, tower: Any, batch: npt.NDArray[Any]) -> Embeddings:
        import torch

        with torch.inference_mode():
            vectors = tower(torch.from_numpy(batch).to(self.device))
        return normalise(vectors.float().cpu().numpy())


class CausalTextEncoder(TorchEncoder):
    """A ``TorchEncoder`` whose text tower reads from left to right: a common beginning is read once.

    Its model has ``read(ids)``, what the tower knows after the tokens (1, n), and
    ``embed_tokens(ids, known)``, which embeds rows of tokens (b, n) that follow: (b, dim), of any length.
    """

    def _embed_tokens(self, ids: torch.Tensor) -> torch.Tensor:
        embedded: torch.Tensor = self._model.embed_tokens(ids)
        return embedded

    @abstractmethod
    def _open_tokens(self, text: str) -> list[int]:
        """The tokens of a text that goes on: without the end marker."""

    def embed_continuations(self, prefix: str, continuations: Sequence[str]) -> Embeddings:
        """Embed ``prefix + continuation`` for each continuation, reading the prefix once.

        Equal to ``embed_text([prefix + c for c in continuations])`` to 1e-5. Where tokens merge across the
        join, the sentences concerned are embedded by themselves.

        Parameters
        ----------
        prefix : str
            The beginning, put before each continuation as it is: bring your own space.
        continuations : sequence of str

        Returns
        -------
        (n, dim) float32, unit length
        """
        if not continuations:
            return np.zeros((0, self.dim), np.float32)
        texts = [prefix + c for c in continuations]
        return self._cache.embed(texts, lambda missing: self._compute_after(prefix, missing))

    def _compute_after(self, prefix: str, texts: list[str]) -> Embeddings:
        import torch

        rows, start = self._tokens(texts), self._open_tokens(prefix)
        length, sharing, others = shared_prefix(start, rows)
        out = np.zeros((len(rows), self.dim), np.float32)
        if others:
            out[others] = self._compute_rows([rows[i] for i in others])
        if sharing:
            with torch.inference_mode():
                known = self._model.read(torch.tensor([start[:length]], device=self.device))
            rest = [rows[i][length:] for i in sharing]
            for batch in batches_by_length([len(r) for r in rest], TEXT_BATCH):
                ids = np.array([rest[i] for i in batch], np.int64)
                vectors = self._run(lambda ids: self._model.embed_tokens(ids, known), ids)
                out[[sharing[i] for i in batch]] = vectors
        return out
