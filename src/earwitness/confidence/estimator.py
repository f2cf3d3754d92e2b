"""The confidence of every sentence about a sound, and of what could be said of it in general."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from earwitness.common.caption import Alternative
from earwitness.common.errors import OptionError
from earwitness.confidence.features import (
    GENERAL,
    SENTENCE,
    general_features,
    near,
    sentence_features,
    sounds_claimed,
)
from earwitness.confidence.model import ConfidenceModel
from earwitness.encoders.base import SILENCE, AudioTextEncoder, SoundTagger, background_of
from earwitness.encoders.tags.ontology import Ontology, sound_ontology
from earwitness.methods.base import Evidence, Heard, Written

Floats = npt.NDArray[np.float64]

LOOKED_AT = 3
"""A method's best sentences that a general one is weighed by: more of them were no better."""


HARDLY = "Hardly anything is heard"
FAINT, UNHEARD = 0.05, 0.1
"""Hardly anything is heard where no sample is larger, and no sound has a larger probability at any moment."""


@dataclass(frozen=True)
class General:
    """A general sentence about a sound, its confidence, and how many kinds of sounds it covers."""

    text: str
    confidence: float
    covers: int


class Features:
    """What an encoder's evidence says of sentences: the tables that models are fitted on and read.

    Parameters
    ----------
    encoder : AudioTextEncoder
        With named axes and a background.
    ontology : Ontology, optional
        The shipped one unless given.

    Raises
    ------
    OptionError
        The encoder has no named axes, or no background.
    """

    def __init__(self, encoder: AudioTextEncoder, ontology: Ontology | None = None) -> None:
        background = background_of(encoder)
        if not isinstance(encoder, SoundTagger) or background is None:
            raise OptionError(f"the encoder {encoder.name!r} has no named sounds to judge a sentence by.")
        self.encoder, self.background = encoder, background
        self.ontology = ontology or sound_ontology()
        self.names, self._axis_names = len(encoder.axis_names), encoder.axis_names
        self.members = self.ontology.members(encoder.axis_names)
        self.covers = self.members.sum(1)
        self._known: dict[str, npt.NDArray[np.bool_]] = {}

    def sentences(self, evidence: Evidence, vector: npt.NDArray[np.float32], texts: Sequence[str]) -> Floats:
        """Features of one sound's sentences: (n, len(SENTENCE))."""
        phrases = [sounds_claimed(text) for text in texts]
        distinct = list(dict.fromkeys([*texts, *(p for some in phrases for p in some)]))
        vectors = self.encoder.embed_text(distinct)
        place = {text: i for i, text in enumerate(distinct)}
        weights = self._weights(vectors)
        own = [place[t] for t in texts]
        matches = self.background.standardised(vector, vectors[own])
        fit = self.background.percentile(vectors[own] @ vector)
        claimed = [weights[[place[p] for p in some]] for some in phrases]
        return sentence_features(evidence, texts, weights[own], claimed, (matches, fit), self.background)

    def general(self, evidence: Evidence, texts: Sequence[str]) -> Floats:
        """Features of the ontology's spoken nodes: (nodes, len(GENERAL))."""
        return general_features(evidence, self._weights(self.encoder.embed_text(list(texts))), self.members)

    def loudest(self, evidence: Evidence, node: str) -> float:
        """The largest probability that any sound below a node of the ontology has at any moment."""
        return float(evidence.peak[self._below(node)].max(initial=0.0))

    def _below(self, node: str) -> npt.NDArray[np.bool_]:
        """Which named sounds lie below a node: (names,)."""
        if node not in self._known:
            above = [node in self.ontology.ancestors(name) for name in self._axis_names]
            self._known[node] = np.array(above, bool)
        return self._known[node]

    def _weights(self, vectors: npt.NDArray[np.float32]) -> Floats:
        """What sentences mean, as weights over the named sounds: rows of sum one."""
        named = np.maximum(vectors[:, : self.names].astype(np.float64), 0)
        return np.asarray(named / np.maximum(named.sum(1, keepdims=True), 1e-12), np.float64)


class ConfidenceEstimator:
    """Says how far each sentence is to be believed.

    Parameters
    ----------
    encoder : AudioTextEncoder
        The one that heard.
    model : ConfidenceModel
        Fitted on sounds that this encoder heard and the model's method wrote about.

    Examples
    --------
    >>> import earwitness, numpy as np
    >>> noise = np.random.default_rng(0).normal(0, 0.1, 16000).clip(-1, 1).astype(np.float32)
    >>> 0 < earwitness.load().caption((noise, 16000)).confidence < 1
    True
    """

    def __init__(self, encoder: AudioTextEncoder, model: ConfidenceModel) -> None:
        self.model, self.features = model, Features(encoder)

    def judge(self, heard: Heard, written: Written) -> Written:
        """Give each sentence its confidence; a sound without evidence keeps its sentences as they are."""
        if heard.evidence is None or heard.vector is None or not written.sentences:
            return written
        texts = [s.text for s in written.sentences]
        table = self.features.sentences(heard.evidence, heard.vector, texts)
        believed = self.model.sentence.probability(table, SENTENCE).tolist()
        sentences = tuple(replace(s, confidence=p) for s, p in zip(written.sentences, believed, strict=True))
        return replace(written, sentences=sentences)

    def general(self, heard: Heard, written: Written) -> list[General]:
        """What can be said of a sound in general, each with its confidence; in the ontology's order.

        Nodes that hardly have a share of what was heard are left out.
        """
        if heard.evidence is None or not written.sentences:
            return []
        table = self.features.general(heard.evidence, [s.text for s in written.sentences[:LOOKED_AT]])
        believed = self.model.general.probability(table, GENERAL)
        nodes, covers = self.features.ontology.spoken(), self.features.covers
        some = np.flatnonzero(near(table))
        return [General(nodes[i].sentence, float(believed[i]), int(covers[i])) for i in some]

    def quiet(self, heard: Heard) -> General | None:
        """That hardly anything is heard, of a faint sound in which the tagger hears nothing; else None.

        How far that is believed is how sure the tagger is of silence and of nothing else. It is not fitted:
        of all labelled sounds two are as faint.
        """
        names = self.features.encoder.axis_names
        if heard.evidence is None or SILENCE not in names:
            return None
        at = names.index(SILENCE)
        other = float(np.delete(heard.evidence.peak, at).max(initial=0.0))
        if other >= UNHEARD or heard.evidence.loudest >= FAINT:
            return None
        return General(HARDLY, float(heard.evidence.mean[at]) * (1 - other), len(names))

    def said(self, general: General, heard: Heard) -> Alternative:
        """A general sentence as one of a sound's sentences, with its fit."""
        vector: Any = heard.vector
        cosine = self.features.encoder.embed_text([general.text]) @ vector
        fit = float(self.features.background.percentile(cosine)[0])
        return Alternative(general.text, fit, confidence=general.confidence)
