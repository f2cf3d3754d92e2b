"""Sentences that are drawn: as the plain way draws them, the same every time, alone and in company."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import Any

import numpy as np
import pytest

from earwitness.common.errors import OptionError
from earwitness.methods.zeraucap.luck import luck, seed_of
from earwitness.methods.zeraucap.method import ZerAuCap
from earwitness.methods.zeraucap.options import ZERAUCAP_BEST, ZerAuCapOptions
from earwitness.methods.zeraucap.steps import Candidates, Weighed
from earwitness.methods.zeraucap.writer import GuidedWriter

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
from tests.reference import zeraucap as plain
from tests.reference import zeraucap_tiny as tiny

NAMES = ("rain", "a dog", "wind", "church bells", "a man speaking")


def test_token_for_token_as_the_plain_way_draws_them(language: Any, encoder: Any) -> None:
    options = ZerAuCapOptions(max_tokens=18, samples=3, stray=0.7)
    prompts = [language.begin("This is a sound of"), language.begin("a dog barks and it")]
    sounds = tiny.sounds(2, encoder.dim)
    drafts = GuidedWriter(encoder, language, options).write(prompts, sounds)
    assert [d.which for d in drafts] == [0, 1, 2] * 2
    s = plain.Settings(options.k, options.beta, options.tau, 0.0, options.gamma, options.max_tokens)
    for draft in drafts:
        expected = plain.write(
            language._model,
            language.tokenizer,
            lambda texts: plain.embed(encoder._model, encoder._tokenizer, [t.lstrip() for t in texts], 60),
            torch.from_numpy(draft.vector),
            draft.prompt,
            s,
            luck=partial(plain.gumbel, draft.prompt, draft.which, temperature=0.7) if draft.which else None,
        )
        assert draft.tokens == expected
    assert len({tuple(d.tokens) for d in drafts}) > 2


def test_the_same_alone_and_in_company_and_again(language: Any, encoder: Any) -> None:
    options = ZerAuCapOptions(l=2, drafts=2, max_tokens=40, samples=3, stray=1.0)
    sounds = tiny.sounds(3, encoder.dim, seed=2)
    method = ZerAuCap(encoder, language, options, keyword_list=NAMES)
    together = method.write(sounds)
    assert together == method.write(sounds)
    assert together[::-1] == method.write(sounds[::-1])
    for sound, written in zip(sounds, together, strict=True):
        assert method.write(sound[None]) == [written]
    assert max(len(written.sentences) for written in together) > options.drafts


def test_drawn_sentences_stand_beside_the_one_of_the_best_scores(language: Any, encoder: Any) -> None:
    sounds = tiny.sounds(2, encoder.dim, seed=3)
    one, more = (
        ZerAuCap(encoder, language, ZerAuCapOptions(max_tokens=40, samples=n), keyword_list=NAMES).write(
            sounds
        )
        for n in (1, 4)
    )
    for alone, beside in zip(one, more, strict=True):
        assert {s.text for s in alone.sentences} <= {s.text for s in beside.sentences}


def test_a_trace_names_the_token_that_was_drawn(language: Any, encoder: Any) -> None:
    options = ZerAuCapOptions(max_tokens=18, samples=4, stray=2.0)
    writer = GuidedWriter(encoder, language, options, explain=True)
    drafts = writer.write([language.begin("This is a sound of")], tiny.sounds(1, encoder.dim))
    assert any(d.tokens != drafts[0].tokens for d in drafts)
    for draft in drafts:
        pieces = [language.tokenizer.decode([token]) for token in draft.tokens]
        assert [step["chosen"] for step in draft.trace] == pieces
        assert [step["candidates"][0]["text"] for step in draft.trace] == pieces


def test_nothing_strays_at_zero(language: Any, encoder: Any) -> None:
    options = ZerAuCapOptions(max_tokens=40, samples=3, stray=0.0)
    written = ZerAuCap(encoder, language, options, keyword_list=NAMES).write(tiny.sounds(2, encoder.dim))
    assert [len(one.sentences) for one in written] == [1, 1]


def test_luck_draws_by_score() -> None:
    score = np.array([0.6, 0.3, 0.1])
    none = np.zeros(3)
    found: Counter[int] = Counter()
    for prompt in range(2000):
        noise = luck(seed_of([prompt], 1), prompt % 7, [11, 12, 13], 1.0)
        found[
            Weighed(Candidates((11, 12, 13), score, np.inf), none, none, none, none, score, noise).winner
        ] += 1
    assert np.array([found[i] for i in range(3)]) / 2000 == pytest.approx(score, abs=0.03)


def test_a_close_call_of_a_drawn_token_is_told_by_its_scores() -> None:
    none, score = np.zeros(3), np.array([0.5, 0.01, 0.0])
    noise = np.array([0.0, np.log(50.0) - 1e-3, 0.0])
    drawn = Weighed(Candidates((1, 2, 3), score, np.inf), none, none, none, none, score, noise)
    # a thousandth apart as a logarithm is a hundred-thousandth of the smaller score
    assert drawn.winner == 0 and drawn.margin == pytest.approx(1e-5, rel=1e-3)


def test_what_is_no_candidate_is_never_drawn() -> None:
    none, score = np.zeros(2), np.array([0.2, 0.0])
    noise = np.array([-3.0, 9.0])
    assert Weighed(Candidates((1, 2), score, np.inf), none, none, none, none, score, noise).winner == 0


@pytest.mark.parametrize(
    ("wrong", "message"), [({"samples": 0}, "samples is 1 or more"), ({"stray": -0.1}, "stray is 0 or more")]
)
def test_options_that_cannot_be(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        ZerAuCapOptions(**wrong)


def test_the_preset_draws_and_asks_the_decoder() -> None:
    assert ZERAUCAP_BEST.samples > 1 and ZERAUCAP_BEST.weights.told > 0


def test_what_is_said_alike_is_read_once(
    language: Any, encoder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    advance = type(language).advance

    def counted(self: Any, state: Any, tokens: Any, rows: Any) -> Any:
        read.append(len(tokens))
        return advance(self, state, tokens, rows)

    monkeypatch.setattr(type(language), "advance", counted)
    options = ZerAuCapOptions(max_tokens=14, samples=6, stray=0.3)
    prompts = [language.begin("This is a sound of"), language.begin("a dog barks and it")]
    drafts = GuidedWriter(encoder, language, options).write(prompts, tiny.sounds(2, encoder.dim))
    # a row for each beginning that a sentence went on from, of whichever number of sentences
    ways = {(tuple(d.prompt), tuple(d.tokens[:n])) for d in drafts for n in range(1, len(d.tokens))}
    assert sum(read) == len(ways) < sum(len(d.tokens) - 1 for d in drafts)


def test_after_examples_of_both_tenses_all_that_is_written_after_each(language: Any, encoder: Any) -> None:
    sounds = tiny.sounds(2, encoder.dim, seed=5)
    simple, progressive, both = (
        ZerAuCap(
            encoder,
            language,
            ZerAuCapOptions(form="examples", new_tokens=6, drafts=2, samples=2, tense=tense),  # type: ignore[arg-type]
            keyword_list=NAMES,
        ).write(sounds)
        for tense in ("simple", "progressive", "both")
    )
    for one, other, all_of in zip(simple, progressive, both, strict=True):
        assert {s.text for s in all_of.sentences} == {s.text for s in (*one.sentences, *other.sentences)}
