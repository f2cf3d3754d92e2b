"""From a name to an encoder: ``tags``, ``clap:laion/clap-htsat-unfused``, ``wavcaps:HTSAT-BERT-PT.pt``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from earwitness.common.errors import OptionError
from earwitness.encoders.base import AudioTextEncoder

FORMS = (
    "tags, clap:<hub id or folder>, pe-audio:<hub id or folder>, wavcaps:<file>, msclap:<file>,"
    " imagebind:<file>"
)


def load_encoder(name: str, **options: Any) -> AudioTextEncoder:
    """Load an encoder by name.

    Parameters
    ----------
    name : str
        One of: tags, clap:<hub id or folder>, pe-audio:<hub id or folder>, wavcaps:<file>, msclap:<file>,
        imagebind:<file>.
    **options
        Of the encoder's class: ``device`` for all but tags, ``tokenizer`` for those that are one file.

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
    kind, colon, source = name.partition(":")
    if kind not in _LOADERS:
        raise OptionError(f"there is no encoder {kind!r}; the encoders are {FORMS}.")
    if (kind == "tags") == bool(colon and source):
        raise OptionError(f"{name!r} is not a whole name; the encoders are {FORMS}.")
    try:
        return _LOADERS[kind](source, options)
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


_LOADERS: dict[str, Callable[[str, dict[str, Any]], AudioTextEncoder]] = {
    "tags": _tags,
    "clap": _clap,
    "pe-audio": _pe_audio,
    "wavcaps": _wavcaps,
    "msclap": _msclap,
    "imagebind": _imagebind,
}
