"""The card of a training run: what it was made of, so that it can be made again or told apart from others."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch

from earwitness.common.errors import AssetError, OptionError
from earwitness.common.version import __version__
from earwitness.training.decoder.model import DecoderConfig
from earwitness.training.decoder.recipes import Recipe

CARD = "run.json"
FORMAT = "earwitness-run-1"


def make_card(
    recipe: Recipe,
    encoder: str,
    config: DecoderConfig,
    learned: Sequence[str],
    held_out: Sequence[str],
    shift: Sequence[float],
    start: Path | None = None,
) -> dict[str, Any]:
    """The card of a run, of plain JSON types: options, versions, and hashes of everything learned from."""
    begun = {} if start is None else {"start_sha256": hashlib.sha256(start.read_bytes()).hexdigest()}
    return {
        "format": FORMAT,
        "encoder": encoder,
        "recipe": asdict(recipe),
        "decoder": config.to_dict(),
        "data": {
            "captions": len(learned),
            "held_out": len(held_out),
            "sha256": _hash(learned),
            "held_out_sha256": _hash(held_out),
            "shift_sha256": hashlib.sha256(np.array(shift, np.float32).tobytes()).hexdigest(),
            **begun,
        },
        "versions": {
            "earwitness": __version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "numpy": np.__version__,
        },
    }


def _hash(texts: Sequence[str]) -> str:
    return hashlib.sha256(json.dumps(list(texts), ensure_ascii=False).encode()).hexdigest()


def read_card(folder: Path) -> dict[str, Any]:
    """The card of a run's folder; AssetError where there is none."""
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AssetError(f"{folder} holds no training run: {CARD} cannot be read ({error}).") from error
    if not isinstance(card, dict) or card.get("format") != FORMAT:
        raise AssetError(f"{folder / CARD}: expected the format {FORMAT!r}.")
    return card


def check_folder(folder: Path, card: dict[str, Any]) -> None:
    """A folder belongs to one run: another's is refused with what differs."""
    if not (folder / CARD).is_file():
        return
    old, new = read_card(folder), json.loads(json.dumps(card))
    for part in ("encoder", "data", "recipe", "decoder"):
        different = _different(part, old.get(part), new[part])
        if different:
            raise OptionError(
                f"{folder} holds a run with another {' and '.join(different)}; choose another folder, "
                "or remove it to begin anew."
            )


def _different(name: str, old: Any, new: Any) -> list[str]:
    """Names of what differs between two cards, as deep as they go.

    >>> _different("recipe", {"train": {"epochs": 2, "batch": 8}}, {"train": {"epochs": 3, "batch": 8}})
    ['epochs']
    """
    if isinstance(old, dict) and isinstance(new, dict):
        return [n for key in {**old, **new} for n in _different(key, old.get(key), new.get(key))]
    return [] if old == new else [name]
