"""ZerAuCap: keywords and audio-guided decoding, without any training (Salewski et al. 2023).

A language model writes after a prompt that names the sounds nearest to the clip; every next token is chosen
among the likeliest ones by its probability and by how well the sentence so far matches the sound.

What differs from the published program: the factor against early ends falls on the tokens that end a
sentence (``legacy_penalty`` brings the slip back); the names that AudioSet's list repeats are there once
(``legacy_repeats``); clips of any length are heard whole instead of a random crop of ten seconds; the
caption ends where the prompt is said again, and where no word follows it is empty (``legacy_text``);
spaces before marks stay, which tokenizers of the time took away (``legacy_tidy``); the prompt does not end
in a space (``legacy_space``); at alpha 0 only the winner is read on. A single keyword still follows a comma
in the prompt. What the option ``form`` and those after it do is beyond the paper. docs/as-published.md has
all differences.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from earwitness.classifier.base import AudibilityClassifier
from earwitness.common.arrays import Doubles, Floats
from earwitness.common.caption import Alternative, Keyword
from earwitness.encoders.background import Background, calibrated
from earwitness.encoders.base import AudioTextEncoder
from earwitness.methods.base import Written
from earwitness.methods.drafts import DraftRanker
from earwitness.methods.prompting.asking import Asking
from earwitness.methods.prompting.caption_words import of_words
from earwitness.methods.prompting.lists import keyword_list as read_list
from earwitness.methods.slips import mended
from earwitness.methods.style import as_sentence, right_articles, tidied
from earwitness.methods.zeraucap.draft import Draft
from earwitness.methods.zeraucap.forms import FORMS
from earwitness.methods.zeraucap.options import ZerAuCapOptions
from earwitness.methods.zeraucap.writer import GuidedWriter

if TYPE_CHECKING:
    from earwitness.language.model import LanguageModel

# Drafts written side by side at most: more of them take memory, and no less time for each.
DRAFTS = 288


class ZerAuCap:
    """The method: choose keywords, write guided sentences, and put them in order.

    Parameters
    ----------
    encoder : AudioTextEncoder
    language_model : LanguageModel
    options : ZerAuCapOptions
    background : Background, optional
        Of the encoder: calibrates scores, and standardises matches where an option says so; without it both
        are the bare cosine.
    keyword_list : sequence of str, optional
        Names to choose keywords from, in place of those the options name.
    classifier : AudibilityClassifier, optional
        Judges drafts where one of the options ``audible`` and ``heard`` is above 0.
    explain : bool
        Keep what was weighed at each token.

    Raises
    ------
    OptionError
        The keyword list cannot be read.
    """

    name = "zeraucap"

    def __init__(
        self,
        encoder: AudioTextEncoder,
        language_model: LanguageModel,
        options: ZerAuCapOptions | None = None,
        background: Background | None = None,
        keyword_list: Sequence[str] | None = None,
        classifier: AudibilityClassifier | None = None,
        explain: bool = False,
    ) -> None:
        self.encoder, self.options = encoder, options or ZerAuCapOptions()
        self.model = of_words(language_model, self.options.words)
        self.background, self.classifier = background, classifier
        lists, repeats = self.options.keyword_list, self.options.legacy_repeats
        names = read_list(lists, repeats=repeats) if keyword_list is None else tuple(keyword_list)
        self.asking = Asking(encoder, background, self.options.asking, names)
        self.ranker = DraftRanker(encoder, background, classifier, self.options.weights)
        self.form = FORMS[self.options.form]
        commons = [self.form.common(self.model, self.options, begins) for begins in self.asking.beginnings]
        self.writer = GuidedWriter(encoder, self.model, self.options, explain, commons)
        self.finishing = self.options.finishing(encoder, background, explain=explain)

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
        """Embeddings of sounds -> n results; the method goes by its own keywords.

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
        most = max(1, DRAFTS // (self.asking.options.most * self.options.samples))
        parts = [whole[first : first + most] for first in range(0, len(whole), most)]
        written = [one for part in parts for one in self._write_together(part)]
        return self.finishing.finished(written, vectors, surest, brief, self.write)

    def _write_together(self, vectors: Floats) -> list[Written]:
        chosen = [self.asking.choose(vector) for vector in vectors]
        asked = self.asking.ask(vectors, chosen)
        tokens = [self.form.tokens(self.model, prompt, self.options) for prompt in asked.prompts]
        drafts = self.writer.write(tokens, vectors[asked.rows], asked.families)
        mine: list[list[Draft]] = [[] for _ in chosen]
        for i, draft in zip(np.repeat(asked.rows, self.options.samples), drafts, strict=True):
            mine[i].append(draft)
        return [self._rank(v, d, k) for v, d, k in zip(vectors, mine, chosen, strict=True)]

    def _rank(self, vector: Floats, drafts: Sequence[Draft], keywords: tuple[Keyword, ...]) -> Written:
        """A sound's drafts, each text once, best first; the trace is the best one's."""
        best: dict[str, Draft] = {}
        for text, draft in zip(self._said(vector, drafts), drafts, strict=True):
            best.setdefault(text, draft)
        texts = [t for t in best if t] or list(best)
        if len(drafts) == 0:
            return Written((), keywords)
        cosines = self.encoder.embed_text(texts) @ vector
        scores = calibrated(cosines, self.background)
        order = np.argsort(-self._order(vector, texts, [best[t] for t in texts]), kind="stable")
        sentences = tuple(Alternative(texts[i], float(scores[i]) if texts[i] else 0.0) for i in order)
        return Written(sentences, keywords, tuple(best[texts[order[0]]].trace))

    def _order(self, vector: Floats, texts: Sequence[str], drafts: Sequence[Draft]) -> Doubles:
        """What drafts are ranked by: likelihood, match, audibility, and how usual they are."""
        return self.ranker.worth(vector, texts, [d.logprob / max(len(d.tokens), 1) for d in drafts])

    def _said(self, vector: Floats, drafts: Sequence[Draft]) -> list[str]:
        texts = [self._text(draft) for draft in drafts]
        return self.ranker.borne_out(texts, vector, self.options.heard, self.options.matched)

    def _text(self, draft: Draft) -> str:
        """The caption: what follows the prompt, up to the first end mark, spaces made single."""
        options, tokenizer = self.options, self.model.tokenizer
        if options.legacy_text and options.form == "paper":
            return self._published_text(draft)
        tokens = draft.tokens
        end = next((i for i, t in enumerate(tokens) if t in self.model.end_tokens), len(tokens))
        text: str = tokenizer.decode(tokens[:end])
        text = self.form.caption(tidied(text) if options.legacy_tidy else text, options)
        return mended(as_sentence(right_articles(text))) if options.sentence else text

    def _published_text(self, draft: Draft) -> str:
        """What stands behind the last prompt in prompt and sentence, or all of it where there is none."""
        options, tokenizer = self.options, self.model.tokenizer
        mark, tokens = tokenizer.bos_token_id, [*draft.prompt, *draft.tokens]
        tokens = tokens[1:] if tokens[0] == mark else tokens
        text: str = tokenizer.decode(tokens[: tokens.index(mark)] if mark in tokens else tokens)
        text = " ".join((tidied(text) if options.legacy_tidy else text).split())
        text = text.split(options.sentence_prompt)[-1] if options.sentence_prompt else text
        return as_sentence(text) if options.sentence else text
