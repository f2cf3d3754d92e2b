"""Examples in two tenses: what they are, and that prompts after both are the prompts after each."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from earwitness.common.errors import OptionError
from earwitness.encoders.tags.encoder import TagEncoder
from earwitness.methods.audibility.options import AudibilityOptions
from earwitness.methods.draft_options import DraftOptions
from earwitness.methods.prompting.asking import Asking, Beginning
from earwitness.methods.prompting.examples import EXAMPLES, PROGRESSIVE, examples_prompt
from earwitness.methods.prompting.lists import keyword_list
from earwitness.methods.zeraucap.options import ZerAuCapOptions


def test_one_list_says_is_barking_and_the_other_barks() -> None:
    said = [sum(" is " in text or " are " in text for _, text in some) for some in (EXAMPLES, PROGRESSIVE)]
    assert said[0] == 0 and said[1] > 0.8 * len(PROGRESSIVE)
    assert len(EXAMPLES) == len(PROGRESSIVE)
    text = examples_prompt(["owl"], tense="progressive")
    assert PROGRESSIVE[-1][1] in text and EXAMPLES[-1][1] not in text and text.endswith("owl\nCaption:")


def test_prompts_after_both_are_those_after_each() -> None:
    encoder = TagEncoder()
    vector = encoder.embed_text(["a dog barks while rain falls"])[0]
    asked, begins = {}, {}
    for tense in ("simple", "progressive", "both"):
        options = DraftOptions(drafts=2, near=2, near_drafts=1, choice="apart", tense=tense)  # type: ignore[arg-type]
        asks = options.asks(2, standardise=True)
        asking = Asking(encoder, encoder.background(), asks, keyword_list("audioset"))
        asked[tense] = asking.prompts(vector, asking.choose(vector))
        begins[tense] = asking.beginnings
        both = asking.ask(np.stack([vector] * 2), [asking.choose(vector)] * 2)
        # those that begin alike lie together, and of them those of one sound
        assert list(dict.fromkeys(p.beginning for p in both.prompts)) == list(begins[tense])
        families = [(which, begin) for begin in begins[tense] for which in (0, 1)]
        assert list(dict.fromkeys(both.families)) == families
        for which in (0, 1):
            mine = [p for p, row in zip(both.prompts, both.rows, strict=True) if row == which]
            assert mine == asked[tense]
    assert asked["both"] == asked["simple"] + asked["progressive"]
    assert [replace(p, tense="simple") for p in asked["progressive"]] == asked["simple"]
    assert begins["both"] == (
        Beginning("simple", False),
        Beginning("simple", True),
        Beginning("progressive", False),
        Beginning("progressive", True),
    )


def test_there_is_no_other_tense() -> None:
    with pytest.raises(OptionError, match="tense is simple, progressive, both, not 'past'"):
        DraftOptions(tense="past").check()  # type: ignore[arg-type]


@pytest.mark.parametrize("options", [ZerAuCapOptions, AudibilityOptions])
@pytest.mark.parametrize("tense", ["progressive", "both"])
def test_no_tense_without_examples(options: type, tense: str) -> None:
    with pytest.raises(OptionError, match="shows no examples to have a tense"):
        options(tense=tense)
    assert options(tense=tense, form="examples").tense == tense
