"""What every encoder must do, whatever its model; each encoder's test file calls this once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from earwitness.audio import Clip, stream_windows
from earwitness.encoders.base import AudioTextEncoder, normalise


def check_contract(encoder: Any, sound: Callable[..., np.ndarray]) -> None:
    """Shapes, unit length, and the independence of a result from its neighbours and its order."""
    assert isinstance(encoder, AudioTextEncoder)
    check_audio(encoder, sound)
    check_text(encoder)


def check_audio(encoder: Any, sound: Callable[..., np.ndarray]) -> None:
    rate, window = encoder.rate, encoder.window_seconds
    seconds = [window, 0.001, window / 3, window + 0.05, 2.3 * window, window]
    clips = [Clip(sound(rate, s, seed=i), rate) for i, s in enumerate(seconds)]
    together = encoder.embed_audio(clips)
    assert together.dtype == np.float32 and together.shape == (len(clips), encoder.dim)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    alone = np.concatenate([encoder.embed_audio([clip]) for clip in clips])
    np.testing.assert_allclose(alone, together, atol=1e-5)
    np.testing.assert_allclose(encoder.embed_audio(clips[::-1])[::-1], together, atol=1e-5)
    np.testing.assert_array_equal(encoder.embed_audio(clips), together)
    # a long clip is the mean of its windows, with the windows that the audio room cuts
    windows = encoder.embed_audio(list(stream_windows(clips[4], rate, window)))
    np.testing.assert_allclose(normalise(windows.mean(0, keepdims=True))[0], together[4], atol=1e-5)
    # different sounds differ
    assert np.abs(together[0] - together[5]).max() > 1e-4
    assert encoder.embed_audio([]).shape == (0, encoder.dim)
    silent = encoder.embed_audio([Clip(np.zeros(rate, np.float32), rate)])
    assert np.isfinite(silent).all()


def check_text(encoder: Any) -> None:
    texts = ["a dog barks", "rain falls on a tin roof", "rain", "a dog barks", "", "thunder " * 200]
    together = encoder.embed_text(texts)
    assert together.dtype == np.float32 and together.shape == (len(texts), encoder.dim)
    np.testing.assert_allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(together[0], together[3])
    encoder._cache.clear()
    np.testing.assert_allclose(encoder.embed_text(texts[::-1])[::-1], together, atol=1e-5)
    for text, row in zip(texts, together, strict=True):
        encoder._cache.clear()
        np.testing.assert_allclose(encoder.embed_text([text])[0], row, atol=1e-5)
    assert np.abs(together[0] - together[1]).max() > 1e-4
    assert encoder.embed_text([]).shape == (0, encoder.dim)


def check_continuations(encoder: Any) -> None:
    """Sharing a prefix changes nothing, wherever the join falls."""
    for prefix, continuations in CONTINUATIONS:
        encoder._cache.clear()
        shared = encoder.embed_continuations(prefix, continuations)
        encoder._cache.clear()
        plain = encoder.embed_text([prefix + c for c in continuations])
        np.testing.assert_allclose(shared, plain, atol=1e-5)
    assert encoder.embed_continuations("a", []).shape == (0, encoder.dim)


CONTINUATIONS = [
    ("This is a sound of", [" rain", " a dog", " thunder and rain", "", " rain"]),
    ("This is a sound of ", ["rain", "a dog", " two spaces", "!"]),
    ("rain", ["bow", "ing", " falls", "s!", ""]),
    ("", ["a dog", "rain"]),
    ("thunder " * 100, ["rolls", "ends"]),
    ("!", ["!", " dog!", "? no"]),
]
