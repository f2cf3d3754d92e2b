"""WSAC: a decoder trained on text alone, handed the embedding of a sound (Kouzelis & Katsouros 2023).

What differs from the published program, and the option that brings it back: the memory is kept whole,
where it dropped the last partial thousand (``legacy_memory``); the caption is a sentence without its marks,
where it printed bare words and dropped the last if no end mark came (``legacy_text``); padding and unknown
words are never written (``legacy_tokens``); spaces stay, of which its tokenizer took some (``legacy_tidy``).
Beams and a re-rank by match exist beside its greedy search (``beams=1, rerank=0`` is the published rule). It
hears a file whole: see the option ``length`` of the WavCaps encoder. docs/as-published.md has them all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from earwitness.common.arrays import Floats
from earwitness.common.caption import Alternative, Keyword
from earwitness.common.errors import OptionError
from earwitness.encoders.background import Background, calibrated
from earwitness.encoders.base import AudioTextEncoder, SoundTagger
from earwitness.methods.base import Written
from earwitness.methods.slips import mended, slips
from earwitness.methods.style import as_sentence, claims, repeats_itself, tidied
from earwitness.methods.telling.also import Completer
from earwitness.methods.telling.teller import Teller
from earwitness.methods.wsac.decoder import Decoder
from earwitness.methods.wsac.memory import Memory
from earwitness.methods.wsac.options import WsacOptions as WsacOptions
from earwitness.methods.wsac.search import Hypothesis, search
from earwitness.methods.wsac.support import says_twice, shortfall, unheard_speech


class Wsac:
    """The method behind ``earwitness caption``: bridge, decode, re-rank.

    Parameters
    ----------
    encoder : AudioTextEncoder
    decoder : Decoder
        Trained in the encoder's space.
    options : WsacOptions
    memory : Memory, optional
        Needed by the bridges ``nearest`` and ``projection``.
    background : Background, optional
        Calibrates scores and standardises the re-rank's match; without it a score is the bare cosine.
    explain : bool
        Keep what was weighed for each sentence.
    """

    name = "wsac"

    def __init__(
        self,
        encoder: AudioTextEncoder,
        decoder: Decoder,
        options: WsacOptions | None = None,
        memory: Memory | None = None,
        background: Background | None = None,
        explain: bool = False,
    ) -> None:
        self.encoder, self.decoder, self.options = encoder, decoder, options or WsacOptions()
        self.background, self.explain = background, explain
        self.memory = memory.thousands() if memory is not None and self.options.legacy_memory else memory
        if decoder.dim != encoder.dim:
            raise OptionError(
                f"the decoder reads embeddings of {decoder.dim} dimensions, the encoder {encoder.name!r} "
                f"makes {encoder.dim}; use the encoder that the decoder was trained with."
            )
        if self.options.bridge != "audio" and memory is None:
            raise OptionError(
                f"the bridge {self.options.bridge!r} needs a memory of captions; this model has none."
            )
        if memory is not None and memory.dim != encoder.dim:
            raise OptionError(
                f"the memory holds embeddings of {memory.dim} dimensions, the encoder {encoder.name!r} makes "
                f"{encoder.dim}; make the memory with the encoder that is used."
            )
        if (self.options.rerank or self.options.support) and background is None:
            raise OptionError(
                "a re-rank needs the encoder's background of unlabelled sounds; this model has none."
            )
        self._views = self._rows_read()
        self._completer = Completer(encoder, self.options.also)
        self._teller = Teller.of(encoder, background, explain) if self.options.ordered else None

    def write(
        self,
        vectors: Floats,
        keywords: Sequence[tuple[Keyword, ...]] = (),
        surest: Floats | None = None,
        brief: npt.NDArray[np.bool_] | None = None,
    ) -> list[Written]:
        """Embeddings of sounds -> n results; ``keywords`` are not used by this method.

        Parameters
        ----------
        vectors : (n, dim), or (n, views, dim) in the order of the encoder's ``view_names``
            A decoder of several views takes a lone vector for a sound that is alike from beginning to end.
        surest : (n, axes), optional
            How sure each of the encoder's axes is where it is surest; unless given, nothing is added.
        brief : (n,) bool, optional
            Sounds too short to have anything added.
        """
        whole = vectors[:, 0] if vectors.ndim == 3 else vectors
        found = self._drafted(vectors) if vectors.ndim == 3 else self._search(vectors)
        texts = [[self._said(hypothesis) for hypothesis in clip] for clip in found]
        distinct = {t for clip in texts for t in clip}
        said = {t: tuple(sorted(set(claims(t.lower())))) if self.options.support else () for t in distinct}
        known = sorted(distinct.union(*said.values()))
        embedded = dict(zip(known, self.encoder.embed_text(known), strict=True))
        sure = [None] * len(whole) if surest is None else surest
        short = [False] * len(whole) if brief is None else brief
        written = [
            self._rank(*rows, said, embedded) for rows in zip(whole, found, texts, sure, short, strict=True)
        ]
        if vectors.ndim == 2 or self._teller is None:
            return written
        return self._teller.told(written, vectors, surest, brief, self.write)

    @property
    def reads_views(self) -> bool:
        """Whether ``write`` makes use of several vectors of a sound."""
        return len(self._views) > 1

    def _search(self, vectors: Floats) -> list[list[Hypothesis]]:
        return search(self.decoder, self.bridge(vectors), self.options.search)

    def _drafted(self, views: Floats) -> list[list[Hypothesis]]:
        """Sentences of sounds that are given as several vectors, (n, views, dim)."""
        if not self.reads_views:
            return self._search(views[:, 0])
        if self._together:
            return self._search(views[:, self._views])
        # one search for all: its steps cost the less a row the more rows there are
        found = self._search(np.concatenate([views[:, i] for i in self._views]))
        each = [found[i : i + len(views)] for i in range(0, len(found), len(views))]
        return [[h for some in clip for h in some] for clip in zip(*each, strict=True)]

    def _rows_read(self) -> list[int]:
        """Which of the encoder's views are read; a memory's bridge leads from one vector to one."""
        read = getattr(self.decoder, "views", ("whole",))
        self._together = len(read) > 1
        asked = read if self._together else tuple(self.options.drafts.split("+"))
        given = getattr(self.encoder, "view_names", ())
        # a memory's bridge leads from one vector to one; drafts make do with an encoder's lone vector
        if asked == ("whole",) or self.options.bridge != "audio" or not (given or self._together):
            return [0]
        missing = [name for name in asked if name not in given]
        if missing:
            raise OptionError(
                f"the decoder is to read the views {', '.join(missing)}, which the encoder "
                f"{self.encoder.name!r} does not give: it gives {', '.join(given) or 'none'}."
            )
        return [given.index(name) for name in asked]

    def bridge(self, vectors: Floats) -> Floats:
        """What the decoder is handed for each sound: (n, dim) -> (n, dim)."""
        options = self.options
        if options.bridge == "audio" or self.memory is None:
            return vectors
        if options.bridge == "nearest":
            return self.memory.nearest(vectors, options.standardise)
        return self.memory.project(vectors, options.temperature, options.standardise)

    def _said(self, hypothesis: Hypothesis) -> str:
        """The caption, in words."""
        options, tokens = self.options, list(hypothesis.tokens)
        if not options.legacy_text:
            text = self.decoder.text(tokens)
            return mended(as_sentence(tidied(text) if options.legacy_tidy else text))
        if hypothesis.ended:
            tokens.append(self.decoder.end)
        if len(tokens) < 2:
            return "None"  # what the published program prints where the end mark came first
        text = self.decoder.text(tokens[1:-1], special=True)
        return tidied(text) if options.legacy_tidy else text

    def _rank(
        self,
        vector: Floats,
        found: Sequence[Hypothesis],
        texts: Sequence[str],
        surest: Floats | None,
        brief: bool,
        said: Mapping[str, Sequence[str]],
        embedded: Mapping[str, Floats],
    ) -> Written:
        kept: dict[str, float] = {}
        for hypothesis, text in zip(found, texts, strict=True):
            kept[text] = max(kept.get(text, -np.inf), hypothesis.score)
        sentences = list(kept)
        if not sentences:
            return Written(())
        embeddings = np.stack([embedded[t] for t in sentences])
        slipped = [repeats_itself(t) or bool(slips(t)) or says_twice(t, said[t], embedded) for t in sentences]
        weighed = {"search": np.array([kept[t] for t in sentences]) - 10.0 * np.array(slipped)}
        if self.options.rerank and self.background:
            match = self.background.standardised(vector, embeddings)
            weighed["match"] = self.options.rerank * match.astype(np.float64)
        if self.options.support and self.background:
            parts_of = [said[t] for t in sentences]
            short = shortfall(self.background, vector, parts_of, embedded, self.options.support_least)
            if surest is not None and isinstance(self.encoder, SoundTagger):
                short = short + unheard_speech(sentences, surest, self.encoder.axis_names)
            weighed["support"] = self.options.support * short
        weighed["total"] = np.sum(list(weighed.values()), axis=0)
        best = np.argsort(-weighed["total"], kind="stable")
        final = self._completer.completed([sentences[i] for i in best], vector, None if brief else surest)
        if surest is not None:
            embeddings[best] = self.encoder.embed_text(final)
        scores = calibrated(embeddings @ vector, self.background)
        found_sentences = {
            text: Alternative(text, float(scores[i]))
            for text, i in zip(reversed(final), best[::-1], strict=True)
        }
        rows = [
            {"text": text, **{k: float(v[i]) for k, v in weighed.items()}}
            for text, i in zip(final, best, strict=True)
        ]
        trace = ({"step": 0, "chosen": final[0], "candidates": rows},) if self.explain else ()
        return Written(tuple(found_sentences[t] for t in dict.fromkeys(final)), None, trace)
