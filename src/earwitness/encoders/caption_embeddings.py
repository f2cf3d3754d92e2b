"""Embeddings of many captions, computed once and kept on disk.

Captions go in blocks, each block a file called by the hash of everything its numbers depend on: the encoder's
name, its embedding of one fixed sentence (so that another model under the same name is another encoder), and
the block's texts. A run that is stopped loses at most a block, and a list that grew computes only its end.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from earwitness.common.arrays import Floats
from earwitness.common.files import whole_file
from earwitness.encoders.base import AudioTextEncoder, normalise

BLOCK = 4096  # captions a file: 16 MB at 1024 numbers each
PROBE = "a dog barks while rain falls on a roof"


def default_folder() -> Path:
    """Where embeddings are kept unless told otherwise."""
    from earwitness.common.cache import cache_folder

    return cache_folder() / "texts"


def embed_captions(
    encoder: AudioTextEncoder,
    captions: Sequence[str],
    folder: Path | None = None,
    *,
    progress: Callable[[int, int], None] | None = None,
) -> Floats:
    """Embeddings of captions, from disk where they are there already.

    Parameters
    ----------
    encoder : AudioTextEncoder
    captions : sequence of str
    folder : Path, optional
        Where the blocks are kept, made if missing; nothing is kept unless given.
    progress : callable, optional
        Called with how many captions are done, and of how many.

    Returns
    -------
    (n, dim) float32, unit rows
    """
    out = np.empty((len(captions), encoder.dim), np.float32)
    fingerprint = _fingerprint(encoder) if folder else b""
    for start in range(0, len(captions), BLOCK):
        texts = list(captions[start : start + BLOCK])
        out[start : start + len(texts)] = _block(encoder, texts, folder, fingerprint)
        if progress:
            progress(start + len(texts), len(captions))
    return out


def _block(encoder: AudioTextEncoder, texts: list[str], folder: Path | None, fingerprint: bytes) -> Floats:
    if folder is None:
        return normalise(encoder.embed_text(texts))
    path = folder / f"{_key(fingerprint, texts)}.npy"
    rows = _read(path, (len(texts), encoder.dim))
    if rows is None:
        rows = normalise(encoder.embed_text(texts))
        _write(path, rows)
    return rows


def _fingerprint(encoder: AudioTextEncoder) -> bytes:
    """What tells encoders apart; rounded, for sums may be added in another order on another machine."""
    probe = normalise(encoder.embed_text([PROBE]))[0]
    rounded: bytes = np.round(probe * 200).astype(np.int16).tobytes()
    return f"{encoder.name} {encoder.dim} ".encode() + rounded


def _key(fingerprint: bytes, texts: Sequence[str]) -> str:
    digest = hashlib.sha256(fingerprint)
    for text in texts:
        data = text.encode()
        digest.update(len(data).to_bytes(8, "little") + data)
    return digest.hexdigest()[:40]


def _read(path: Path, shape: tuple[int, int]) -> Floats | None:
    """The rows of a file; None where it is missing, or is not what it should be."""
    try:
        rows = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return rows if rows.shape == shape and rows.dtype == np.float32 else None


def _write(path: Path, rows: Floats) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        np.save(file, rows)
