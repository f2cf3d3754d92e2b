"""The language models of the package index, and the best of them at hand."""

from __future__ import annotations

from earwitness.common.errors import AssetError
from earwitness.language.offline.fetching import OfflineModel
from earwitness.language.offline.gemma3 import GEMMA3
from earwitness.language.offline.smollm2 import SMOLLM2

OFFLINE = {model.name: model for model in (GEMMA3, SMOLLM2)}
"""By name, the one that writes best first (benchmarks/methods.md)."""


def best_offline() -> OfflineModel:
    """The best of ``OFFLINE`` that was fetched.

    Raises
    ------
    AssetError
        None was.
    """
    for model in OFFLINE.values():
        if model.present:
            return model
    ways = " or ".join(f"{m.command} ({m.about}; {m.download_megabytes} MB)" for m in OFFLINE.values())
    raise AssetError(f"this method needs a language model, and none was fetched yet; run: {ways}")
