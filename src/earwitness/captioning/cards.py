"""The card that a trained or exported folder carries, put into lines for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from earwitness.common.counting import counted
from earwitness.common.errors import AssetError

CARDS = ("card.json", "run.json")


def read_any_card(folder: Path) -> dict[str, Any]:
    """The card of an exported decoder, of a training run or of a classifier.

    Raises
    ------
    AssetError
        The folder carries none, or it is damaged.
    """
    for name in CARDS:
        path = folder / name
        if not path.is_file():
            continue
        try:
            card = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise AssetError(f"{path} cannot be read ({error}).") from error
        if isinstance(card, dict):
            return card
    raise AssetError(
        f"{folder} carries no card ({' or '.join(CARDS)}); earwitness train and export write one."
    )


def card_lines(card: Mapping[str, Any], indent: int = 0) -> list[str]:
    """A card as indented lines, in its own order; an interval stands behind its figure.

    >>> card_lines({"data": {"captions": 10}, "cider_d": 2.5, "cider_d_low": 2, "cider_d_high": 3})
    ['data:', '  captions: 10', 'cider_d: 2.5 [2, 3]']
    """
    lines, space = [], " " * indent
    for key, value in card.items():
        if key.endswith(("_low", "_high")) and key.rpartition("_")[0] in card:
            continue
        if isinstance(value, Mapping):
            lines += [f"{space}{key}:", *card_lines(value, indent + 2)]
        elif isinstance(value, list) and value and isinstance(value[0], (dict, list)):
            lines.append(f"{space}{key}: {counted(len(value), 'row')}")
        else:
            low, high = card.get(f"{key}_low"), card.get(f"{key}_high")
            interval = "" if low is None else f" [{low}, {high}]"
            lines.append(f"{space}{key}: {_plain(value)}{interval}")
    return lines


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
