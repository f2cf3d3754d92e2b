"""What both guided methods can be told of prompts and drafts: beyond their papers, off unless asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from earwitness.common.errors import OptionError
from earwitness.common.options import check_least, option
from earwitness.methods.drafts import Weights
from earwitness.methods.prompting.asking import CHOICES, AskOptions
from earwitness.methods.prompting.caption_words import CHOICES as WORDS
from earwitness.methods.prompting.examples import Tense
from earwitness.methods.telling.finishing import Finishing

if TYPE_CHECKING:
    from earwitness.encoders.background import Background
    from earwitness.encoders.base import AudioTextEncoder

TENSES: dict[str, tuple[Tense, ...]] = {
    "simple": ("simple",),
    "progressive": ("progressive",),
    "both": ("simple", "progressive"),
}


@dataclass(frozen=True)
class DraftOptions:
    """Options of a method that writes several sentences about a sound and takes the best.

    >>> DraftOptions(choice="best").check()
    Traceback (most recent call last):
    earwitness.common.errors.OptionError: choice is nearest, apart, not 'best'.
    """

    choice: Literal["nearest", "apart"] = option(
        "nearest", "Keywords: the nearest, or apart: what is heard best in usual words, each of another kind."
    )
    silence: bool = option(True, "Silence may be a keyword (choice nearest).")
    words: Literal["any", "captions"] = option(
        "any", "What may be written: any of the language model's tokens, or those of words that captions use."
    )
    tense: Literal["simple", "progressive", "both"] = option(
        "simple",
        "Tense of the examples: simple (a dog barks), progressive (is barking), or each prompt after both"
        " (form examples).",
    )
    drafts: int = option(1, "Prompts a sound, each with other keywords; the best sentence is taken.")
    near: int = option(3, "Captions of other sounds shown before each of near_drafts, found by the sound.")
    near_drafts: int = option(0, "Further prompts a sound, with captions that match it (form examples).")
    rerank: float = option(
        0.0,
        "Weight of a draft's standardised match beside its mean log-probability; at 0 audibility guidance"
        " takes the best match.",
    )
    cosine: float = option(0.0, "Weight of a draft's cosine with the sound in the same sum.")
    audible: float = option(
        0.0, "Weight of a draft's P(audible) in the same sum, where a classifier is given."
    )
    prior: float = option(0.0, "Weight of how usual a draft is as a caption, by the embedded decoder.")
    told: float = option(
        0.0, "Weight of how likely that decoder, told of the sound, finds a draft (encoder tags alone)."
    )
    heard: float = option(
        0.0, "Leave out the end of a sentence whose P(audible) is below this, where a classifier is given."
    )
    matched: float = option(
        0.0, "Leave out the end of a sentence that matches the sound by less: cosine and 0.1 x standardised."
    )

    also: int = option(0, "Most sounds to add that are surely heard and that a sentence leaves out.")
    ordered: bool = option(False, "Say what came first as the sound's first and last third have it.")

    def check(self, form: str = "examples") -> None:
        """OptionError for the first option that cannot have its value, in the form that prompts have."""
        check_least(self, 1, "drafts")
        check_least(self, 0, "near", "near_drafts", "rerank", "cosine", "audible", "prior", "told", "also")
        check_least(self, 0, "matched")
        if not 0 <= self.heard <= 1:
            raise OptionError(f"heard is between 0 and 1, not {self.heard}.")
        if self.words not in WORDS:
            raise OptionError(f"words is {', '.join(WORDS)}, not {self.words!r}.")
        if self.tense not in TENSES:
            raise OptionError(f"tense is {', '.join(TENSES)}, not {self.tense!r}.")
        if self.tense != "simple" and form == "paper":
            raise OptionError("form paper shows no examples to have a tense; set form, or tense to simple.")
        if self.choice not in CHOICES:
            raise OptionError(f"choice is {', '.join(CHOICES)}, not {self.choice!r}.")

    def asks(self, keywords: int, *, standardise: bool) -> AskOptions:
        """What they say of prompts with so many keywords, chosen by the standardised match or not."""
        asked = (self.choice, self.silence, standardise, self.drafts, self.near, self.near_drafts)
        return AskOptions(keywords, *asked, TENSES[self.tense])

    @property
    def weights(self) -> Weights:
        """What they say of the order of drafts."""
        return Weights(self.rerank, self.cosine, self.audible, self.prior, self.told)

    def finishing(
        self, encoder: AudioTextEncoder, background: Background | None, *, explain: bool
    ) -> Finishing:
        """What they say of sentences that are written."""
        return Finishing.of(encoder, background, also=self.also, ordered=self.ordered, explain=explain)
