"""Sentences of many sounds written side by side, every token weighed against its sound.

All rows take one step of the language model together, and all rows' candidates go to the text tower in one
call. Only the winners are read on: the candidates' own states matter where alpha is above 0 alone.

A sum of many floats depends in its last digits on what else is computed beside it, so the same sound could
get another word in other company, wherever two candidates are as good as equal. Such close calls are settled
by reading the row anew, alone: what is decided by more than rounding is the same either way, what is not is
decided without company.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from earwitness.common.arrays import Floats
from earwitness.language.families import read_families
from earwitness.methods.candidates import embed_candidates
from earwitness.methods.style import tidied
from earwitness.methods.zeraucap.forms import FORMS
from earwitness.methods.zeraucap.luck import luck, seed_of
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

HANGING = frozenset(
    (
        "a",
        "an",
        "the",
        "of",
        "in",
        "on",
        "at",
        "by",
        "to",
        "for",
        "from",
        "and",
        "or",
        "with",
        "as",
        "is",
        "are",
        "while",
    )
)


@dataclass
class Draft:
    """A sentence while it is written: its tokens, what was weighed, and whether it is finished.

    ``which`` of the sentences after its prompt it is: the first takes what weighs most, others are drawn.
    """

    prompt: list[int]
    vector: Floats
    which: int = 0
    tokens: list[int] = field(default_factory=list)
    logprob: float = 0.0
    # the text so far after each token, and its cosine with the sound
    texts: list[str] = field(default_factory=list)
    cosines: list[float] = field(default_factory=list)
    trace: list[dict[str, Any]] = field(default_factory=list)
    done: bool = False

    @cached_property
    def seed(self) -> int:
        """Of its luck, if it is drawn: the same for all of its tokens."""
        return seed_of(self.prompt, self.which)


class GuidedWriter:
    """Writes sentences after prompts, guided by sounds.

    Parameters
    ----------
    encoder : AudioTextEncoder
    model : LanguageModel
    options : ZerAuCapOptions
    explain : bool
        Keep what was weighed.
    common : sequence of tokens
        What all prompts begin with, read once for all of them.
    """

    def __init__(
        self,
        encoder: AudioTextEncoder,
        model: LanguageModel,
        options: ZerAuCapOptions,
        explain: bool = False,
        common: Sequence[int] = (),
    ) -> None:
        self.encoder, self.model, self.options, self.explain = encoder, model, options, explain
        self.form, self.common = FORMS[options.form], tuple(common)
        self.breaks, self.ends = break_tokens(model), model.end_tokens

    def write(
        self, prompts: Sequence[Sequence[int]], vectors: Floats, families: Sequence[int] = ()
    ) -> list[Draft]:
        """Write ``samples`` sentences after each prompt.

        Parameters
        ----------
        prompts : (n,) rows of tokens
        vectors : (n, dim) float32
            Each prompt's sound.
        families : (n,) ints, optional
            Which prompts are of one sound: what theirs begin with is read once.

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
        state = self._read(drafts[:: len(samples)], families)
        while live and state is not None:
            for draft, weighed in zip(live, self._weigh_all(live, state), strict=True):
                self._take(draft, weighed)
            rows = [i for i, d in enumerate(live) if not d.done]
            live = [live[i] for i in rows]
            if live:
                state = state if len(rows) == len(state) else state.select(rows)
                state = self.model.advance(state, [d.tokens[-1] for d in live])
        return drafts

    def _read(self, firsts: Sequence[Draft], families: Sequence[int]) -> LanguageState | None:
        """The state after the prompts that leave room, each read once, with a row for each of its drafts."""
        going = [i for i, draft in enumerate(firsts) if not draft.done]
        if not going:
            return None
        prompts, of = [firsts[i].prompt for i in going], [families[i] for i in going]
        state, samples = read_families(self.model, prompts, of, self.common), self.options.samples
        return state if samples == 1 else state.select([i for i in range(len(going)) for _ in range(samples)])

    def _room(self, draft: Draft) -> int:
        """Tokens that may still be written."""
        options, counted = self.options, self.form.counted(draft.prompt)
        return (options.new_tokens or options.max_tokens - counted) - len(draft.tokens)

    def _weigh_all(self, live: Sequence[Draft], state: LanguageState) -> list[Weighed]:
        weighed = self._weigh(live, state)
        close = CLOSE["float32" if state.past[0][0].element_size() >= 4 else "half"]
        for i, draft in enumerate(live):
            if weighed[i].margin < close or weighed[i].candidates.gap < 3 * close:
                alone = self.model.prompt_tokens([draft.prompt + draft.tokens], self.common)
                weighed[i] = self._weigh([draft], alone)[0]
        return weighed

    def _weigh(self, live: Sequence[Draft], state: LanguageState) -> list[Weighed]:
        options = self.options
        found = self._found(state)
        texts = [self._texts(d, c.tokens) for d, c in zip(live, found, strict=True)]
        endings = [self._ending(c, t) for c, t in zip(found, texts, strict=True)]
        cosines = self._cosines(live, found, texts, endings)
        out = []
        for i, (draft, candidates) in enumerate(zip(live, found, strict=True)):
            penalty = (
                likeness(self.model, state, i, candidates.tokens)
                if options.alpha
                else np.zeros(len(candidates.tokens))
            )
            weighed = weigh(candidates, cosines[i], penalty, endings[i], len(draft.tokens), options)
            if draft.which:
                drawn = luck(draft.seed, len(draft.tokens), candidates.tokens, options.stray)
                weighed = replace(weighed, luck=drawn)
            out.append(weighed)
        return out

    def _found(self, state: LanguageState) -> list[Candidates]:
        """Each row's candidates: as many as ``k``, without those that are too unlikely to be weighed."""
        model, options = self.model, self.options
        unwritten = [] if options.legacy_text else model.columns_of(model.unwritten_tokens)
        found = likeliest(state.logits, options.k, unwritten)
        found = [replace(some, tokens=tuple(model.tokens_at(some.tokens))) for some in found]
        return [plausible(some, options.plausible) for some in found] if options.plausible else found

    def _cosines(
        self,
        live: Sequence[Draft],
        found: Sequence[Candidates],
        texts: Sequence[Sequence[str]],
        endings: Sequence[Sequence[bool]],
    ) -> list[Floats]:
        """Each draft's candidates against its sound; zeros where that decides nothing and nobody looks."""
        options, shown = self.options, self.options.drift or self.explain
        cosines = [np.zeros(len(t), np.float32) for t in texts]
        asked = [
            i
            for i, (draft, some) in enumerate(zip(live, found, strict=True))
            if shown or draft.which or not outright(some, endings[i], len(draft.tokens), options)
        ]
        beginnings = [live[i].texts[-1] if live[i].texts else "" for i in asked]
        rows = embed_candidates(self.encoder, beginnings, [texts[i] for i in asked])
        for i, row in zip(asked, rows, strict=True):
            cosines[i] = row @ live[i].vector
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


def drifted(cosines: Sequence[float], share: float) -> bool:
    """Whether a text's match has stayed below its best by more than a share of it for three tokens.

    >>> drifted([0.5, 0.4, 0.3, 0.3], 0.1), drifted([0.5, 0.4, 0.3, 0.5], 0.1), drifted([0.5, 0.1, 0.1], 0.0)
    (True, False, False)
    """
    return bool(share) and len(cosines) > 3 and max(cosines[-3:]) < (1 - share) * max(cosines)


def whole_phrase(texts: Sequence[str], cosines: Sequence[float]) -> int:
    """Tokens up to where a text matched best: the word there is finished, and no joining word left hanging.

    >>> whole_phrase(["a d", "a dog", "a dog in", "a dog in the", "a dog in the A"], [1, 2, 3, 4, 1])
    2
    """
    end = int(np.argmax(cosines))
    while end + 1 < len(texts) and texts[end + 1][len(texts[end]) :][:1].isalnum():
        end += 1
    while end > 0 and texts[end].split()[-1:] and texts[end].split()[-1].lower() in HANGING:
        end -= 1
    return end + 1
