"""Named settings: what each published result used, and what the embedded model uses."""

from __future__ import annotations

from earwitness.methods.search import SearchOptions
from earwitness.methods.wsac import WsacOptions

EMBEDDED = WsacOptions(
    bridge="audio",
    search=SearchOptions(beams=8, max_tokens=24, no_repeat=3, length_power=1.0),
    rerank=0.1,
)
"""The embedded model: chosen on the table in benchmarks/bridges.md."""

PAPER = WsacOptions()
"""WSAC as published: projection decoding at temperature 0.01, greedy."""
