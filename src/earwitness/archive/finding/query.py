"""What is looked for: words, a sound, or both; and what is not wanted."""

from __future__ import annotations

import re
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


# from where on a query says what is not to be heard
UNWANTED = re.compile(
    r"\s*(?:[,;]\s*(?:but\s+)?(?:no|not|without)|\bbut\s+(?:no|not|without)|\bwithout)\s+", re.I
)


@dataclass(frozen=True, eq=False)
class Query:
    """A query: its words (None for a sound alone) and its place in the encoder's space (dim,).

    ``text_vector`` is its words' place among captions, for comparing it with these; ``without`` is what is
    not wanted, as words and as vectors (n, dim). ``by_sound``: whether a sound is part of the query.
    """

    text: str | None
    text_vector: Floats | None
    vector: Floats
    without: tuple[str, ...]
    without_vectors: Floats
    by_sound: bool = False


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
    vector = normalise(np.sum(vectors, axis=0))
    return Query(text, said, vector, tuple(without), unwanted, by_sound=like is not None)


def asked_for(text: str) -> tuple[str, tuple[str, ...]]:
    """What is wanted, and what a query's own end says is not; all of it is wanted where nothing else is.

    >>> asked_for("a dog far away, no traffic"), asked_for("water but not rain or wind")
    (('a dog far away', ('traffic',)), ('water', ('rain', 'wind')))
    >>> asked_for("no traffic"), asked_for("a door without a handle")
    (('no traffic', ()), ('a door', ('handle',)))
    """
    found = UNWANTED.search(text)
    if found is None or not text[: found.start()].strip():
        return text, ()
    parts = re.split(r"\s*(?:,|\b(?:or|and|nor)\b)\s*", text[found.end() :])
    named = [
        re.sub(r"^(?:(?:no|not|without|any|an?|the)\b\s*)+", "", p, flags=re.I).strip(" .!") for p in parts
    ]
    unwanted = tuple(n for n in named if n)
    return (text[: found.start()].strip(), unwanted) if unwanted else (text, ())


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
