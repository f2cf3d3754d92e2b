"""How an exported decoder writes: ``WsacOptions`` as plain JSON in its ``config.json``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from earwitness.common.errors import AssetError, OptionError
from earwitness.methods.wsac.decoder import CONFIG, read_config
from earwitness.methods.wsac.method import WsacOptions
from earwitness.methods.wsac.search import SearchOptions


def to_plain(options: WsacOptions) -> dict[str, Any]:
    """Options as plain JSON types.

    >>> to_plain(WsacOptions())["search"]["beams"]
    1
    """
    return asdict(options)


def from_plain(row: Mapping[str, Any]) -> WsacOptions:
    """Options of plain JSON types; what is not given has its default.

    Raises
    ------
    OptionError
        An option does not exist, or has a value it cannot have.

    >>> from_plain({"bridge": "audio", "search": {"beams": 4}}).search.beams
    4
    """
    try:
        given = dict(row)
        search = SearchOptions(**_known(SearchOptions, given.pop("search", {})))
        return WsacOptions(search=search, **_known(WsacOptions, given))
    except TypeError as error:
        raise OptionError(f"an option has a value of the wrong type ({error}).") from error


def read_writing(folder: Path, *, memory: bool) -> WsacOptions | None:
    """The options in a folder's ``config.json``.

    Parameters
    ----------
    folder : Path
        Written by ``earwitness export``.
    memory : bool
        Whether it has a memory: the published options need one.

    Returns
    -------
    WsacOptions, or None where the folder says nothing

    Raises
    ------
    AssetError
        The options cannot be used.
    """
    path, row = folder / CONFIG, read_config(folder).get("writing")
    if row is None:
        return None
    try:
        options = from_plain(row)
    except (OptionError, AttributeError) as error:
        raise AssetError(f"{path}: the entry 'writing' cannot be used: {error}") from error
    if options.bridge != "audio" and not memory:
        raise AssetError(
            f"{path}: the bridge {options.bridge!r} needs memory.safetensors, which is not there; "
            "export again with a memory, or set the bridge to 'audio'."
        )
    return options


def _known(kind: Any, row: Mapping[str, Any]) -> dict[str, Any]:
    names = {f.name for f in fields(kind)}
    unknown = sorted(set(row) - names)
    if unknown:
        raise OptionError(f"there is no option {unknown[0]!r}; the options are {', '.join(sorted(names))}.")
    return dict(row)
