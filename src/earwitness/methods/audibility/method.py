"""Audibility guidance: a language model led, token by token, to what matches a sound and could be heard.

Shaharabany, Shaulov & Wolf 2023 (arXiv 2309.03884), after ZeroCap. No weight changes: a language model keeps
keys and values of what it has read, and these are moved. Before each token they are moved a few steps down
the gradient of a loss on the next token; that token is chosen, and the movement is forgotten.

What differs from the published program: probabilities are normalised beam by beam (``legacy_beam_sum``), a
caption comes without the prompt's words (``legacy_keep_prompt``), forbidden tokens are those of a rule
(``special_tokens``), and text embeddings and audibility are computed once a text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from earwitness.classifier.base import AudibilityClassifier
from earwitness.common.caption import Alternative, Keyword
from earwitness.common.errors import OptionError
from earwitness.encoders.background import Background, calibrated
from earwitness.encoders.base import AudioTextEncoder
from earwitness.encoders.text_cache import LIMIT
from earwitness.methods.audibility import objective as guidance
from earwitness.methods.audibility import trace
from earwitness.methods.audibility.beams import Beam, extend, live, numbered
from earwitness.methods.audibility.judge import CandidateJudge
from earwitness.methods.audibility.options import AudibilityOptions
from earwitness.methods.audibility.special_tokens import SpecialTokens
from earwitness.methods.audibility.words import GuidedWords
from earwitness.methods.base import Written
from earwitness.methods.style import as_sentence

if TYPE_CHECKING:
    import torch

    from earwitness.language import LanguageModel, LanguageState

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Clips = list[list[Beam]]


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
        self.encoder, self.language_model, self.classifier = encoder, language_model, classifier
        self.options, self.background = options or AudibilityOptions(), background
        self.explain = explain
        if self.options.lambda2 and classifier is None:
            raise OptionError(
                "audibility guidance needs a classifier of what can be heard; give one, or set lambda2 to 0."
            )
        unread = "" if self.options.judge_prompt else self.options.prompt
        self._judge = CandidateJudge(encoder, classifier, unread)
        self._words = GuidedWords(language_model, self.options.prompt, self.options.start)
        self._special = SpecialTokens(language_model.tokenizer, language_model.vocabulary, self.options)
        self._ends = frozenset([self._special.end])
        if self.options.stop_at_end:
            self._ends |= language_model.end_tokens

    def write(self, vectors: Floats, keywords: Sequence[tuple[Keyword, ...]] = ()) -> list[Written]:
        """Embeddings of sounds (n, dim) -> n results; ``keywords`` are not used by this method."""
        if not len(vectors):
            return []
        # One iteration's texts have to be remembered until the next: half the cache leaves room for both.
        most = max(1, LIMIT // (2 * self.options.candidates * self.options.beams))
        begun = self.language_model.prompt_tokens([self._words.prompt])
        parts = [vectors[first : first + most] for first in range(0, len(vectors), most)]
        return [written for part in parts for written in self._write_together(part, begun)]

    def _write_together(self, vectors: Floats, begun: LanguageState) -> list[Written]:
        clips = [[Beam(row=i)] for i in range(len(vectors))]
        state = begun.select([0] * len(vectors))
        for step in range(self.options.tokens):
            if step:
                beams = [beam for _, beam in live(clips)]
                if not beams:
                    break
                state = state.select([beam.row for beam in beams])
                state = self.language_model.advance(state, [beam.tokens[-1] for beam in beams])
                clips = numbered(clips)
            clips = self._choose(step, state, clips, vectors)
        return [self._finish(clip, vector) for clip, vector in zip(clips, vectors, strict=True)]

    def _choose(self, step: int, state: LanguageState, clips: Clips, vectors: Floats) -> Clips:
        """All clips' beams one token later; row r of the state is the r-th live beam."""
        owners = [i for i, _ in live(clips)]
        tokens = [beam.tokens for _, beam in live(clips)]
        sounds, beginnings = vectors[owners], [self._words.text(t) for t in tokens]
        before = state.logits.log_softmax(1)
        guided, told = self._guide(state, before, sounds, beginnings)
        guided = self._special.apply(guided, step, [(*self._words.prompt, *t) for t in tokens])
        predicted = self._predict(guided, before, clips, owners)
        best = predicted.topk(min(self.options.beams, predicted.shape[1]), dim=1)
        pairs = zip(best.indices.tolist(), best.values.tolist(), strict=True)
        choices = {row: list(zip(ids, values, strict=True)) for row, (ids, values) in enumerate(pairs)}
        new = [extend(clip, choices, self.options.beams, self._ends) for clip in clips]
        if not self.explain:
            return new
        reasons = self._reasons(told, predicted, before, sounds, beginnings)
        return [[self._explained(step, beam, reasons) for beam in clip] for clip in new]

    def _guide(
        self, state: LanguageState, before: torch.Tensor, sounds: Floats, beginnings: list[str]
    ) -> tuple[torch.Tensor, list[trace.Told]]:
        """Logits (b, vocabulary) through the moved cache, and what there is to tell of each row.

        The loss is a sum over rows, and a row's keys and values touch no other row's prediction: one backward
        pass gives every row the gradient that it would have alone.
        """
        import torch

        options, model = self.options, self.language_model
        told = [trace.Told() for _ in beginnings]
        deltas = model.zero_deltas(state)
        for _ in range(options.iterations):
            after = model.nudged(state, deltas).log_softmax(1)
            ids = after.detach().topk(min(options.candidates, after.shape[1]), dim=1).indices
            cosines, audible = self._judged(ids, sounds, beginnings)
            terms = guidance.losses(options, after, before, ids, cosines, audible)
            total = torch.stack(list(terms.values())).sum()
            gradients = torch.autograd.grad(total, deltas)
            deltas = [
                guidance.step(d, g, options.step_size, options.grad_norm_factor)
                for d, g in zip(deltas, gradients, strict=True)
            ]
            if self.explain:
                wanted = guidance.target(cosines, audible, options.lambda2, options.temperature)
                trace.note(told, terms, ids, wanted.tolist())
        return model.nudged(state, [d.detach() for d in deltas]), told

    def _judged(self, ids: torch.Tensor, sounds: Floats, beginnings: list[str]) -> tuple[Doubles, Doubles]:
        """Cosine and P(audible) of each row's candidates: (b, k) tokens -> two (b, k)."""
        pieces = map(self._words.pieces, ids.tolist())
        texts = [[start + p for p in some] for start, some in zip(beginnings, pieces, strict=True)]
        cosines = np.stack(self._judge.cosines(sounds, beginnings, texts))
        if not self.options.lambda2:
            return cosines, np.zeros_like(cosines)  # nobody asks
        return cosines, np.stack(self._judge.audible(texts))

    def _predict(
        self, logits: torch.Tensor, before: torch.Tensor, clips: Clips, owners: list[int]
    ) -> torch.Tensor:
        """Log-probabilities (b, vocabulary) that the next token is chosen by."""
        import torch

        mixed, sums = guidance.fuse(logits, before, self.options.fusion)
        if self.options.legacy_beam_sum:
            # One sum over all beams of a clip; a stopped one, of which nothing is computed, counts as one.
            owner = torch.tensor(owners, device=sums.device)
            stopped = [float(sum(beam.stopped for beam in clip)) for clip in clips]
            totals = torch.tensor(stopped, device=sums.device).index_add(0, owner, sums.exp())
            sums = totals.log()[owner]
        return mixed - sums[:, None]

    def _finish(self, beams: list[Beam], vector: Floats) -> Written:
        """The captions of one sound, the best match first; of equals the likelier."""
        kept: dict[str, Beam] = {}
        for beam in beams:
            kept.setdefault(self._caption(beam), beam)
        texts = list(kept)
        cosines = self.encoder.embed_text(texts) @ vector
        scores = calibrated(cosines, self.background)
        best = np.argsort(-cosines, kind="stable")
        prompt = f"{self.options.prompt} " if self.options.legacy_keep_prompt else ""
        sentences = tuple(Alternative(prompt + texts[i], float(scores[i])) for i in best)
        return Written(sentences, trace=kept[texts[best[0]]].trace)

    def _caption(self, beam: Beam) -> str:
        text = self._words.caption(beam.tokens)
        return as_sentence(text) if self.options.sentence else text

    # ---- the explanation

    def _reasons(
        self,
        told: list[trace.Told],
        predicted: torch.Tensor,
        before: torch.Tensor,
        sounds: Floats,
        beginnings: list[str],
    ) -> list[dict[str, Any]]:
        """Each row's likeliest tokens with all that is known of them, and its losses."""
        top = predicted.topk(min(max(trace.SHOWN, self.options.beams), predicted.shape[1]), dim=1)
        cosines, audible = self._judged(top.indices, sounds, beginnings)
        out = []
        for row, ids in enumerate(top.indices.tolist()):
            columns: dict[str, list[Any]] = {
                "text": self._words.pieces(ids),
                "probability": top.values[row].exp().tolist(),
                "before": before[row, ids].exp().tolist(),
                "match": cosines[row].tolist(),
                "audibility": audible[row].tolist(),
            }
            out.append(trace.reasons(told[row], ids, columns, self.options.lambda2))
        return out

    def _explained(self, step: int, beam: Beam, reasons: list[dict[str, Any]]) -> Beam:
        """A beam whose trace has an entry for the token it was just given."""
        if len(beam.trace) == len(beam.tokens):
            return beam  # it stopped earlier
        (chosen,) = self._words.pieces(beam.tokens[-1:])
        entry = {"step": step, "chosen": chosen, "text": self._words.caption(beam.tokens)}
        return replace(beam, trace=(*beam.trace, {**entry, **reasons[beam.row]}))
