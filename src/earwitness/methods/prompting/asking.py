"""What each of a sound's drafts is written after: some of its keywords, and captions of other sounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

from earwitness.common.arrays import Floats
from earwitness.common.caption import Keyword
from earwitness.methods.prompting.apart import keywords_apart
from earwitness.methods.prompting.examples import Example, keyword_sets
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


@dataclass(frozen=True)
class Prompt:
    """What a draft is written after: keywords, and captions shown beside those that all sounds have."""

    keywords: tuple[str, ...]
    more: tuple[Example, ...] = ()


class Round(NamedTuple):
    """Prompts that begin alike: whether they show captions of their own, and each with its sound's place."""

    more: bool
    rows: list[int]
    prompts: list[Prompt]


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
        """What each draft of a sound is written after, those that all sounds' examples suffice for first."""
        options = self.options
        names = [k.text for k in keywords]
        if options.choice == "apart":
            names = list(dict.fromkeys(map(spoken, names)))
        prompts = [Prompt(tuple(s)) for s in keyword_sets(names, options.keywords, options.drafts)]
        if self._near is None:
            return prompts
        more = tuple(self._near.found(vector, options.near))
        sets = keyword_sets(names, options.keywords, options.near_drafts)
        return [*prompts, *(Prompt(tuple(some), more) for some in sets)]

    @property
    def kinds(self) -> tuple[bool, ...]:
        """The kinds of prompts there are: without captions of their own, and with, which begin otherwise."""
        return (False,) if self._near is None else (False, True)

    def rounds(self, vectors: Floats, keywords: Sequence[Sequence[Keyword]]) -> Iterator[Round]:
        """The prompts of many sounds (n, dim), those of a kind together, for they are read together."""
        asked = [self.prompts(*sound) for sound in zip(vectors, keywords, strict=True)]
        for more in self.kinds:
            some = [(i, p) for i, prompts in enumerate(asked) for p in prompts if bool(p.more) == more]
            if some:
                yield Round(more, [i for i, _ in some], [p for _, p in some])
