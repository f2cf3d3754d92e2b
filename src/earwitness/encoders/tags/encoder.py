"""The embedded audio–text model, "tag space": one axis an AudioSet class, and two for the pitch of a voice.

A sound lies at the square roots of its class probabilities (YAMNet), a sentence at how near its meaning is to
each class's name (MiniLM). No pair of sound and sentence was needed to bring the two together: the class
names are the bridge.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from earwitness.audio import Clip
from earwitness.common.arrays import Floats, by_rows, softmax
from earwitness.common.errors import OptionError
from earwitness.encoders.background import Background
from earwitness.encoders.base import Embeddings, normalise
from earwitness.encoders.runtime import asset
from earwitness.encoders.tags.effects import RATE as EFFECTS_RATE
from earwitness.encoders.tags.hearing import VOICES as VOICES
from earwitness.encoders.tags.hearing import class_names as class_names
from earwitness.encoders.tags.hearing import heard_patches
from earwitness.encoders.tags.listening import both_ears
from earwitness.encoders.tags.queries import query_quantiles, query_weights, sounds_asked_for
from earwitness.encoders.tags.views import VIEWS, views
from earwitness.encoders.tags.yamnet import CLASSES, PATCH_HOP_SECONDS, RATE
from earwitness.encoders.text_cache import TextCache

TEMPERATURE = 0.05  # of the softmax over classes
LOW_VOICE, HIGH_VOICE = CLASSES, CLASSES + 1
DIM = CLASSES + 2

LOW_WORDS = re.compile(r"\b(?:man|men|male|males|guy|guys|gentleman|gentlemen|his|he|him)\b(?:'s)?", re.I)
HIGH_WORDS = re.compile(r"\b(?:woman|women|female|females|lady|ladies|her|she|girl|girls)\b(?:'s)?", re.I)


@lru_cache(maxsize=1)
def synonyms() -> tuple[tuple[str, ...], npt.NDArray[np.intp]]:
    """Class names split at commas, and where each class's synonyms begin."""
    split = [[s.strip() for s in name.split(",")] for name in class_names()]
    starts = np.cumsum([0] + [len(s) for s in split])[:-1]
    return tuple(s for group in split for s in group), starts


@lru_cache(maxsize=1)
def synonym_embeddings() -> Floats:
    """MiniLM's embeddings of ``synonyms``: (n, 384) float32, unit rows."""
    from safetensors.numpy import load_file

    return np.asarray(load_file(asset("tags.safetensors"))["synonyms"], np.float32)


class TagEncoder:
    """The embedded audio–text model, by the ``AudioTextEncoder`` contract.

    >>> encoder = TagEncoder()
    >>> noise = Clip(np.random.default_rng(0).normal(0, 0.1, 16000).clip(-1, 1).astype(np.float32), 16000)
    >>> encoder.embed_audio([noise]).shape, encoder.embed_text(["rain", "a dog barks"]).shape
    ((1, 523), (2, 523))
    """

    name = "tags"
    rate = RATE
    window_seconds = 10.0
    dim = DIM
    patch_seconds = PATCH_HOP_SECONDS
    text_axes = 16
    view_names = VIEWS
    wide_rate = EFFECTS_RATE

    def __init__(self) -> None:
        self._cache, self._queries = TextCache(), TextCache()

    @property
    def axis_names(self) -> tuple[str, ...]:
        """AudioSet's class names; the two axes of voices after them have none."""
        return class_names()

    def background(self) -> Background:
        """Fixed when the embedded model's files were built."""
        return _background()

    def embed_audio(self, clips: Sequence[Clip]) -> Embeddings:
        """Embed clips: √ of the mean class probability, per window of ten seconds, unit length: (n, 523)."""
        if not clips:
            return np.zeros((0, DIM), np.float32)
        return np.stack([self.embed_tags(tags) for tags in map(self.window_tags, clips)])

    def embed_text(self, texts: Sequence[str]) -> Embeddings:
        """Embed sentences: softmax(cosine with each class name / 0.05), unit length: (n, 523).

        A sentence about a man's or a woman's voice also lies on that voice's axis, by as much as it is about
        voices at all.
        """
        return self._cache.embed(texts, _embed_texts) if texts else np.zeros((0, DIM), np.float32)

    def embed_query(self, texts: Sequence[str]) -> Embeddings:
        """Embed what somebody looks for, by what is said of each class: (n, 523). See ``queries.py``."""
        return self._queries.embed(texts, _embed_queries) if texts else np.zeros((0, DIM), np.float32)

    def query_background(self) -> Background:
        """The background's sounds, and how queries match them."""
        return _query_background()

    def window_tags(self, clip: Clip) -> Floats:
        """Mean probability of every axis, a row a window of ten seconds: (windows, 523)."""
        starts, ends = _cut(clip, self.window_seconds)
        return np.stack([heard_patches(clip.samples[s:e]).mean(0) for s, e in zip(starts, ends, strict=True)])

    def hear(self, clip: Clip) -> tuple[Floats, Floats, Floats]:
        """A clip through both ears, if it carries what the second one needs (``Clip.wide``).

        Returns
        -------
        (windows, 523) mean probabilities, (patches, 523) every patch's, and what the second ear said if it
        was asked, else nothing: ``effects.Effects.packed``
        """
        starts, ends = _cut(clip, self.window_seconds)
        heard = [both_ears(clip, start, end) for start, end in zip(starts, ends, strict=True)]
        said = [opinion for _, opinion in heard if opinion is not None]
        packed = said[0].packed() if said else np.zeros(0, np.float32)
        patches = [p for p, _ in heard]
        return np.stack([p.mean(0) for p in patches]), np.concatenate(patches), packed

    @staticmethod
    def embed_views(patches: Floats) -> Floats:
        """Patches of one sound (patches, 523) -> its vectors (views, 523), in the order of ``view_names``."""
        return views(patches)

    def patch_tags(self, clip: Clip) -> Floats:
        """Probability of every axis, a row a patch of 0.96 s every 0.48 s: (patches, 523).

        The mean over the patches of a window is ``window_tags``.
        """
        _check_rate(clip)
        return heard_patches(clip.samples)

    @staticmethod
    def embed_tags(tags: Floats) -> Floats:
        """Window tags (windows, 523) -> a unit vector, the normalised mean of the windows' own."""
        return normalise(normalise(np.sqrt(tags)).mean(0))


def _cut(clip: Clip, window_seconds: float) -> tuple[range, list[int]]:
    """Where the windows of a clip begin and end, in samples."""
    _check_rate(clip)
    size, n = int(window_seconds * RATE), len(clip.samples)
    # A last piece too short to be heard as anything belongs to the window before it.
    starts = range(0, max(n - size // 10, 1), size)
    return starts, [*starts[1:], n]


def _check_rate(clip: Clip) -> None:
    if clip.rate != RATE:
        raise OptionError(
            f"the encoder 'tags' takes clips at {RATE} Hz, not {clip.rate}; read them at its rate."
        )


@lru_cache(maxsize=1)
def _background() -> Background:
    return Background.read(asset("background.safetensors"))


@lru_cache(maxsize=1)
def _query_background() -> Background:
    return Background(_background().sounds, query_quantiles())


def _embed_texts(texts: Sequence[str]) -> Embeddings:
    return _placed(texts, class_weights)


def _embed_queries(texts: Sequence[str]) -> Embeddings:
    told = [sounds_asked_for(text) for text in texts]
    rows = _placed([sound for sounds in told for sound in sounds], query_weights)
    begins = np.cumsum([0, *map(len, told)])[:-1]
    return normalise(np.add.reduceat(rows, begins))


def _placed(texts: Sequence[str], weigh: Callable[[Floats], Floats]) -> Embeddings:
    from earwitness.encoders.tags.minilm import sentence_embeddings

    meaning = weigh(sentence_embeddings(texts))
    return normalise(np.concatenate([meaning, _voice_words(texts, meaning)], 1))


def class_weights(sentences: Floats) -> Floats:
    """Sentence embeddings (n, 384) -> how much each is about each class: (n, 521), rows sum to one."""
    _, starts = synonyms()
    cosine = np.maximum.reduceat(by_rows(sentences, synonym_embeddings().T), starts, axis=1)
    return softmax(cosine, TEMPERATURE)


def _voice_words(texts: Sequence[str], meaning: Floats) -> Floats:
    """(n, 2): the share of voices in a sentence's meaning, on the axes of the voices it names."""
    voices = meaning[:, VOICES].sum(1, keepdims=True)
    words = [[bool(LOW_WORDS.search(t)), bool(HIGH_WORDS.search(t))] for t in texts]
    return np.asarray(0.5 * voices * np.array(words, np.float32), np.float32)
