"""How WSAC is set: its published rule, and what was added to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from earwitness.common.errors import OptionError
from earwitness.common.options import option
from earwitness.methods.wsac.search import SearchOptions


@dataclass(frozen=True)
class WsacOptions:
    """How a sound's embedding becomes a sentence; the defaults are the paper's."""

    # AD, NND and PD in the paper, PD its best
    bridge: Literal["audio", "nearest", "projection"] = option(
        "projection", "What the decoder reads: the sound itself, the nearest caption, or the projection."
    )
    drafts: str = option(
        "whole", "Which of an encoder's views of a sound sentences are drafted from, joined by '+'."
    )
    temperature: float = option(0.01, "Of the projection's softmax over the memory's cosines.")
    standardise: bool = option(False, "Match memory rows by how far above their usual match they are.")
    search: SearchOptions = field(default_factory=SearchOptions)
    rerank: float = option(0.0, "Weight of the standardised match of sound and sentence; 0 keeps the order.")
    # a part is held against its sentence that matches the sound no better than it matches any sound, or than
    # it matches the sounds that a better part matches
    support: float = option(0.0, "Weight of a sentence's worst-matching part; 0 lets every part pass.")
    support_least: float = option(0.0, "Standard deviations above its usual match that a part needs to pass.")
    also: int = option(0, "Most sounds to add that are surely heard and that a sentence leaves out.")
    ordered: bool = option(False, "Say what came first as the sound's first and last third have it.")
    legacy_text: bool = option(
        False, "The bare words, lower case, without the first and the last token whatever they are."
    )
    legacy_tidy: bool = option(
        False, "Spaces as the tokenizers of the time left them: dog ' s becomes dog's."
    )
    legacy_memory: bool = option(
        False, "Repeated captions count again, and those behind the last whole thousand are left out."
    )

    def __post_init__(self) -> None:
        if self.bridge not in ("audio", "nearest", "projection"):
            raise OptionError(f"bridge is 'audio', 'nearest' or 'projection', not {self.bridge!r}.")
        if self.also < 0:
            raise OptionError(f"also is 0 or more, not {self.also}.")
        if self.temperature <= 0:
            raise OptionError(f"temperature is above 0, not {self.temperature}.")
