"""How ZerAuCap writes: the paper's values as defaults, and what is beyond the paper, off unless asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from earwitness.common.errors import OptionError
from earwitness.common.options import check_least, option
from earwitness.methods.draft_options import DraftOptions
from earwitness.methods.prompting.asking import AskOptions

FORMS = ("paper", "examples", "chat")


@dataclass(frozen=True)
class ZerAuCapOptions(DraftOptions):
    """Options of ``ZerAuCap``; the defaults are the published program's (Salewski et al. 2023, section 4).

    >>> ZerAuCapOptions(k=0)
    Traceback (most recent call last):
    earwitness.common.errors.OptionError: k is 1 or more, not 0.
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
    plausible: float = option(
        0.0, "Weigh no candidate that is less likely than this share of the likeliest; 0 weighs all."
    )
    lower: bool = option(False, "Write keywords in lower case.")
    standardise: bool = option(
        False, "Choose the nearest by how far above its usual match each is, where a background is known."
    )
    new_tokens: int = option(0, "Most tokens of the sentence alone, in place of max_tokens; 0 leaves that.")
    drift: float = option(
        0.0, "Stop, and cut back, where the match falls by this share of its best; 0 never does."
    )
    samples: int = option(
        1, "Sentences after each prompt: the one of the best scores, the others drawn by score."
    )
    stray: float = option(0.5, "How far drawn sentences stray: 0 not at all, 1 as the scores say.")
    sentence: bool = option(False, "Write the caption in sentence case without its final period.")

    def __post_init__(self) -> None:
        self.check(self.form)
        check_least(self, 1, "k", "text_tokens", "samples", "max_tokens")
        check_least(self, 0, "l", "new_tokens", "stray", "gamma")
        if not 0 <= self.alpha <= 1 or not 0 <= self.drift < 1:
            raise OptionError(
                f"alpha is between 0 and 1 and drift below 1, not {self.alpha} and {self.drift}."
            )
        if self.tau <= 0 or not 0 <= self.plausible <= 1:
            raise OptionError(
                f"tau is above 0 and plausible between 0 and 1, not {self.tau} and {self.plausible}."
            )
        if self.form not in FORMS:
            raise OptionError(f"form is {', '.join(FORMS)}, not {self.form!r}.")
        if self.near_drafts and self.form != "examples":
            raise OptionError(
                f"captions are shown before a draft in the form examples alone, not {self.form!r}; set"
                " form, or near_drafts to 0."
            )

    @property
    def asking(self) -> AskOptions:
        """What they say of prompts."""
        return self.asks(self.l, standardise=self.standardise)


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
    tense="both",
    drafts=4,
    near_drafts=2,
    samples=3,
    rerank=0.4,
    cosine=10.0,
    audible=2.0,
    prior=4.0,
    told=4.0,
    heard=0.2,
    matched=0.1,
    also=2,
    ordered=True,
    sentence=True,
)
"""Beyond the paper, for small language models: benchmarks/methods.md says what differs was chosen on."""
