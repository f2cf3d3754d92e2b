"""Audibility guidance: a language model led, token by token, to what matches a sound and could be heard.

Shaharabany, Shaulov & Wolf 2023 (arXiv 2309.03884), after ZeroCap. No weight changes: a language model keeps
keys and values of what it has read, and these are moved. Before each token they are moved a few steps down
the gradient of a loss on the next token; that token is chosen, and the movement is forgotten.

What differs from the published program: probabilities are normalised beam by beam (``legacy_beam_sum``), a
caption comes without the prompt's words (``legacy_keep_prompt``), all numbers are forbidden and not those
below 100000 alone (``legacy_forbidden``), special tokens add nothing to a text (``legacy_text``), spaces
before marks stay (``legacy_tidy``), and text embeddings and audibility are computed once a text.
docs/as-published.md has all differences.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from earwitness.classifier.base import AudibilityClassifier
from earwitness.common.arrays import Doubles, Floats
from earwitness.common.caption import Alternative, Keyword
from earwitness.common.errors import OptionError
from earwitness.encoders.background import Background, calibrated
from earwitness.encoders.base import AudioTextEncoder
from earwitness.encoders.text_cache import LIMIT
from earwitness.methods.audibility.beams import Beam
from earwitness.methods.audibility.options import AudibilityOptions
from earwitness.methods.audibility.prompts import Prompts
from earwitness.methods.audibility.writer import GuidedCaptions
from earwitness.methods.base import Written
from earwitness.methods.drafts import WRONG, DraftRanker
from earwitness.methods.prompting.asking import Asking
from earwitness.methods.prompting.caption_words import of_words
from earwitness.methods.prompting.lists import keyword_list as read_list
from earwitness.methods.slips import mended
from earwitness.methods.style import as_sentence, right_articles

if TYPE_CHECKING:
    from earwitness.language import LanguageModel

# Rows held at once: each has keys and values of its own for what only it has read, and its factors of moves.
ROWS = 160


class AudibilityGuidance:
    """The method behind ``earwitness caption --method audibility``.

    Parameters
    ----------
    encoder : AudioTextEncoder
    language_model : LanguageModel
    classifier : AudibilityClassifier, optional
        Not needed where ``lambda2`` is 0.
    options : AudibilityOptions
    background : Background, optional
        Calibrates scores; without it a score is the bare cosine.
    explain : bool
        Fill each result's trace. An entry has, beside the keys that every method's has, the ``text`` so far
        and the weighted terms of the loss before each step, ``losses``. A candidate has its ``probability``
        after guidance and ``before``, its ``match``, ``audibility`` and ``score``, and its share of the
        last ``target``.

    Raises
    ------
    OptionError
        There is no classifier where one is needed, or the prompt cannot be used.

    Examples
    --------
    >>> lm = load_language_model("gpt2-medium")                                        # doctest: +SKIP
    >>> method = AudibilityGuidance(encoder, lm, classifier)                           # doctest: +SKIP
    >>> method.write(encoder.embed_audio([clip]))[0].sentences[0].text                 # doctest: +SKIP
    'dog barking at night.'
    """

    name = "audibility"

    def __init__(
        self,
        encoder: AudioTextEncoder,
        language_model: LanguageModel,
        classifier: AudibilityClassifier | None = None,
        options: AudibilityOptions | None = None,
        background: Background | None = None,
        explain: bool = False,
    ) -> None:
        self.encoder, self.classifier, self.background = encoder, classifier, background
        self.options = options or AudibilityOptions()
        self.language_model = of_words(language_model, self.options.words)
        self.explain = explain
        if self.options.lambda2 and classifier is None:
            raise OptionError(
                "audibility guidance needs a classifier of what can be heard; give one, or set lambda2 to 0."
            )
        self._asking = Asking(encoder, background, self.options.asking, read_list("audioset"))
        self._ranker = DraftRanker(encoder, background, classifier, self.options.weights)
        self._prompts = Prompts(self.language_model, self.options)
        self.finishing = self.options.finishing(encoder, background, explain=explain)
        self._commons = [self._prompts.common(begins) for begins in self._asking.beginnings]
        self._words = self._prompts.words
        self._writer = GuidedCaptions(
            encoder, self.language_model, classifier, self.options, self._prompts, explain
        )

    @property
    def reads_views(self) -> bool:
        """Whether ``write`` makes use of several vectors of a sound."""
        return self.finishing.reads_views

    def write(
        self,
        vectors: Floats,
        keywords: Sequence[tuple[Keyword, ...]] = (),
        surest: Floats | None = None,
        brief: npt.NDArray[np.bool_] | None = None,
    ) -> list[Written]:
        """Embeddings of sounds -> n results; the method goes by its own keywords, if by any.

        Parameters
        ----------
        vectors : (n, dim), or (n, views, dim) in the order of the encoder's ``view_names``
            What is written is of the whole, the first; its ends say what came first.
        surest : (n, axes), optional
            How sure each of the encoder's axes is where it is surest; unless given, nothing is added.
        brief : (n,) bool, optional
            Sounds too short to have anything added.
        """
        whole = vectors[:, 0] if vectors.ndim == 3 else vectors
        # One iteration's texts have to be remembered until the next: half the cache leaves room for both.
        options = self.options
        rows = self._asking.options.most * options.beams
        most = max(1, min(LIMIT // (2 * options.candidates), ROWS) // rows)
        parts = [whole[first : first + most] for first in range(0, len(whole), most)]
        written = [one for part in parts for one in self._write_together(part)]
        return self.finishing.finished(written, vectors, surest, brief, self.write)

    def _write_together(self, vectors: Floats) -> list[Written]:
        chosen = [self._asking.choose(vector) for vector in vectors]
        asked = self._asking.ask(vectors, chosen)
        tokens = [self._prompts.tokens(prompt) for prompt in asked.prompts]
        clips = self._writer.write(tokens, vectors[asked.rows], asked.families, self._commons)
        beams: list[list[Beam]] = [[] for _ in chosen]
        for i, clip in zip(asked.rows, clips, strict=True):
            beams[i] += clip
        told = chosen if self.options.l else [None] * len(chosen)
        return [self._finish(b, v, k) for b, v, k in zip(beams, vectors, told, strict=True)]

    def _finish(self, beams: list[Beam], vector: Floats, keywords: tuple[Keyword, ...] | None) -> Written:
        """The captions of one sound, the best first; of equals the likelier."""
        kept: dict[str, Beam] = {}
        for text, beam in zip(self._captions(vector, beams), beams, strict=True):
            kept.setdefault(text, beam)
        texts = list(kept)
        cosines = self.encoder.embed_text(texts) @ vector
        scores = calibrated(cosines, self.background)
        best = np.argsort(-self._order(vector, kept, cosines), kind="stable")
        said = [self._given_back(text, kept[text]) for text in texts]
        sentences = tuple(Alternative(said[i], float(scores[i])) for i in best)
        return Written(sentences, keywords, trace=kept[texts[best[0]]].trace)

    def _order(self, vector: Floats, kept: dict[str, Beam], cosines: Floats) -> Doubles:
        """What captions are ranked by: the match, as published, or likelihood, match and audibility."""
        options = self.options
        if not options.rerank:
            return np.asarray(cosines, np.float64)
        likelihood = [
            beam.unguided / max(1, len(beam.tokens)) - WRONG * (not beam.stopped) for beam in kept.values()
        ]
        return self._ranker.worth(vector, list(kept), likelihood)

    def _given_back(self, text: str, beam: Beam) -> str:
        """The caption; as published with the prompt before it, joined as the tokenizer has it."""
        if not self.options.legacy_keep_prompt:
            return text
        return self.options.prompt + self._words.raw(beam.tokens)

    def _captions(self, vector: Floats, beams: Sequence[Beam]) -> list[str]:
        texts, options = [self._words.caption(beam.tokens) for beam in beams], self.options
        if options.sentence:
            texts = [mended(as_sentence(right_articles(text))) for text in texts]
        return self._ranker.borne_out(texts, vector, options.heard, options.matched)
