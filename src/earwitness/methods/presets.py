"""Named settings: what each published result used, and what the embedded model uses."""

from __future__ import annotations

from earwitness.methods.search import SearchOptions
from earwitness.methods.wsac import WsacOptions

EMBEDDED = WsacOptions(
    bridge="audio",
    search=SearchOptions(beams=8, max_tokens=24, no_repeat=3, length_power=1.0),
    rerank=0.2,
    support=1.0,
)
"""The embedded model: chosen on the table in benchmarks/bridges.md."""

PAPER = WsacOptions()
"""WSAC as published: projection decoding at temperature 0.01, greedy."""

DECAP = PAPER
"""DeCap as published (Li et al. 2023): its projection and its greedy search are what WSAC took over."""

CAPDEC = WsacOptions(bridge="audio", search=SearchOptions(beams=5, max_tokens=67))
"""CapDec as published (Nukrai et al. 2022): the other modality's embedding itself, five beams."""

PUBLISHED = {"wsac": PAPER, "decap": DECAP, "capdec": CAPDEC}
