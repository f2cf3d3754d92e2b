"""The tokenizer of a model that is one file: from a folder, from beside the file, or from the hub's cache."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from earwitness.common.errors import AssetError
from earwitness.encoders.pretrained.hub import load_pretrained

FILES = ("tokenizer.json", "vocab.json", "vocab.txt")


def load_tokenizer(given: str | None, checkpoint: Path, hub_id: str) -> Any:
    """Load a tokenizer.

    Parameters
    ----------
    given : str or None
        A folder or hub id that was asked for.
    checkpoint : Path
        The model's file: its folder, and in it a folder named as the tokenizer, are looked in next.
    hub_id : str
        The tokenizer the model was trained with, taken from the hub or its cache last.

    Raises
    ------
    AssetError
        It is in none of these places.
    """
    from transformers import AutoTokenizer

    load = AutoTokenizer.from_pretrained
    what = f"the tokenizer {hub_id}"
    if given is not None:
        return load_pretrained(load, given, what)
    folder = checkpoint.parent
    for place in (folder / hub_id.rpartition("/")[2], folder):
        if any((place / name).is_file() for name in FILES):
            return load_pretrained(load, str(place), what)
    try:
        return load_pretrained(load, hub_id, what)
    except AssetError as error:
        raise AssetError(
            f"{what} is neither beside {checkpoint.name} nor on the hub or in its cache;"
            f" put its files in a folder {hub_id.rpartition('/')[2]!r} beside the checkpoint,"
            " or give their folder with the option 'tokenizer'."
        ) from error
