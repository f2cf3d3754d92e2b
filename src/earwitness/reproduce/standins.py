"""Small models in the published ones' place: every row runs from end to end, and no figure means anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from earwitness.methods.presets import PRESETS
from earwitness.reproduce.row import Row

NOTICE = "STAND-INS: small models, few clips. This is no reproduction; it shows that every row runs."
CLIPS = 10
# what of each method is made small, so that a row takes seconds
SMALL: Mapping[str, Mapping[str, Any]] = {
    "zeraucap": {"k": 6, "new_tokens": 5},
    "audibility": {"tokens": 3, "iterations": 1, "candidates": 16},
    # the published program drops the memory's rows after the last thousand: of few captions, all
    "wsac": {"legacy_memory": False},
}
TRAINING: Mapping[str, Any] = {"words": "learned:400", "width": 64, "layers": 2, "heads": 2, "max_tokens": 22}
EPOCHS = 20


@dataclass(frozen=True)
class StandIns:
    """Which models stand in, and for what."""

    encoder: str = "tags"
    lm: str = "offline"
    classifier: str = "embedded"

    def row(self, row: Row) -> Row:
        """A row with these models and small options, its published scores left where they are."""
        method = PRESETS[row.preset].method
        given = {"encoder": self.encoder, **SMALL[method]}
        if method != "wsac":
            given["lm"] = self.lm
        if method == "audibility":
            given["classifier"] = self.classifier
        options = {k: v for k, v in row.options.items() if "{data}" not in str(v)}
        training = None if row.training is None else replace(row.training, recipe="small")
        return replace(row, options={**options, **given}, training=training)
