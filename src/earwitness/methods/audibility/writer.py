"""All sounds' partial captions moved on together, one token at a time (audibility guidance, section 3)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from earwitness.classifier.base import AudibilityClassifier
from earwitness.common.arrays import Doubles, Floats
from earwitness.language.families import read_families
from earwitness.language.moves import moves_of
from earwitness.methods.audibility import objective as guidance
from earwitness.methods.audibility import trace
from earwitness.methods.audibility.beams import Beam, extend, live, numbered
from earwitness.methods.audibility.judge import CandidateJudge
from earwitness.methods.audibility.prompts import Prompts
from earwitness.methods.audibility.special_tokens import SpecialTokens

if TYPE_CHECKING:
    import torch

    from earwitness.encoders.base import AudioTextEncoder
    from earwitness.language import LanguageModel, LanguageState
    from earwitness.methods.audibility.options import AudibilityOptions

Clips = list[list[Beam]]


class GuidedCaptions:
    """Writes captions after prompts, guided by sounds.

    Parameters
    ----------
    encoder : AudioTextEncoder
    language_model : LanguageModel
    classifier : AudibilityClassifier, optional
    options : AudibilityOptions
    prompts : Prompts
    explain : bool
        Keep what was weighed.
    """

    def __init__(
        self,
        encoder: AudioTextEncoder,
        language_model: LanguageModel,
        classifier: AudibilityClassifier | None,
        options: AudibilityOptions,
        prompts: Prompts,
        explain: bool = False,
    ) -> None:
        self.language_model, self.options, self.explain = language_model, options, explain
        self._prompts, self._words = prompts, prompts.words
        self._judge = CandidateJudge(encoder, classifier, prompts.unread)
        tokenizer = language_model.tokenizer
        many = max(language_model.vocabulary, len(tokenizer))
        self._special = SpecialTokens(tokenizer, many, options, language_model.columns_of)
        self.ends = frozenset([self._special.end])
        if options.stop_at_end:
            self.ends |= language_model.end_tokens

    def write(
        self,
        prompts: Sequence[Sequence[int]],
        vectors: Floats,
        families: Sequence[Hashable] = (),
        commons: Sequence[Sequence[int]] = (),
    ) -> Clips:
        """The beams after each prompt: (n,) rows of tokens and (n, dim) sounds -> n lists of beams.

        What the prompts of a family begin with is read once, and what those of several begin with
        (``commons``) once for all calls.
        """
        clips = [[Beam(row=i)] for i in range(len(vectors))]
        state = self._begun(prompts, families or range(len(prompts)), commons)
        for step in range(self.options.tokens):
            if step:
                beams = [beam for _, beam in live(clips)]
                if not beams:
                    break
                last, rows = [beam.tokens[-1] for beam in beams], [beam.row for beam in beams]
                state = self.language_model.advance(state, last, rows)
                clips = numbered(clips)
            clips = self._choose(step, state, clips, prompts, vectors)
        return clips

    def _begun(
        self,
        prompts: Sequence[Sequence[int]],
        families: Sequence[Hashable],
        commons: Sequence[Sequence[int]],
    ) -> LanguageState:
        """All prompts read: one that all share once, what some begin with once for them."""
        first = list(prompts[0])
        if all(list(prompt) == first for prompt in prompts):
            return self.language_model.prompt_tokens([first]).select([0] * len(prompts))
        return read_families(self.language_model, prompts, families, commons)

    def _choose(
        self,
        step: int,
        state: LanguageState,
        clips: Clips,
        prompts: Sequence[Sequence[int]],
        vectors: Floats,
    ) -> Clips:
        """All clips' beams one token later; row r of the state is the r-th live beam."""
        owners = [i for i, _ in live(clips)]
        tokens = [beam.tokens for _, beam in live(clips)]
        sounds, beginnings = vectors[owners], [self._words.text(t) for t in tokens]
        before = state.logits.log_softmax(1)
        guided, records = self._guide(state, before, sounds, beginnings)
        context = [(*prompts[i], *t) for i, t in zip(owners, tokens, strict=True)]
        guided = self._special.apply(guided, step, context)
        if not self.options.legacy_text:
            guided[:, self.language_model.columns_of(self.language_model.unwritten_tokens)] = -np.inf
        predicted = self._predict(guided, before, clips, owners)
        best = predicted.topk(min(self.options.beams, predicted.shape[1]), dim=1)
        named = [self.language_model.tokens_at(some) for some in best.indices.tolist()]
        columns = (named, best.values.tolist(), before.gather(1, best.indices).tolist())
        choices = {row: list(zip(*of, strict=True)) for row, of in enumerate(zip(*columns, strict=True))}
        new = [extend(clip, choices, self.options.beams, self.ends) for clip in clips]
        if not self.explain:
            return new
        reasons = self._reasons(records, predicted, before, sounds, beginnings)
        return [[self._explained(step, beam, reasons) for beam in clip] for clip in new]

    def _guide(
        self, state: LanguageState, before: torch.Tensor, sounds: Floats, beginnings: list[str]
    ) -> tuple[torch.Tensor, list[trace.GuidanceRecord]]:
        """Logits (b, vocabulary) through the moved cache, and what there is to tell of each row.

        The loss is a sum over rows, and a row's keys and values touch no other row's prediction: one backward
        pass gives every row the gradient that it would have alone.
        """
        import torch

        options = self.options
        records = [trace.GuidanceRecord() for _ in beginnings]
        moves = moves_of(self.language_model, state)
        for _ in range(options.iterations):
            after = moves.logits().log_softmax(1)
            ids = after.detach().topk(min(options.candidates, after.shape[1]), dim=1).indices
            cosines, audible = self._judged(ids, sounds, beginnings)
            terms = guidance.losses(options, after, before, ids, cosines, audible)
            total = torch.stack(list(terms.values())).sum()
            moves.step(total, options.step_size, options.grad_norm_factor)
            if self.explain:
                wanted = guidance.target(cosines, audible, options.lambda2, options.temperature)
                trace.note(records, terms, ids, wanted.tolist())
        return moves.logits(gradient=False).detach(), records

    def _judged(self, ids: torch.Tensor, sounds: Floats, beginnings: list[str]) -> tuple[Doubles, Doubles]:
        """Cosine and P(audible) of each row's candidates: (b, k) columns of the logits -> two (b, k)."""
        pieces = [self._words.pieces(self.language_model.tokens_at(some)) for some in ids.tolist()]
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

    # ---- the explanation

    def _reasons(
        self,
        records: list[trace.GuidanceRecord],
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
                "text": self._words.pieces(self.language_model.tokens_at(ids)),
                "probability": top.values[row].exp().tolist(),
                "before": before[row, ids].exp().tolist(),
                "match": cosines[row].tolist(),
                "audibility": audible[row].tolist(),
            }
            out.append(trace.reasons(records[row], ids, columns, self.options.lambda2))
        return out

    def _explained(self, step: int, beam: Beam, reasons: list[dict[str, Any]]) -> Beam:
        """A beam whose trace has an entry for the token it was just given."""
        if len(beam.trace) == len(beam.tokens):
            return beam  # it stopped earlier
        (chosen,) = self._words.pieces(beam.tokens[-1:])
        entry = {"step": step, "chosen": chosen, "text": self._words.caption(beam.tokens)}
        return replace(beam, trace=(*beam.trace, {**entry, **reasons[beam.row]}))
