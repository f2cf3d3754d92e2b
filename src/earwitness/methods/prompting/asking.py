"""What each of a sound's drafts is written after: some of its keywords, and captions of other sounds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from earwitness.common.arrays import Floats
from earwitness.common.caption import Keyword
from earwitness.methods.prompting.apart import keywords_apart
from earwitness.methods.prompting.examples import Example, Tense, keyword_sets
from earwitness.methods.prompting.keywords import KeywordIndex
from earwitness.methods.prompting.near_examples import NearExamples
from earwitness.methods.prompting.spoken import spoken

if TYPE_CHECKING:
    from earwitness.encoders.background import Background
    from earwitness.encoders.base import AudioTextEncoder

Choice = Literal["nearest", "apart"]
CHOICES = ("nearest", "apart")


@dataclass(frozen=True)
class AskOptions:
    """What a guided method's options say of its prompts."""

    # keywords: how many, and which
    keywords: int
    choice: Choice
    silence: bool
    standardise: bool
    # sentences after the examples that all sounds have, and after ``near`` captions found by the sound
    drafts: int
    near: int
    near_drafts: int
    # of the examples; each of these prompts once for each
    tenses: tuple[Tense, ...] = ("simple",)

    @property
    def most(self) -> int:
        """Prompts that a sound has at most."""
        return (self.drafts + self.near_drafts) * len(self.tenses)


class Beginning(NamedTuple):
    """What prompts begin alike with: examples in a tense, all of them or those before further captions."""

    tense: Tense = "simple"
    more: bool = False


@dataclass(frozen=True)
class Prompt:
    """What a draft is written after: keywords, and captions shown beside those that all sounds have."""

    keywords: tuple[str, ...]
    more: tuple[Example, ...] = ()
    tense: Tense = "simple"

    @property
    def beginning(self) -> Beginning:
        """What it begins with, as others do."""
        return Beginning(self.tense, bool(self.more))


def unlike_prompts(beginning: Beginning) -> list[Prompt]:
    """Two that share nothing but their beginning.

    >>> [p.keywords for p in unlike_prompts(Beginning())]
    [('wind',), ('bell',)]
    """
    return [
        Prompt((word,), (((word,), word.capitalize()),) if beginning.more else (), beginning.tense)
        for word in ("wind", "bell")
    ]


class Asked(NamedTuple):
    """The prompts of many sounds, each with its sound's place; those that begin alike lie together."""

    rows: list[int]
    prompts: list[Prompt]

    @property
    def families(self) -> list[tuple[int, Beginning]]:
        """Which prompts have more in common than those of other sounds: a sound's that begin alike."""
        return [(row, prompt.beginning) for row, prompt in zip(*self, strict=True)]


class Asking:
    """Chooses keywords, and says after which prompts a sound's drafts are written.

    Parameters
    ----------
    encoder : AudioTextEncoder
    background : Background, optional
        Of the encoder: what is usual.
    options : AskOptions
    names : sequence of str
        To choose keywords from; not looked at where there are to be none.
    """

    def __init__(
        self,
        encoder: AudioTextEncoder,
        background: Background | None,
        options: AskOptions,
        names: Sequence[str],
    ) -> None:
        self.background, self.options = background, options
        self._index = KeywordIndex(encoder, names) if options.keywords else None
        self._near = NearExamples(encoder, background) if options.near_drafts and options.near else None

    def choose(self, vector: Floats) -> tuple[Keyword, ...]:
        """The keywords of a sound (dim,), the best first."""
        options = self.options
        if self._index is None:
            return ()
        if options.choice == "apart":
            return keywords_apart(self._index, vector, options.keywords, self.background)
        background = self.background if options.standardise else None
        return self._index.nearest(vector, options.keywords, background, silence=options.silence)

    def prompts(self, vector: Floats, keywords: Sequence[Keyword]) -> list[Prompt]:
        """What each draft of a sound is written after; of a tense those without captions of its own first."""
        options = self.options
        names = [k.text for k in keywords]
        if options.choice == "apart":
            names = list(dict.fromkeys(map(spoken, names)))
        asked: list[tuple[list[str], tuple[Example, ...]]]
        asked = [(some, ()) for some in keyword_sets(names, options.keywords, options.drafts)]
        if self._near is not None:
            more = tuple(self._near.found(vector, options.near))
            asked += [(some, more) for some in keyword_sets(names, options.keywords, options.near_drafts)]
        return [Prompt(tuple(some), more, tense) for tense in options.tenses for some, more in asked]

    @property
    def beginnings(self) -> tuple[Beginning, ...]:
        """What prompts may begin with."""
        kinds = (False,) if self._near is None else (False, True)
        return tuple(Beginning(tense, more) for tense in self.options.tenses for more in kinds)

    def ask(self, vectors: Floats, keywords: Sequence[Sequence[Keyword]]) -> Asked:
        """The prompts of many sounds (n, dim)."""
        each = [self.prompts(*sound) for sound in zip(vectors, keywords, strict=True)]
        asked = [(i, prompt) for i, prompts in enumerate(each) for prompt in prompts]
        order = {beginning: place for place, beginning in enumerate(self.beginnings)}
        asked.sort(key=lambda one: (order[one[1].beginning], one[0]))
        return Asked([i for i, _ in asked], [prompt for _, prompt in asked])
