"""Which settings are meant: one rule for Python, for the command line, and for a model's folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from earwitness.common.errors import OptionError
from earwitness.common.options import changed
from earwitness.methods.presets import PAPER, Preset, find_preset
from earwitness.methods.wsac.writing import read_writing

MEMORY = "memory.safetensors"


def resolve(
    method: str | None = None,
    preset: str | None = None,
    model: str | Path | None = None,
    options: Mapping[str, Any] | None = None,
    *,
    memory: bool = False,
) -> Preset:
    """The settings that are meant by what was named.

    A preset is what it says. A method alone is the preset of its name: its published settings. A model's
    folder alone is what the folder says of itself. Nothing at all is the preset ``embedded``.

    Parameters
    ----------
    method, preset : str, optional
        See ``earwitness methods``.
    model : str or Path, optional
        A folder of ``earwitness export``.
    options : mapping, optional
        Name to value, in place of the preset's own.
    memory : bool
        Whether a memory was named beside the model: a folder without its own is then used with that one.

    Raises
    ------
    OptionError
        There is no such method, preset or option, or they do not go together.
    AssetError
        What the folder says of itself cannot be used.

    Examples
    --------
    >>> resolve("wsac") == resolve(preset="wsac"), resolve() == resolve(preset="embedded")
    (True, True)
    >>> resolve(preset="capdec", options={"beams": "3"}).options.search.beams
    3
    """
    chosen = _chosen(method, preset, model, memory)
    if memory and chosen.method != "wsac":
        raise OptionError(f"the method {chosen.method} remembers no captions, so it takes no memory.")
    if model is not None and chosen.method != "wsac":
        raise OptionError(f"the method {chosen.method} uses no trained decoder, so it takes no model folder.")
    return replace(chosen, options=changed(chosen.options, options or {}))


def _chosen(method: str | None, preset: str | None, model: str | Path | None, memory: bool) -> Preset:
    if preset is not None:
        chosen = find_preset(preset)
        if method not in (None, chosen.method):
            raise OptionError(f"the preset {preset!r} is of the method {chosen.method}, not of {method}.")
        return chosen
    if method is not None:
        return find_preset(method)
    return find_preset("embedded") if model is None else _of_folder(Path(model).expanduser(), memory)


def _of_folder(folder: Path, named: bool) -> Preset:
    """What an exported folder says of itself; as published where it says nothing, as far as it can be."""
    own = (folder / MEMORY).is_file()
    options = read_writing(folder, memory=own or named)
    if options is None:
        options = PAPER if own or named else replace(PAPER, bridge="audio")
    elif named and not own and options.bridge == "audio":
        options = replace(options, bridge="projection")  # it was exported without a memory
    return Preset("wsac", options, f"What {folder} says of itself.")
