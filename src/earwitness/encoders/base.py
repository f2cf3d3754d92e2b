"""The contract of an audio–text model: one shared space in which a dot product is a cosine.

``AudioTextEncoder`` is what every encoder has. The protocols after it are what one may have besides: whoever
needs a part asks for it with ``isinstance(encoder, SoundTagger)``, never for a class or a name, so that
another tagger takes the embedded one's place without a change elsewhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from earwitness.audio import Clip
from earwitness.encoders.background import Background

Embeddings = npt.NDArray[np.float32]
"""(n, dim) float32, every row of unit length."""

SILENCE = "Silence"
"""What the axis of a tagger is called that means that nothing sounds, as AudioSet has it."""


@runtime_checkable
class AudioTextEncoder(Protocol):
    """Sounds and sentences in one space.

    The same sound gives the same vector alone, in a batch or in another order; there is no random crop.
    A clip longer than ``window_seconds`` is the mean of its windows' embeddings, normalised again.
    """

    name: str
    rate: int
    """Sample rate of the clips it takes, in Hz."""
    window_seconds: float
    dim: int

    def embed_audio(self, clips: Sequence[Clip]) -> Embeddings:
        """Embed clips: (n, dim)."""
        ...

    def embed_text(self, texts: Sequence[str]) -> Embeddings:
        """Embed sentences: (n, dim)."""
        ...


@runtime_checkable
class SoundTagger(Protocol):
    """An encoder with named axes: the probability of each named sound, at every moment of a clip."""

    axis_names: tuple[str, ...]
    """What the first axes stand for; axes after them have no name to show."""
    patch_seconds: float
    """Time from one patch to the next."""

    def patch_tags(self, clip: Clip) -> npt.NDArray[np.float32]:
        """Probabilities over time: (patches, axes), a row every ``patch_seconds``."""
        ...

    def window_tags(self, clip: Clip) -> npt.NDArray[np.float32]:
        """Mean probabilities: (windows, axes), a row a window of ``window_seconds``."""
        ...

    def embed_tags(self, tags: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Window tags (windows, axes) -> the unit vector (dim,) of a sound that has them."""
        ...


@runtime_checkable
class HasViews(SoundTagger, Protocol):
    """A tagger that gives several vectors of one sound, for decoders that read more than its mean."""

    view_names: tuple[str, ...]
    """What each vector is of, in their order; the first is the whole."""
    wide_rate: int
    """Least rate, in Hz, of recordings whose clips should carry them as recorded (``Clip.wide``)."""

    def hear(
        self, clip: Clip
    ) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32], npt.NDArray[np.float32]]:
        """Hear a clip with all that it carries.

        Returns
        -------
        (windows, axes) mean probabilities, (patches, axes) every patch's, and what a second opinion said,
        (n,), or nothing, (0,)
        """
        ...

    def embed_views(self, patches: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Patches of one sound, (patches, axes) -> its unit vectors (views, dim), as ``view_names``."""
        ...


@runtime_checkable
class HasBackground(Protocol):
    """An encoder that knows how sounds and sentences match that have nothing to do with each other."""

    def background(self) -> Background:
        """Its unlabelled sounds, and the quantiles of mismatched pairs."""
        ...


@runtime_checkable
class HasSparseTexts(Protocol):
    """An encoder in whose space a sentence lies on few axes, so that a memory of captions can be small."""

    text_axes: int
    """How many of a sentence's axes hold all but a hundredth of its length."""


@runtime_checkable
class HasQueries(Protocol):
    """An encoder that places what somebody looks for otherwise than a caption, which its decoder reads."""

    def embed_query(self, texts: Sequence[str]) -> Embeddings:
        """Embed what is looked for: (n, dim)."""
        ...

    def query_background(self) -> Background:
        """Its unlabelled sounds, and how queries match those that have nothing to do with them."""
        ...


def background_of(encoder: AudioTextEncoder) -> Background | None:
    """The background of an encoder that has one."""
    return encoder.background() if isinstance(encoder, HasBackground) else None


def embed_queries(encoder: AudioTextEncoder, texts: Sequence[str]) -> Embeddings:
    """Embed what somebody looks for: (n, dim); as captions, where the encoder makes no difference."""
    return encoder.embed_query(texts) if isinstance(encoder, HasQueries) else encoder.embed_text(texts)


def query_background_of(encoder: AudioTextEncoder) -> Background | None:
    """What matches of ``embed_queries`` are measured against, of an encoder that has it."""
    return encoder.query_background() if isinstance(encoder, HasQueries) else background_of(encoder)


def normalise(vectors: npt.NDArray[np.floating]) -> Embeddings:
    """Scale every row to unit length; a zero row stays zero.

    >>> normalise(np.array([[3.0, 4.0], [0.0, 0.0]])).tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    norms = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)
