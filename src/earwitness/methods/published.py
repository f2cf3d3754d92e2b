"""What the published programs were used with and cannot be shipped: which file, from where, and where to.

A preset that says "as published" takes these models and no others: where one is missing it says so, and
nothing stands in for it unless a person names it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from earwitness.common.errors import AssetError


@dataclass(frozen=True)
class Needed:
    """A model that a published run had.

    ``part`` is the option that names another place for it. ``file`` is where it is looked for, from the
    folder that the program is started in; empty where the hub brings it.
    """

    part: str
    what: str
    source: str
    file: str = ""

    def is_missing(self) -> bool:
        """Whether it would have to be a file and is none."""
        return bool(self.file) and not Path(self.file).exists()


WSAC_DECODER = Needed(
    "model",
    "WSAC's decoder as a folder",
    "earwitness import wsac epoch-29.pt makes it of a checkpoint of the published program, with --encoder "
    "wavcaps:cnn14-bert.pt and --memory; earwitness train wsac and export make a new one",
    "wsac-model",
)
WAVCAPS_FILE = Needed(
    "encoder",
    "WavCaps' checkpoint HTSAT-BERT-PT.pt",
    "the retrieval page of the WavCaps project",
    "HTSAT-BERT-PT.pt",
)
OPT = Needed("lm", "the language model facebook/opt-1.3b", "the model hub, by that name, 5.3 GB")
IMAGEBIND_FILE = Needed(
    "encoder",
    "ImageBind's checkpoint imagebind_huge.pth",
    "the page of the ImageBind project",
    "imagebind_huge.pth",
)
GPT2_MEDIUM = Needed("lm", "the language model gpt2-medium", "the model hub, by that name, 1.4 GB")
DISTILBERT = Needed(
    "classifier",
    "the paper's classifier of what can be heard as a folder",
    "its weights were never published; earwitness train classifier-paper AUDIBLE INAUDIBLE -o "
    "audibility-classifier trains it on the published sentences, label 0 for audible",
    "audibility-classifier",
)


def check_needs(needs: Sequence[Needed], given: Collection[str]) -> None:
    """Say which of a preset's models are missing.

    Parameters
    ----------
    needs : sequence of Needed
    given : collection of str
        Parts that were named: encoder, lm, classifier, model.

    Raises
    ------
    AssetError
        One is neither named nor there.

    >>> check_needs([IMAGEBIND_FILE], {"encoder"})
    >>> check_needs([IMAGEBIND_FILE], set())
    Traceback (most recent call last):
    earwitness.common.errors.AssetError: as published takes models that are not here. Missing: ...
    """
    missing = [n for n in needs if n.is_missing() and n.part not in given]
    if not missing:
        return
    lines = [f"{n.what} (from: {n.source}), put here as {n.file} or named with --{n.part}" for n in missing]
    raise AssetError("as published takes models that are not here. Missing: " + "; ".join(lines) + ".")
