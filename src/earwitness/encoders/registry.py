"""From a name to an encoder: ``tags``, ``clap:laion/clap-htsat-unfused``, ``wavcaps:HTSAT-BERT-PT.pt``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
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
        imagebind:<file>. Options may stand behind it: ``wavcaps:cnn14-bert.pt?length=whole``, several joined
        by ``&``.
    device : str, optional
        Where it computes, by torch's name; of no account for an encoder that needs no torch.
    **options
        Of the encoder's class: ``tokenizer`` for those that are one file, ``length`` for wavcaps.

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
    name, written = split_options(name)
    options = {**options, **written}
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


def split_options(name: str) -> tuple[str, dict[str, Any]]:
    """An encoder's name, and the options that stand behind it.

    >>> split_options("wavcaps:a.pt?length=whole&heads=2"), split_options("tags")
    (('wavcaps:a.pt', {'length': 'whole', 'heads': 2}), ('tags', {}))
    """
    bare, question, written = name.rpartition("?")
    pairs = [pair.partition("=") for pair in written.split("&")]
    if not question or not all(key.isidentifier() and equals for key, equals, _ in pairs):
        return name, {}
    return bare, {key: int(value) if value.isdecimal() else value for key, _, value in pairs}


def with_options(name: str, options: Mapping[str, Any]) -> str:
    """An encoder's name with options behind it, those that stand there already kept.

    >>> with_options("wavcaps:a.pt?heads=2", {"length": "whole"})
    'wavcaps:a.pt?heads=2&length=whole'
    """
    bare, written = split_options(name)
    every = written | {key: value for key, value in options.items() if key not in written}
    return bare + "".join(f"{'&' if i else '?'}{k}={v}" for i, (k, v) in enumerate(every.items()))


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
