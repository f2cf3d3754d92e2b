"""What is looked for: words, a sound, or both; and what is not wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from earwitness.captioning.listener import Listener
from earwitness.common.arrays import Floats
from earwitness.common.errors import OptionError
from earwitness.encoders.base import embed_queries, normalise

if TYPE_CHECKING:
    from earwitness.encoders.base import AudioTextEncoder


@dataclass(frozen=True, eq=False)
class Query:
    """A query: its words (None for a sound alone) and its place in the encoder's space (dim,).

    ``text_vector`` is its words' place among captions, for comparing it with these; ``without`` is what is
    not wanted, as words and as vectors (n, dim).
    """

    text: str | None
    text_vector: Floats | None
    vector: Floats
    without: tuple[str, ...]
    without_vectors: Floats


def make_query(
    encoder: AudioTextEncoder, text: str | None, like: Floats | None, without: Sequence[str]
) -> Query:
    """Put words and a sound's embedding together: where both are given, half of each.

    Raises
    ------
    OptionError
        A text is empty.
    """
    for words in (*without, *([] if text is None else [text])):
        if not words.strip():
            raise OptionError("a query, and what is not wanted, needs at least one word.")
    vectors = [] if like is None else [like]
    said = None
    if text is not None:
        said = encoder.embed_text([text])[0]
        vectors.append(embed_queries(encoder, [text])[0])
    unwanted = embed_queries(encoder, list(without)) if without else np.zeros((0, encoder.dim), np.float32)
    return Query(text, said, normalise(np.sum(vectors, axis=0)), tuple(without), unwanted)


def sound_vector(source: Any, encoder: AudioTextEncoder) -> Floats:
    """The embedding (dim,) of a whole sound.

    Raises
    ------
    AudioError
        It cannot be read.
    OptionError
        It is silent, and so like no other.
    """
    from earwitness.audio import stream_windows

    heard = Listener(encoder, 0).hear(stream_windows(source, encoder.rate, encoder.window_seconds))
    if heard.vector is None:
        raise OptionError(f"{heard.path} is silent: no sound is like it more than another.")
    return heard.vector
