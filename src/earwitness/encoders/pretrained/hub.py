"""Models by name: a folder, or an id on the hub; every way this fails becomes one sentence."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from earwitness.common.errors import AssetError

# Tables that every model rebuilds when it is made; old files carry them, new ones may not.
DERIVED = re.compile(r"(position_ids|token_type_ids|relative_position_index|num_batches_tracked)$")


def load_pretrained(loader: Callable[..., Any], source: str, what: str, **options: Any) -> Any:
    """Call a transformers ``from_pretrained``, turning what it raises into one sentence.

    Parameters
    ----------
    loader : a ``from_pretrained``
    source : folder or hub id
    what : what is being loaded, for the message

    Raises
    ------
    AssetError
        There is no such folder or id, a file is missing, truncated, or of another model.
    """
    try:
        with _no_progress_bar():
            return loader(source, **options)
    except Exception as error:  # the hub, the file formats and the configs raise a dozen types
        reason = first_line(error)
        where = (
            "the folder" if Path(source).is_dir() else "the hub or its cache (and there is no such folder),"
        )
        raise AssetError(
            f"{what} cannot be loaded from {where} {source!r} ({reason});"
            " give the folder that holds the model's files, or a hub id where the hub can be reached."
        ) from error


@contextmanager
def _no_progress_bar() -> Iterator[None]:
    """A library draws no bars; whoever wants them back has them back."""
    from transformers import utils

    logging: Any = utils.logging
    drawn = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        if drawn:
            logging.enable_progress_bar()


def load_whole(model: Any, source: str, what: str, device: str, *, others: str = "^$", **options: Any) -> Any:
    """Load a transformers model class, all of it: a weight that is missing or that nothing takes is an error.

    Parameters
    ----------
    model : a transformers model class
    source : folder or hub id
    what : for the message
    device : where the model is put
    others : a pattern of the names that nothing need take
    **options : of ``from_pretrained``

    Returns
    -------
    the model, in float32, for inference only
    """
    import torch

    loaded, info = load_pretrained(
        model.from_pretrained, source, what, output_loading_info=True, dtype=torch.float32, **options
    )
    unknown = [key for key in info["unexpected_keys"] if not re.search(others, key)]
    check_keys(what, source, info["missing_keys"], unknown, info.get("mismatched_keys", ()))
    return loaded.to(device).eval().requires_grad_(False)


def check_keys(
    what: str, source: str, missing: Iterable[Any], unexpected: Iterable[Any], mismatched: Iterable[Any] = ()
) -> None:
    """Raise AssetError that lists the weights a file lacks, has too many, or has in another shape.

    >>> check_keys("the model", "m.pt", ["a.weight"], ["position_ids"])
    Traceback (most recent call last):
    earwitness.common.errors.AssetError: m.pt does not fit the model: missing a.weight; ...
    """
    groups = {
        "missing": _real(missing),
        "unknown": _real(unexpected),
        "of another shape": _real(key[0] if isinstance(key, tuple) else key for key in mismatched),
    }
    listed = "; ".join(f"{kind} {_some(keys)}" for kind, keys in groups.items() if keys)
    if listed:
        raise AssetError(f"{source} does not fit {what}: {listed}; is it a checkpoint of another model?")


def _real(keys: Iterable[Any]) -> list[str]:
    return sorted(str(key) for key in keys if not DERIVED.search(str(key)))


def _some(keys: list[str], most: int = 12) -> str:
    more = f" and {len(keys) - most} more" if len(keys) > most else ""
    return ", ".join(keys[:most]) + more


def first_line(error: BaseException) -> str:
    """The first line of an error's message, short enough to stand in another's."""
    text = str(error).strip()
    return (text.splitlines()[0].rstrip(".") if text else type(error).__name__)[:200]
