"""Sentences of many sounds written side by side, every token weighed against its sound.

All rows take one step of the language model together, and all rows' candidates go to the text tower in one
call; sentences after one prompt that say the same so far are one row. Only the winners are read on: the
candidates' own states matter where alpha is above 0 alone.

A sum of many floats depends in its last digits on what else is computed beside it, so the same sound could
get another word in other company, wherever two candidates are as good as equal. Such close calls are settled
by reading the row anew, alone: what is decided by more than rounding is the same either way, what is not is
decided without company.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from earwitness.common.arrays import Floats
from earwitness.language.families import read_families
from earwitness.methods.candidates import embed_candidates
from earwitness.methods.style import tidied
from earwitness.methods.zeraucap.draft import Draft, drifted, whole_phrase
from earwitness.methods.zeraucap.forms import FORMS
from earwitness.methods.zeraucap.luck import luck
from earwitness.methods.zeraucap.steps import (
    Candidates,
    Weighed,
    likeliest,
    likeness,
    outright,
    plausible,
    weigh,
)

if TYPE_CHECKING:
    from earwitness.encoders.base import AudioTextEncoder
    from earwitness.language.model import LanguageModel
    from earwitness.language.state import LanguageState
    from earwitness.methods.zeraucap.options import ZerAuCapOptions

# Scores nearer than this, and logits at the edge of the candidates nearer than three times this, are close
# calls: several times what rounding moves them by, in float32 and in half precision.
CLOSE = {"float32": 1e-4, "half": 3e-2}


class GuidedWriter:
    """Writes sentences after prompts, guided by sounds.

    Parameters
    ----------
    encoder : AudioTextEncoder
    model : LanguageModel
    options : ZerAuCapOptions
    explain : bool
        Keep what was weighed.
    commons : sequence of token rows
        What prompts begin with, each read once for all of them.
    """

    def __init__(
        self,
        encoder: AudioTextEncoder,
        model: LanguageModel,
        options: ZerAuCapOptions,
        explain: bool = False,
        commons: Sequence[Sequence[int]] = (),
    ) -> None:
        self.encoder, self.model, self.options, self.explain = encoder, model, options, explain
        self.form, self.commons = FORMS[options.form], commons
        self.breaks, self.ends = break_tokens(model), model.end_tokens

    def write(
        self, prompts: Sequence[Sequence[int]], vectors: Floats, families: Sequence[Hashable] = ()
    ) -> list[Draft]:
        """Write ``samples`` sentences after each prompt.

        Parameters
        ----------
        prompts : (n,) rows of tokens
        vectors : (n, dim) float32
            Each prompt's sound.
        families : (n,), optional
            Which prompts have more in common: it is read once for them.

        Returns
        -------
        list of n x ``samples`` drafts, those of a prompt together
        """
        families, samples = families or range(len(prompts)), range(self.options.samples)
        each = zip(prompts, vectors, strict=True)
        drafts = [Draft(list(prompt), sound, which) for prompt, sound in each for which in samples]
        for draft in drafts:
            draft.done = self._room(draft) <= 0
        live = [d for d in drafts if not d.done]
        state, rows = self._read(drafts[:: len(samples)], families)
        while live and state is not None:
            for draft, weighed in zip(live, self._weigh_all(live, state, rows), strict=True):
                self._take(draft, weighed)
            going = [(row, draft) for row, draft in zip(rows, live, strict=True) if not draft.done]
            live = [draft for _, draft in going]
            if live:
                state, rows = self._advance(state, [(row, draft.tokens[-1]) for row, draft in going])
        return drafts

    def _read(
        self, firsts: Sequence[Draft], families: Sequence[Hashable]
    ) -> tuple[LanguageState | None, list[int]]:
        """The state after the prompts that leave room, each read once, and each draft's row in it."""
        going = [i for i, draft in enumerate(firsts) if not draft.done]
        rows = [row for row in range(len(going)) for _ in range(self.options.samples)]
        if not going:
            return None, rows
        prompts, of = [firsts[i].prompt for i in going], [families[i] for i in going]
        return read_families(self.model, prompts, of, self.commons), rows

    def _advance(
        self, state: LanguageState, taken: Sequence[tuple[int, int]]
    ) -> tuple[LanguageState, list[int]]:
        """The state one token later, and each draft's row in it; what says the same so far is read once.

        ``taken`` are each draft's row and token.
        """
        place = {way: i for i, way in enumerate(dict.fromkeys(taken))}
        rows, tokens = zip(*place, strict=True)
        return self.model.advance(state, tokens, rows), [place[way] for way in taken]

    def _room(self, draft: Draft) -> int:
        """Tokens that may still be written."""
        options, counted = self.options, self.form.counted(draft.prompt)
        return (options.new_tokens or options.max_tokens - counted) - len(draft.tokens)

    def _weigh_all(self, live: Sequence[Draft], state: LanguageState, rows: Sequence[int]) -> list[Weighed]:
        weighed = self._weigh(live, state, rows)
        close = CLOSE["float32" if state.past[0][0].element_size() >= 4 else "half"]
        alone: dict[int, LanguageState] = {}  # of a row, for all drafts that say what it says
        for i, (draft, row) in enumerate(zip(live, rows, strict=True)):
            if weighed[i].margin < close or weighed[i].candidates.gap < 3 * close:
                if row not in alone:
                    alone[row] = self.model.prompt_tokens([draft.prompt + draft.tokens], self.commons)
                weighed[i] = self._weigh([draft], alone[row], [0])[0]
        return weighed

    def _weigh(self, live: Sequence[Draft], state: LanguageState, rows: Sequence[int]) -> list[Weighed]:
        """Each draft's candidates, weighed once for all that go on from the same row."""
        options = self.options
        on: list[list[Draft]] = [[] for _ in range(len(state))]
        for draft, row in zip(live, rows, strict=True):
            on[row].append(draft)
        found = self._found(state)
        texts = [self._texts(some[0], c.tokens) for some, c in zip(on, found, strict=True)]
        endings = [self._ending(c, t) for c, t in zip(found, texts, strict=True)]
        cosines = self._cosines(on, found, texts, endings)
        weighed = []
        for i, (some, candidates) in enumerate(zip(on, found, strict=True)):
            penalty = (
                likeness(self.model, state, i, candidates.tokens)
                if options.alpha
                else np.zeros(len(candidates.tokens))
            )
            weighed.append(weigh(candidates, cosines[i], penalty, endings[i], len(some[0].tokens), options))
        return [self._drawn(draft, weighed[row]) for draft, row in zip(live, rows, strict=True)]

    def _drawn(self, draft: Draft, weighed: Weighed) -> Weighed:
        """The same with the draft's luck, if it has any."""
        if not draft.which:
            return weighed
        tokens = weighed.candidates.tokens
        return replace(weighed, luck=luck(draft.seed, len(draft.tokens), tokens, self.options.stray))

    def _found(self, state: LanguageState) -> list[Candidates]:
        """Each row's candidates: as many as ``k``, without those that are too unlikely to be weighed."""
        model, options = self.model, self.options
        unwritten = [] if options.legacy_text else model.columns_of(model.unwritten_tokens)
        found = likeliest(state.logits, options.k, unwritten)
        found = [replace(some, tokens=tuple(model.tokens_at(some.tokens))) for some in found]
        return [plausible(some, options.plausible) for some in found] if options.plausible else found

    def _cosines(
        self,
        on: Sequence[Sequence[Draft]],
        found: Sequence[Candidates],
        texts: Sequence[Sequence[str]],
        endings: Sequence[Sequence[bool]],
    ) -> list[Floats]:
        """Each row's candidates against its sound; zeros where that decides nothing and nobody looks.

        ``on`` are the drafts that go on from each row.
        """
        options, shown = self.options, self.options.drift or self.explain
        cosines = [np.zeros(len(t), np.float32) for t in texts]
        asked = [
            i
            for i, (some, best) in enumerate(zip(on, found, strict=True))
            if shown
            or any(draft.which for draft in some)
            or not outright(best, endings[i], len(some[0].tokens), options)
        ]
        beginnings = [on[i][0].texts[-1] if on[i][0].texts else "" for i in asked]
        rows = embed_candidates(self.encoder, beginnings, [texts[i] for i in asked])
        for i, row in zip(asked, rows, strict=True):
            cosines[i] = row @ on[i][0].vector
        return cosines

    def _texts(self, draft: Draft, tokens: Sequence[int]) -> list[str]:
        """What the sound is matched with for each candidate: the sentence so far and it, no prompt."""
        return [self._text([*draft.tokens, t]) for t in tokens]

    def _text(self, tokens: Sequence[int]) -> str:
        # Special tokens as text and spaces by the tokenizer's own rule, as published.
        text: str = self.model.tokenizer.decode(tokens[-self.options.text_tokens :])
        text = tidied(text) if self.options.legacy_tidy else text
        return self.form.matched(text, self.options)

    def _ending(self, candidates: Candidates, texts: Sequence[str]) -> list[bool]:
        ends = self.form.ends
        return [
            ends(t, text, self.breaks, self.ends) for t, text in zip(candidates.tokens, texts, strict=True)
        ]

    def _take(self, draft: Draft, weighed: Weighed) -> None:
        best = weighed.winner
        token = weighed.candidates.tokens[best]
        step = len(draft.tokens)
        draft.tokens.append(token)
        draft.logprob += float(np.log(max(weighed.candidates.probability[best], 1e-300)))
        draft.texts.append(self._text(draft.tokens))
        draft.cosines.append(float(weighed.cosine[best]))
        if self.explain:
            pieces = [self.model.tokenizer.decode([t]) for t in weighed.candidates.tokens]
            draft.trace.append(weighed.row(pieces, step, draft.texts[-1]))
        draft.done = self._finished(draft, token)

    def _finished(self, draft: Draft, token: int) -> bool:
        if token in self.breaks or token in self.ends or self._room(draft) <= 0:
            return True
        if self.form.broken(draft.texts[-1]):
            return True
        if not drifted(draft.cosines, self.options.drift):
            return False
        draft.tokens = draft.tokens[: whole_phrase(draft.texts, draft.cosines)]
        return True


def break_tokens(model: LanguageModel) -> frozenset[int]:
    """What ends a sentence: as published, whatever the tokenizer makes of three marks.

    In GPT-2's tokens "!" and "?" end a sentence only after a space, "." only without. The published program
    takes the special token along that stands at a text's beginning: OPT's is also its end. Where the two
    differ, as Gemma's do, the end is meant.
    """
    marks = ". ! ?"
    bare = frozenset(model.encode(marks))
    return bare | model.end_tokens if bare != frozenset(model.encode(marks, special=True)) else bare
