"""A new encoder in forty lines: loud sounds and soft ones, high ones and low ones.

    python examples/toy_encoder.py examples/bell.wav "a loud bell" "soft rain"

An encoder puts sounds and sentences into one space. It needs five things: a name, the rate and the longest
window of sound it takes, the size of its space, and the two ways into it. Everything else follows: matching,
the guided methods, training of a decoder on captions alone, and evaluation.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

from earwitness.audio import Clip
from earwitness.captioning.matching import match_sentences
from earwitness.encoders.base import Embeddings, normalise
from earwitness.encoders.registry import load_encoder, register_encoder

WORDS = (("loud", "shout", "bang"), ("soft", "quiet", "whisper"), ("high", "bell", "bird"), ("low", "drum"))


class ToyEncoder:
    """Four axes: loud, soft, high, low."""

    name, rate, window_seconds, dim = "toy:four", 16000, 10.0, 4

    def embed_audio(self, clips: Sequence[Clip]) -> Embeddings:
        """Clips -> (n, 4) unit rows."""
        rows = []
        for clip in clips:
            level = min(1.0, 4 * float(np.sqrt(np.mean(clip.samples**2))))
            crossings = float(np.mean(np.diff(np.signbit(clip.samples)))) if len(clip.samples) > 1 else 0.0
            high = min(1.0, 8 * crossings)
            rows.append([level, 1 - level, high, 1 - high])
        return normalise(np.array(rows).reshape(-1, 4) + 1e-3)

    def embed_text(self, texts: Sequence[str]) -> Embeddings:
        """Sentences -> (n, 4) unit rows."""
        found = [[any(w in t.lower() for w in words) for words in WORDS] for t in texts]
        return normalise(np.array(found, np.float32).reshape(-1, 4) + 1e-3)


register_encoder("toy", lambda source, options: ToyEncoder())

if __name__ == "__main__":
    for match in match_sentences(sys.argv[1], sys.argv[2:], load_encoder("toy:four")):
        print(f"{match.score:.2f}  {match.text}")
