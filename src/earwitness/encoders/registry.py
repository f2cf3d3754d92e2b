"""From a name to an encoder: ``tags``, ``clap:laion/clap-htsat-unfused``, ``wavcaps:HTSAT-BERT-PT.pt``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from earwitness.common.errors import OptionError
from earwitness.encoders.base import AudioTextEncoder

FORMS = (
    "tags, clap:<hub id or folder>, pe-audio:<hub id or folder>, wavcaps:<file>, msclap:<file>,"
    " imagebind:<file>"
)


def load_encoder(name: str, *, device: str | None = None, **options: Any) -> AudioTextEncoder:
    """Load an encoder by name.

    Parameters
    ----------
    name : str
        One of: tags, clap:<hub id or folder>, pe-audio:<hub id or folder>, wavcaps:<file>, msclap:<file>,
        imagebind:<file>.
    device : str, optional
        Where it computes, by torch's name; of no account for an encoder that needs no torch.
    **options
        Of the encoder's class: ``tokenizer`` for those that are one file.

    Raises
    ------
    OptionError
        There is no such encoder, the part after the colon is missing, or an option is not the encoder's.
    AssetError
        The model cannot be loaded.
    MissingExtraError
        The encoder needs torch, which is not installed.

    Examples
    --------
    >>> load_encoder("clip:x")
    Traceback (most recent call last):
    earwitness.common.errors.OptionError: there is no encoder 'clip'; the encoders are tags, ...
    """
    kind, _, source = name.partition(":")
    if kind not in _KINDS:
        raise OptionError(f"there is no encoder {kind!r}; the encoders are {FORMS}.")
    found = _KINDS[kind]
    if found.embedded == bool(source):
        raise OptionError(f"{name!r} is not a whole name; the encoders are {FORMS}.")
    if device is not None and not found.embedded:
        options["device"] = device
    try:
        return found.load(source, options)
    except TypeError as error:
        if "unexpected keyword argument" not in str(error):
            raise
        raise OptionError(f"the encoder {kind} has no such option ({error}).") from error


def _tags(source: str, options: dict[str, Any]) -> AudioTextEncoder:
    from earwitness.encoders.tags.encoder import TagEncoder

    if options:
        raise OptionError(f"the encoder tags has no options, but was given {', '.join(options)}.")
    return TagEncoder()


def _clap(source: str, options: dict[str, Any]) -> AudioTextEncoder:
    from earwitness.encoders.pretrained.clap import ClapEncoder

    return ClapEncoder(source, **options)


def _pe_audio(source: str, options: dict[str, Any]) -> AudioTextEncoder:
    from earwitness.encoders.pretrained.pe_audio import PeAudioEncoder

    return PeAudioEncoder(source, **options)


def _wavcaps(source: str, options: dict[str, Any]) -> AudioTextEncoder:
    from earwitness.encoders.pretrained.wavcaps import WavCapsEncoder

    return WavCapsEncoder(source, **options)


def _msclap(source: str, options: dict[str, Any]) -> AudioTextEncoder:
    from earwitness.encoders.pretrained.msclap import MsClapEncoder

    return MsClapEncoder(source, **options)


def _imagebind(source: str, options: dict[str, Any]) -> AudioTextEncoder:
    from earwitness.encoders.pretrained.imagebind import ImageBindEncoder

    return ImageBindEncoder(source, **options)


@dataclass(frozen=True)
class _Kind:
    load: Callable[[str, dict[str, Any]], AudioTextEncoder]
    # shipped with the package: its name stands alone, and it needs no torch
    embedded: bool = False


_KINDS = {
    "tags": _Kind(_tags, embedded=True),
    "clap": _Kind(_clap),
    "pe-audio": _Kind(_pe_audio),
    "wavcaps": _Kind(_wavcaps),
    "msclap": _Kind(_msclap),
    "imagebind": _Kind(_imagebind),
}


def register_encoder(kind: str, load: Callable[[str, dict[str, Any]], AudioTextEncoder]) -> None:
    """Make an encoder known by name, for ``--encoder`` and for the cards of decoders trained with it.

    Parameters
    ----------
    kind : str
        What stands before the colon.
    load : callable
        What stands after it, and options -> the encoder, whose ``name`` is the whole of it.

    Examples
    --------
    See ``examples/toy_encoder.py``.
    """
    _KINDS[kind] = _Kind(load)
