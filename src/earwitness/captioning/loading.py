"""From names to a captioner: which method, which encoder, which language model, which options."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from earwitness.captioning.captioner import Captioner
from earwitness.common.errors import OptionError
from earwitness.common.options import changed
from earwitness.encoders.registry import load_encoder
from earwitness.encoders.runtime import asset
from earwitness.methods.presets import EMBEDDED, PAPER, Preset, find_preset

if TYPE_CHECKING:
    from earwitness.encoders.base import AudioTextEncoder
    from earwitness.methods.base import AudibilityClassifier, Method
    from earwitness.methods.scoring import Background
    from earwitness.methods.wsac.memory import Memory
    from earwitness.methods.wsac.method import Wsac, WsacOptions

TAGS = "tags"


def load_captioner(
    model: str | Path | None = None,
    *,
    method: str | None = None,
    preset: str | None = None,
    encoder: str | AudioTextEncoder | None = None,
    lm: str | None = None,
    classifier: str | None = None,
    device: str | None = None,
    explain: bool = False,
    workers: int = 2,
    **options: Any,
) -> Captioner:
    """A captioner by names; see ``earwitness.load``."""
    chosen = _choose(model, method, preset)
    judge = _classifier(classifier)
    if chosen.method == "wsac":
        if lm is not None:
            raise OptionError("the method wsac has a decoder of its own and takes no language model.")
        writer = _wsac(model, chosen if preset else None, encoder, device, explain, options)
        return Captioner(writer.encoder, writer, workers, judge)
    if model is not None:
        raise OptionError(f"the method {chosen.method} uses no trained decoder, so it takes no model folder.")
    listening = _encoder(encoder or chosen.encoder, device)
    guided = _guided(chosen, listening, lm, judge, device, explain, options)
    return Captioner(listening, guided, workers, judge)


def _choose(model: str | Path | None, method: str | None, preset: str | None) -> Preset:
    """The preset by its own name, or by that of the method, which is that of its published settings."""
    if preset is None:
        return find_preset(method or "wsac")
    chosen = find_preset(preset)
    if method is not None and method != chosen.method:
        raise OptionError(f"the preset {preset!r} is of the method {chosen.method}, not of {method}.")
    return chosen


def _encoder(name: str | AudioTextEncoder, device: str | None) -> AudioTextEncoder:
    if not isinstance(name, str):
        return name
    return load_encoder(name, **({} if device is None or name == TAGS else {"device": device}))


def _classifier(name: str | None) -> AudibilityClassifier | None:
    if name is None:
        return None
    from earwitness.classifier.embedded import load_classifier

    return load_classifier(name)


def _background(encoder: AudioTextEncoder) -> Background | None:
    from earwitness.methods.scoring import tags_background

    return tags_background() if encoder.name == TAGS else None


def _wsac(
    model: str | Path | None,
    preset: Preset | None,
    encoder: str | AudioTextEncoder | None,
    device: str | None,
    explain: bool,
    options: dict[str, Any],
) -> Wsac:
    """The embedded decoder, or that of a folder, with the memory and the options that lie beside it."""
    from earwitness.methods.wsac.decoder import OnnxDecoder
    from earwitness.methods.wsac.method import Wsac

    decoder = OnnxDecoder(model or asset("decoder"))
    path = asset("memory.safetensors") if model is None else decoder.folder / "memory.safetensors"
    written = _written_options(decoder.folder, decoder.encoder, memory=path.is_file())
    settings = changed(preset.options if preset else written, options)
    listening = _same_space(encoder, decoder.encoder, device)
    memory = _memory(path, decoder.encoder) if settings.bridge != "audio" else None
    return Wsac(listening, decoder, settings, memory, _background(listening), explain)


def _memory(path: Path, encoder: str) -> Memory | None:
    from earwitness.methods.wsac.memory import Memory

    if not path.is_file():
        return None
    memory = Memory.read(path)
    if memory.encoder not in ("", encoder):
        raise OptionError(
            f"{path} was made with the encoder {memory.encoder!r}, the decoder with {encoder!r}; "
            "export both with one encoder."
        )
    return memory


def _same_space(asked: str | AudioTextEncoder | None, trained: str, device: str | None) -> AudioTextEncoder:
    """The encoder that the decoder was trained with, which may lie elsewhere now."""
    if asked is None:
        return _encoder(trained, device)
    name = asked if isinstance(asked, str) else asked.name
    if name.partition(":")[0] != trained.partition(":")[0]:
        raise OptionError(
            f"this decoder was trained in the space of {trained!r} and cannot read that of {name!r}; "
            f"use --method zeraucap or audibility with {name!r}, or train a decoder for it: earwitness train."
        )
    return _encoder(asked, device)


def _written_options(folder: Path, encoder: str, *, memory: bool) -> WsacOptions:
    from earwitness.methods.wsac.writing import read_writing

    written = read_writing(folder, memory=memory)
    if written is not None:
        return written
    if encoder == TAGS:
        return EMBEDDED
    return PAPER if memory else replace(PAPER, bridge="audio")


def _guided(
    preset: Preset,
    encoder: AudioTextEncoder,
    lm: str | None,
    judge: AudibilityClassifier | None,
    device: str | None,
    explain: bool,
    options: dict[str, Any],
) -> Method:
    """A method that guides a language model."""
    from earwitness.language import load_language_model

    settings, background = changed(preset.options, options), _background(encoder)
    model = load_language_model(lm or preset.language_model, device=device or "cpu")
    if preset.method == "zeraucap":
        from earwitness.methods.zeraucap.method import ZerAuCap

        judge = judge or (_classifier("embedded") if settings.audible else None)
        return ZerAuCap(encoder, model, settings, background, classifier=judge, explain=explain)
    from earwitness.methods.audibility.method import AudibilityGuidance

    judge = judge or _classifier("embedded")
    assert judge is not None
    return AudibilityGuidance(encoder, model, judge, settings, background, explain=explain)
