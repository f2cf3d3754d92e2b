"""Predictions under the names the references use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import PureWindowsPath
from unicodedata import normalize

from earwitness.common.errors import TableError
from earwitness.datasets.tables import Predictions, References


def align(predictions: Predictions, references: References) -> Predictions:
    """The predictions, each clip renamed to the reference it belongs to; strangers keep their names.

    A clip belongs to the reference of the same name, or failing that of the same alias, file name, or file
    name without extension, as long as only one reference answers to it. An é is an é, however it is encoded:
    file systems and people differ in whether it is one character or two.

    Raises
    ------
    TableError
        Two predictions belong to one reference.

    >>> references = References("r", {"dog.wav": ("a dog barks",)})
    >>> dict(align(Predictions("p", {"out/dog.flac": "a dog"}), references).captions)
    {'dog.wav': 'a dog'}
    """
    name_of = find_name(references)
    renamed: dict[str, str] = {}
    owner: dict[str, str] = {}
    for clip in predictions.captions:
        target = name_of(clip) or clip
        if target in owner:
            raise TableError(
                f"{predictions.name}: {owner[target]!r} and {clip!r} are both captions of clip {target!r}."
            )
        owner[target] = clip
        renamed[clip] = target
    return replace(
        predictions,
        captions={renamed[clip]: text for clip, text in predictions.captions.items()},
        failed={renamed.get(clip, clip): reason for clip, reason in predictions.failed.items()},
    )


def find_name(references: References) -> Callable[[str], str | None]:
    """A function from what a clip is called elsewhere to the one reference that answers to it, if any."""
    names = _names(references)

    def find(clip: str) -> str | None:
        if clip in references.captions:
            return clip
        clip = normalize("NFC", clip)
        return next((name for form in _forms(clip) if (name := names.get(form)) is not None), None)

    return find


def _names(references: References) -> dict[str, str | None]:
    """Everything a reference answers to; ``None`` where several do."""
    names: dict[str, str | None] = {}
    pairs = [(form, clip) for clip in references.captions for form in _forms(clip)]
    pairs += [(alias, clip) for clip, aliases in references.aliases.items() for alias in aliases]
    for name, clip in ((normalize("NFC", name), clip) for name, clip in pairs):
        names[name] = clip if names.get(name, clip) == clip else None
    return names


def _forms(clip: str) -> list[str]:
    """A clip's name as it stands, its file name, and that without extension.

    >>> _forms("out/dog.1.wav"), _forms("C:\\\\sounds\\\\dog.wav")[1:]
    (['out/dog.1.wav', 'dog.1.wav', 'dog.1'], ['dog.wav', 'dog'])
    """
    path = PureWindowsPath(clip)  # its separators are both \\ and /
    return [clip, path.name, path.stem]
