"""Sounds that a clip is near to, by name, in any encoder's space.

Names are embedded as bare words, without a template (ZerAuCap, section 3.1), once for each encoder: they are
kept in the cache folder, under the encoder's name and the list's hash.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from earwitness.common.arrays import Floats
from earwitness.common.caption import Keyword
from earwitness.common.files import whole_file
from earwitness.encoders.base import SILENCE

if TYPE_CHECKING:
    from earwitness.encoders.background import Background
    from earwitness.encoders.base import AudioTextEncoder


_EMBEDDED: WeakKeyDictionary[object, dict[tuple[str, ...], Floats]] = WeakKeyDictionary()

PROBES = 2  # names that are embedded again to see that a file still fits
SAME = 1e-3


class KeywordIndex:
    """Names and their embeddings.

    Parameters
    ----------
    encoder : AudioTextEncoder
    names : sequence of str
        Distinct.

    Examples
    --------
    >>> from earwitness.encoders.tags.encoder import TagEncoder
    >>> encoder = TagEncoder()
    >>> index = KeywordIndex(encoder, ["Rain", "Dog", "Piano"])
    >>> [k.text for k in index.nearest(encoder.embed_text(["a dog barks"])[0], 1)]
    ['Dog']
    """

    def __init__(self, encoder: AudioTextEncoder, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.vectors = embedded_names(encoder, self.names)

    def nearest(
        self,
        vector: Floats,
        count: int,
        background: Background | None = None,
        *,
        silence: bool = True,
    ) -> tuple[Keyword, ...]:
        """The ``count`` names nearest to a sound, each with its cosine, cut at zero.

        Parameters
        ----------
        vector : (dim,) float32
        count : int
        background : Background, optional
            Where given, names are put in order by how far above their usual match they are.
        silence : bool
            Whether silence, which is no sound, may be among them.
        """
        cosines = self.vectors @ vector
        order = cosines if background is None else background.standardised(vector, self.vectors)
        quiet = () if silence else (SILENCE.lower(),)
        best = [i for i in np.argsort(-order, kind="stable") if self.names[i].lower() not in quiet]
        return tuple(Keyword(self.names[i], max(0.0, float(cosines[i]))) for i in best[:count])


def keyword_names() -> tuple[str, ...]:
    """The distinct names of the embedded model's 521 AudioSet classes.

    >>> keyword_names()[:2], len(keyword_names()) > 521
    (('Speech', 'Child speech'), True)
    """
    from earwitness.encoders.tags.encoder import synonyms

    return tuple(dict.fromkeys(synonyms()[0]))


def nearest_keywords(encoder: AudioTextEncoder, vector: Floats, count: int) -> tuple[Keyword, ...]:
    """The ``count`` of ``keyword_names`` nearest to a clip's embedding (dim,), each with its cosine."""
    return KeywordIndex(encoder, keyword_names()).nearest(vector, count)


def embedded_names(encoder: AudioTextEncoder, names: tuple[str, ...]) -> Floats:
    """The names' embeddings (n, dim): remembered, read from the cache folder, or computed and put there."""
    known = _EMBEDDED.setdefault(encoder, {})
    if names not in known:
        known[names] = _cached(encoder, names)
    return known[names]


def cache_path(encoder_name: str, names: Sequence[str]) -> Path:
    """Where a list's embeddings by one encoder are kept."""
    from earwitness.common.cache import cache_folder

    key = json.dumps([encoder_name, list(names)]).encode()
    return cache_folder() / "keywords" / f"{hashlib.sha256(key).hexdigest()[:32]}.safetensors"


def _cached(encoder: AudioTextEncoder, names: tuple[str, ...]) -> Floats:
    path = cache_path(encoder.name, names)
    kept = _read(path)
    # A name says nothing about the weights behind it, so the first and last names are embedded again: a model
    # that was trained on or exchanged since gives itself away.
    probes = [0, len(names) - 1][:PROBES]
    if kept is not None and kept.shape == (len(names), encoder.dim):
        again = encoder.embed_text([names[i] for i in probes])
        if bool((np.abs(kept[probes] - again) < SAME).all()):
            return kept
    new = encoder.embed_text(names)
    with suppress(OSError):  # a folder that cannot be written costs time, not the result
        _write(path, new)
    return new


def _read(path: Path) -> Floats | None:
    """The embeddings in a file; None where there is no whole one."""
    from earwitness.common.errors import AssetError
    from earwitness.common.tensors import read_tensors

    try:
        tensors, _ = read_tensors(path)
        return np.asarray(tensors["names"], np.float32)
    except (AssetError, KeyError):
        return None


def _write(path: Path, vectors: Floats) -> None:
    from safetensors.numpy import save

    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        file.write(save({"names": np.ascontiguousarray(vectors)}))
