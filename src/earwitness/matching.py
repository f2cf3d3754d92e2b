"""Which of some sentences fits a sound."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from earwitness.audio import stream_windows
from earwitness.errors import OptionError
from earwitness.listening import Listener

if TYPE_CHECKING:
    from earwitness.encoders.base import AudioTextEncoder


@dataclass(frozen=True)
class Match:
    """A sentence's fit with a sound: calibrated score (0..1) and the bare cosine."""

    text: str
    score: float
    cosine: float


def match_sentences(
    source: Any, sentences: Sequence[str], encoder: AudioTextEncoder | None = None
) -> list[Match]:
    """Rank sentences by how well they fit a sound, best first.

    Parameters
    ----------
    source : path, bytes, binary file object, Clip, or (array, rate)
    sentences : sequence of str
    encoder : AudioTextEncoder, optional
        The embedded one unless given; another one's scores are its cosines, which are not calibrated.

    Raises
    ------
    AudioError
        The sound cannot be read.
    OptionError
        There is nothing to match: no sentence, an empty one, or a silent sound.
    """
    from earwitness.encoders.tags import TagEncoder
    from earwitness.methods.scoring import calibrated, tags_background

    if not sentences or not all(s.strip() for s in sentences):
        raise OptionError("match needs at least one sentence, and none of them empty.")
    used = encoder or TagEncoder()
    windows = stream_windows(source, used.rate, used.window_seconds)
    heard = Listener(used, 0).hear(windows)
    if heard.vector is None:
        raise OptionError(f"{heard.path} is silent: no sentence fits it better than another.")
    cosines = used.embed_text(list(sentences)) @ heard.vector
    scores = calibrated(cosines, tags_background() if used.name == TagEncoder.name else None)
    order = sorted(range(len(sentences)), key=lambda i: (-float(cosines[i]), i))
    return [Match(sentences[i], float(scores[i]), float(cosines[i])) for i in order]
