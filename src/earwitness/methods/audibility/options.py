"""What audibility guidance can be told, by the paper's names, and the two published settings."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from earwitness.common.errors import OptionError
from earwitness.common.options import check_least, option
from earwitness.methods.draft_options import DraftOptions
from earwitness.methods.prompting.asking import AskOptions


@dataclass(frozen=True)
class AudibilityOptions(DraftOptions):
    """How a language model is guided (Shaharabany et al. 2023); defaults are those of the paper's runs."""

    # how much is written, and how hard is searched
    tokens: int = option(8, "Tokens written at most, the period included.")
    iterations: int = option(3, "Gradient steps on the cache before each token.")
    candidates: int = option(512, "Likeliest next tokens weighed in each iteration.")
    beams: int = option(1, "Partial captions kept at every token.")

    # what is wanted, section 3 and equation 4
    objective: Literal["target", "expectation"] = option(
        "target", "Target: match and audibility as a fixed distribution; expectation: equation 4 literally."
    )
    lambda0: float = option(0.2, "Weight of fluency: nearness to the language model left alone.")
    lambda1: float = option(1.0, "Weight of the match with the sound.")
    lambda2: float = option(0.015, "Weight of audibility; 0 leaves it out.")
    temperature: float = option(0.01, "Of the fixed target's softmax over the candidates.")

    # the step on the keys and values
    step_size: float = option(0.3, "Length of a step where the gradient has length 1.")
    grad_norm_factor: float = option(0.9, "Power of a gradient's length that it is divided by.")
    fusion: float = option(
        0.99, "Share of the guided prediction in the geometric mean with the unguided one."
    )

    # single tokens; a factor divides a positive logit and multiplies a negative one, or the other way round
    end_factor: float = option(1.01, "Makes the period likelier after the first token.")
    first_end_factor: float = option(1.6, "Makes the period less likely as first token.")
    forbidden_factor: float = option(
        20.0, "Makes numbers, brackets, commas, !, : and line breaks less likely."
    )
    repetition_penalty: float = option(1.0, "Makes the last four tokens less likely; 1 does nothing.")

    # the words
    prompt: str = option("Audio of a", "Words that the language model goes on from.")
    start: str = option(
        "auto", "Special token read before the prompt; auto: the end-of-text marker; or none."
    )
    judge_prompt: bool = option(True, "The classifier reads the prompt with the caption, as published.")
    stop_at_end: bool = option(False, "A caption also ends where the language model ends a text.")
    sentence: bool = option(False, "Sentence case and no period.")

    # beyond the paper
    form: Literal["paper", "examples"] = option(
        "paper", "What is read before a caption: the prompt alone, or captions of other sounds."
    )
    l: int = option(0, "Keywords named before the caption (form examples).")  # noqa: E741 - as ZerAuCap's

    # what the published program did otherwise
    legacy_beam_sum: bool = option(
        False, "As published: probabilities divided by their sum over all beams, not each beam's own."
    )
    legacy_keep_prompt: bool = option(
        False, "As published: the caption is prompt and words as the tokenizer makes them, spaces and all."
    )
    legacy_forbidden: bool = option(
        False, "As published: numbers such as 007, and from 100000 on, are not among the forbidden tokens."
    )
    legacy_text: bool = option(
        False, "As published: a candidate that is a special token is judged by its name, not as nothing."
    )
    legacy_tidy: bool = option(False, "As the tokenizers of the time: texts lose spaces before marks.")

    def __post_init__(self) -> None:
        self.check(self.form)
        check_least(self, 1, "tokens", "candidates", "beams")
        check_least(self, 0, "iterations", "lambda0", "lambda1", "lambda2", "step_size", "l")
        for name in (
            "temperature",
            "end_factor",
            "first_end_factor",
            "forbidden_factor",
            "repetition_penalty",
        ):
            if getattr(self, name) <= 0:
                raise OptionError(f"{name} is above 0, not {getattr(self, name)}.")
        if not 0 <= self.fusion <= 1:
            raise OptionError(f"fusion is between 0 and 1, not {self.fusion}.")
        if self.objective not in ("target", "expectation"):
            raise OptionError(f"objective is 'target' or 'expectation', not {self.objective!r}.")
        if self.form not in ("paper", "examples"):
            raise OptionError(f"form is 'paper' or 'examples', not {self.form!r}.")
        if (self.l or self.near_drafts) and self.form == "paper":
            raise OptionError(
                "keywords and captions stand in the prompt of the form examples alone; set form, or l and"
                " near_drafts to 0."
            )

    @property
    def asking(self) -> AskOptions:
        """What they say of prompts."""
        return self.asks(self.l, standardise=True)


PAPER = AudibilityOptions()
"""The runs behind the paper's tables: 512 candidates, 3 iterations, 8 tokens, lambda2 0.015."""

PUBLISHED = replace(
    PAPER,
    legacy_beam_sum=True,
    legacy_keep_prompt=True,
    legacy_forbidden=True,
    legacy_text=True,
    legacy_tidy=True,
)
"""The same runs with all that the program does otherwise: docs/as-published.md."""

PROGRAM = replace(PUBLISHED, tokens=7, iterations=7, candidates=256, lambda2=1.0)
"""The published program run without arguments: audibility counts so much that the match hardly does."""

SMALL = AudibilityOptions(
    candidates=128,
    lambda2=0.15,
    temperature=0.05,
    step_size=0.15,
    prompt="This is the sound of a",
    judge_prompt=False,
    stop_at_end=True,
    sentence=True,
)
"""For smollm2: the paper's step drives so small a language model out of its language, and after
"Audio of a" it writes definitions. Cosines in tag space lie far apart, so the target is warmer
and audibility weighs more (benchmarks/audibility_sweep.md, benchmarks/methods.md)."""

BEST = AudibilityOptions(
    tokens=20,
    iterations=1,
    candidates=32,
    beams=3,
    lambda2=0.15,
    temperature=0.05,
    step_size=0.3,
    form="examples",
    l=4,
    choice="apart",
    words="captions",
    tense="both",
    drafts=4,
    near_drafts=2,
    rerank=0.4,
    cosine=10.0,
    audible=2.0,
    prior=2.5,
    told=4.0,
    heard=0.2,
    matched=0.1,
    stop_at_end=True,
    also=2,
    ordered=True,
    sentence=True,
)
"""Beyond the paper: the same objective after captions of other sounds (benchmarks/methods.md)."""
