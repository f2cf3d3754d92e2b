"""The card of an exported decoder: what it learned from, how well it writes, and how it is made again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from earwitness.common.files import whole_file
from earwitness.training.decoder.checkpoints import FIGURES
from earwitness.training.decoder.run_card import read_card

CARD = "card.json"
FORMAT = "earwitness-model-card-1"
STATEMENT = "Learned from captions alone: no sound, and no pair of a sound and a caption, was seen."


def make_model_card(run: Path, memory: int) -> dict[str, Any]:
    """The card of a run's decoder, of plain JSON types.

    Parameters
    ----------
    run : Path
        A folder of ``earwitness train``.
    memory : int
        Captions that lie in the exported folder's memory.
    """
    card = read_card(run)
    return {
        "format": FORMAT,
        "statement": STATEMENT,
        "encoder": card["encoder"],
        "data": {**card["data"], "memory": memory},
        "recipe": card["recipe"],
        "decoder": card["decoder"],
        "figures": _last_figures(run),
        "versions": card["versions"],
        "command": f"earwitness train RECIPE CAPTIONS --encoder {card['encoder']} -o RUN"
        " && earwitness export RUN -o FOLDER" + (" --memory CAPTIONS" if memory else ""),
    }


def write_model_card(card: Mapping[str, Any], folder: Path) -> None:
    """``card.json`` in an exported folder."""
    with whole_file(folder / CARD) as file:
        file.write((json.dumps(card, ensure_ascii=False, indent=1) + "\n").encode("utf-8"))


def _last_figures(run: Path) -> dict[str, float]:
    try:
        lines = (run / FIGURES).read_text(encoding="utf-8").splitlines()
        figures: dict[str, float] = json.loads(lines[-1])
    except (OSError, IndexError, ValueError):
        return {}
    return figures
