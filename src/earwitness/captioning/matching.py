"""Which of some sentences fits a sound, and which names of sounds are near it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from earwitness.audio import AudioLimits, stream_windows
from earwitness.captioning.listener import Listener
from earwitness.common.arrays import Floats, by_rows
from earwitness.common.caption import Keyword
from earwitness.common.errors import OptionError
from earwitness.encoders.background import calibrated
from earwitness.encoders.base import background_of

if TYPE_CHECKING:
    from earwitness.encoders.base import AudioTextEncoder


@dataclass(frozen=True)
class Match:
    """A sentence's fit with a sound: calibrated score (0..1) and the bare cosine."""

    text: str
    score: float
    cosine: float


def match_sentences(
    source: Any,
    sentences: Sequence[str],
    encoder: AudioTextEncoder | None = None,
    *,
    limits: AudioLimits | None = None,
    stream: int | str | None = None,
) -> list[Match]:
    """Rank sentences by how well they fit a sound, best first.

    Parameters
    ----------
    source : path, bytes, binary file object, Clip, or (array, rate)
    sentences : sequence of str
    encoder : AudioTextEncoder, optional
        The embedded one unless given; another one's scores are its cosines, which are not calibrated.
    limits : AudioLimits, optional
        The largest sound that is read.
    stream : int or str, optional
        Which audio stream of a film; see ``stream_windows``.

    Raises
    ------
    AudioError
        The sound cannot be read.
    OptionError
        There is nothing to match: no sentence, an empty one, or a silent sound.
    """
    from earwitness.encoders.tags.encoder import TagEncoder

    if not sentences or not all(s.strip() for s in sentences):
        raise OptionError("match needs at least one sentence, and none of them empty.")
    used = encoder or TagEncoder()
    vector = _heard(source, used, "no sentence fits it better than another", limits, stream)
    cosines = by_rows(used.embed_text(list(sentences)), vector)
    scores = calibrated(cosines, background_of(used))
    order = sorted(range(len(sentences)), key=lambda i: (-float(cosines[i]), i))
    return [Match(sentences[i], float(scores[i]), float(cosines[i])) for i in order]


def sound_keywords(
    source: Any,
    encoder: AudioTextEncoder,
    names: Sequence[str],
    count: int,
    *,
    limits: AudioLimits | None = None,
    stream: int | str | None = None,
) -> tuple[Keyword, ...]:
    """The names nearest to a sound, best first, each with its cosine, cut at zero.

    Parameters
    ----------
    source : path, bytes, binary file object, Clip, or (array, rate)
    encoder : AudioTextEncoder
    names : sequence of str
    count : int
    limits : AudioLimits, optional
        The largest sound that is read.
    stream : int or str, optional

    Raises
    ------
    AudioError
        The sound cannot be read.
    OptionError
        It is silent.
    """
    from earwitness.methods.prompting.keywords import KeywordIndex

    vector = _heard(source, encoder, "it has no keywords", limits, stream)
    return KeywordIndex(encoder, names).nearest(vector, count)


def _heard(
    source: Any,
    encoder: AudioTextEncoder,
    so: str,
    limits: AudioLimits | None,
    stream: int | str | None,
) -> Floats:
    """A whole sound's embedding (dim,); OptionError, ending in what follows from it, where it is silent."""
    windows = stream_windows(
        source, encoder.rate, encoder.window_seconds, limits=limits or AudioLimits(), stream=stream
    )
    heard = Listener(encoder, 0).hear(windows)
    if heard.vector is None:
        raise OptionError(f"{heard.path} is silent: {so}.")
    return heard.vector
