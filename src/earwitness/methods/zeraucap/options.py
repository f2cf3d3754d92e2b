"""How ZerAuCap writes: the paper's values as defaults, and what is beyond the paper, off unless asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from earwitness.common.errors import OptionError
from earwitness.common.options import option
from earwitness.methods.drafts import Weights
from earwitness.methods.prompting.asking import CHOICES, AskOptions
from earwitness.methods.prompting.caption_words import CHOICES as WORDS

FORMS = ("paper", "examples", "chat")


@dataclass(frozen=True)
class ZerAuCapOptions:
    """Options of ``ZerAuCap``; the defaults are the published program's (Salewski et al. 2023, section 4).

    >>> ZerAuCapOptions(k=0)
    Traceback (most recent call last):
    earwitness.common.errors.OptionError: k, text_tokens and drafts are at least 1, not 0, 77 and 1.
    """

    k: int = option(45, "Candidates for the next token: the language model's likeliest.")
    beta: float = option(0.5, "Weight of the match with the sound beside a candidate's probability.")
    tau: float = option(10.0, "Sharpness of the softmax over the candidates' matches.")
    alpha: float = option(0.0, "Weight of the penalty for a candidate that is like what was read before.")
    gamma: float = option(0.1, "An end token's score is multiplied by gamma times the step.")
    l: int = option(2, "Keywords in the prompt; 0 for none.")  # noqa: E741 - the paper's name for it
    max_tokens: int = option(
        78, "Most tokens of prompt and sentence together; of the sentence in other forms."
    )
    text_tokens: int = option(77, "Last tokens of the sentence so far that are matched with the sound.")
    keyword_prompt: str = option("Objects: ", "What stands before the keywords (form paper).")
    sentence_prompt: str = option("This is a sound of ", "What the sentence follows (form paper).")
    keyword_list: str = option("audioset", "Keywords to choose from: audioset, a file, or audioset+FILE.")
    legacy_penalty: bool = option(False, "Let that factor fall on another candidate as often as published.")
    legacy_text: bool = option(
        False,
        "As published: the caption is what follows the prompt where it is found last, or all text.",
    )
    legacy_tidy: bool = option(False, "As the tokenizers of the time: texts lose spaces before marks.")
    legacy_repeats: bool = option(False, "As published: names that AudioSet's list repeats are there again.")
    legacy_space: bool = option(
        False, "As published: read the space at the prompt's end as a token, which only OPT's words forgive."
    )

    form: Literal["paper", "examples", "chat"] = option(
        "paper", "How the language model is asked: as published, after examples, or in the chat's form."
    )
    words: Literal["any", "captions"] = option(
        "any", "What may be written: any of the language model's tokens, or those of words that captions use."
    )
    plausible: float = option(
        0.0, "Weigh no candidate that is less likely than this share of the likeliest; 0 weighs all."
    )
    choice: Literal["nearest", "apart"] = option(
        "nearest", "Keywords: the nearest, or apart: what is heard best in usual words, each of another kind."
    )
    silence: bool = option(True, "Silence may be a keyword (choice nearest).")
    lower: bool = option(False, "Write keywords in lower case.")
    standardise: bool = option(
        False, "Choose the nearest by how far above its usual match each is, where a background is known."
    )
    new_tokens: int = option(0, "Most tokens of the sentence alone, in place of max_tokens; 0 leaves that.")
    drift: float = option(
        0.0, "Stop, and cut back, where the match falls by this share of its best; 0 never does."
    )
    drafts: int = option(1, "Prompts a sound, each with other keywords; the best sentence is taken.")
    near: int = option(3, "Captions of other sounds shown before each of near_drafts, found by the sound.")
    near_drafts: int = option(0, "Further prompts a sound, with captions that match it (form examples).")
    samples: int = option(
        1, "Sentences after each prompt: the one of the best scores, the others drawn by score."
    )
    stray: float = option(0.5, "How far drawn sentences stray: 0 not at all, 1 as the scores say.")
    rerank: float = option(0.0, "Weight of a draft's standardised match beside its mean log-probability.")
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
    sentence: bool = option(False, "Write the caption in sentence case without its final period.")

    def __post_init__(self) -> None:
        if self.k < 1 or self.text_tokens < 1 or self.drafts < 1:
            raise OptionError(
                f"k, text_tokens and drafts are at least 1, not {self.k}, {self.text_tokens} and"
                f" {self.drafts}."
            )
        if self.samples < 1 or self.stray < 0 or self.matched < 0:
            raise OptionError(
                f"samples is at least 1, stray and matched at least 0, not {self.samples},"
                f" {self.stray} and {self.matched}."
            )
        if min(self.l, self.new_tokens, self.near, self.near_drafts) < 0 or self.max_tokens < 1:
            raise OptionError(
                f"l, new_tokens, near and near_drafts are at least 0 and max_tokens at least 1, not {self.l},"
                f" {self.new_tokens}, {self.near}, {self.near_drafts} and {self.max_tokens}."
            )
        if not 0 <= self.alpha <= 1 or not 0 <= self.drift < 1:
            raise OptionError(
                f"alpha is between 0 and 1 and drift below 1, not {self.alpha} and {self.drift}."
            )
        if self.tau <= 0 or self.gamma < 0:
            raise OptionError(f"tau is above 0 and gamma at least 0, not {self.tau} and {self.gamma}.")
        if not 0 <= self.plausible <= 1 or not 0 <= self.heard <= 1:
            raise OptionError(
                f"plausible and heard are between 0 and 1, not {self.plausible} and {self.heard}."
            )
        if self.words not in WORDS:
            raise OptionError(f"words is {', '.join(WORDS)}, not {self.words!r}.")
        if self.form not in FORMS:
            raise OptionError(f"form is {', '.join(FORMS)}, not {self.form!r}.")
        if self.choice not in CHOICES:
            raise OptionError(f"choice is {', '.join(CHOICES)}, not {self.choice!r}.")
        if self.near_drafts and self.form != "examples":
            raise OptionError(
                f"captions are shown before a draft in the form examples alone, not {self.form!r}; set"
                " form, or near_drafts to 0."
            )

    @property
    def asking(self) -> AskOptions:
        """What they say of prompts."""
        return AskOptions(
            self.l, self.choice, self.silence, self.standardise, self.drafts, self.near, self.near_drafts
        )

    @property
    def weights(self) -> Weights:
        """What they say of the order of drafts."""
        return Weights(self.rerank, self.cosine, self.audible, self.prior, self.told)


ZERAUCAP = ZerAuCapOptions()
"""As published, but for what is a slip of its program: docs/as-published.md."""

PUBLISHED = ZerAuCapOptions(
    legacy_penalty=True, legacy_text=True, legacy_tidy=True, legacy_repeats=True, legacy_space=True
)
"""The published program to the last option."""

ZERAUCAP_BEST = ZerAuCapOptions(
    k=10,
    l=4,
    form="examples",
    choice="apart",
    words="captions",
    plausible=0.1,
    lower=True,
    new_tokens=24,
    drafts=5,
    near_drafts=3,
    samples=3,
    rerank=0.4,
    cosine=10.0,
    audible=2.0,
    prior=2.5,
    told=1.0,
    heard=0.2,
    matched=0.1,
    sentence=True,
)
"""Beyond the paper, for small language models: benchmarks/methods.md says what differs was chosen on."""
