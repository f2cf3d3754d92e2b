"""From names to a captioner: which method, which encoder, which language model, which options."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from earwitness.captioning.captioner import Captioner
from earwitness.common.errors import OptionError
from earwitness.encoders.base import background_of
from earwitness.encoders.registry import load_encoder, with_options
from earwitness.encoders.runtime import ASSETS, asset, prepare
from earwitness.methods.published import check_needs
from earwitness.methods.resolve import MEMORY, resolve

if TYPE_CHECKING:
    from earwitness.classifier.base import AudibilityClassifier
    from earwitness.confidence.estimator import ConfidenceEstimator
    from earwitness.encoders.base import AudioTextEncoder
    from earwitness.language.model import LanguageModel
    from earwitness.methods.base import Method
    from earwitness.methods.presets import Preset
    from earwitness.methods.wsac.memory import Memory
    from earwitness.methods.wsac.method import WsacOptions


CONFIDENCE = "confidence.json"
"""What lies beside a decoder for which confidences were fitted (tools/build_confidence.py)."""


def load(
    model: str | Path | None = None,
    *,
    method: str | None = None,
    preset: str | None = None,
    encoder: str | AudioTextEncoder | None = None,
    lm: str | None = None,
    classifier: str | None = None,
    memory: str | Path | Sequence[str] | None = None,
    device: str | None = None,
    dtype: str = "float32",
    explain: bool = False,
    workers: int = 2,
    **options: Any,
) -> Captioner:
    """Make a Captioner, to be used for many sounds.

    Parameters
    ----------
    model : str or Path, optional
        A folder written by ``earwitness export``; the embedded model unless given.
    method : str, optional
        wsac, zeraucap or audibility, with its published settings; the embedded model's unless given.
    preset : str, optional
        Settings by name, method included; ``earwitness methods`` lists them.
    encoder : str or AudioTextEncoder, optional
        Another audio–text model, by name (``earwitness models``); for wsac the one that its decoder knows.
    lm : str, optional
        Language model of the guided methods: a hub id, a folder, gemma3 or smollm2; else the best that
        was fetched of the last two.
    classifier : str, optional
        Judges whether captions speak of what can be heard: ``"embedded"``, or a folder.
    memory : str, Path or sequence of str, optional
        For wsac: captions to remember in place of the model's own, as a list or the file of one.
    device : str, optional
        Where torch models compute.
    dtype : str
        What the language model of a guided method computes in: float32, bfloat16 or float16.
    explain : bool
        Keep in each caption's ``trace`` what was weighed for it.
    workers : int
        Sounds listened to side by side; results do not depend on it.
    **options
        Of the method, such as ``beams=4``; ``earwitness methods NAME`` lists them.

    Raises
    ------
    AssetError
        The model's files are missing or are not what they should be.
    OptionError
        There is no such method, preset or option.
    MissingExtraError
        A method, encoder or language model needs torch, which is not installed.

    Examples
    --------
    >>> import earwitness
    >>> earwitness.load().encoder.name
    'tags'
    >>> earwitness.load(preset="wsac", temperature=0.02).method.options.bridge
    'projection'
    """
    settings = resolve(method, preset, model, options, memory=memory is not None)
    named = {"model": model, "encoder": encoder, "lm": lm, "classifier": classifier}
    check_needs(settings.needs, {part for part, name in named.items() if name is not None})
    if model is None:
        model = next((n.file for n in settings.needs if n.part == "model"), None)
    judge = _classifier(classifier or settings.classifier or None)
    parts = Parts(settings, model, encoder, lm, judge, device, dtype, explain, memory)
    listening, writer = METHODS[settings.method](parts)
    return Captioner(listening, writer, workers, parts.classifier, _confidence(parts, listening))


@dataclass(frozen=True)
class Parts:
    """What a method is built of, by the names that ``load`` was given."""

    settings: Preset
    model: str | Path | None
    encoder: str | AudioTextEncoder | None
    lm: str | None
    classifier: AudibilityClassifier | None
    device: str | None
    dtype: str
    explain: bool
    memory: str | Path | Sequence[str] | None


def _encoder(given: str | AudioTextEncoder, device: str | None) -> AudioTextEncoder:
    return load_encoder(given, device=device) if isinstance(given, str) else given


def _classifier(name: str | None) -> AudibilityClassifier | None:
    if name is None:
        return None
    from earwitness.classifier.embedded import load_classifier

    return load_classifier(name)


def _wsac(parts: Parts) -> tuple[AudioTextEncoder, Method]:
    """The embedded decoder, or that of a folder, with the memory that lies beside it."""
    from earwitness.methods.wsac.decoder import OnnxDecoder
    from earwitness.methods.wsac.method import Wsac

    if parts.lm is not None:
        raise OptionError("the method wsac has a decoder of its own and takes no language model.")
    options = parts.settings.options
    if parts.model is None:
        # by the time that a sound is read they are, too
        prepare(asset("yamnet.onnx"), asset("minilm.onnx"))
    decoder = OnnxDecoder(parts.model or asset("decoder"))
    path = asset(MEMORY) if parts.model is None else decoder.folder / MEMORY
    encoder = _same_space(parts, decoder.encoder)
    memory: Memory | None = None
    if parts.memory is not None:
        memory = _remembered(parts.memory, encoder, options)
    elif options.bridge != "audio":
        memory = _memory(path, decoder.encoder)
    return encoder, Wsac(encoder, decoder, options, memory, background_of(encoder), parts.explain)


def _confidence(parts: Parts, encoder: AudioTextEncoder) -> ConfidenceEstimator | None:
    """What was fitted for the method with these settings and this encoder; None where nothing was."""
    from earwitness.confidence.estimator import ConfidenceEstimator
    from earwitness.confidence.model import ConfidenceModel

    path = Path(parts.model or ASSETS) / CONFIDENCE
    if not path.is_file():
        return None
    fitted = ConfidenceModel.read(path)
    settings = parts.settings
    same = (fitted.method, fitted.encoder) == (settings.method, encoder.name)
    same = same and all(getattr(settings.options, k, None) == v for k, v in fitted.settings.items())
    return ConfidenceEstimator(encoder, fitted) if same else None


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


def _remembered(given: str | Path | Sequence[str], encoder: AudioTextEncoder, options: WsacOptions) -> Memory:
    """A memory of captions that were named for this run alone; embedded once, and kept in the cache."""
    from earwitness.datasets.caption_list import read_captions
    from earwitness.encoders.caption_embeddings import default_folder
    from earwitness.methods.wsac.remembering import remember

    if options.bridge == "audio":
        raise OptionError("the bridge 'audio' uses no memory; set bridge to 'projection' or 'nearest'.")
    if isinstance(given, str | Path):
        repeats = options.legacy_memory
        given = read_captions([Path(given)], keep_repeats=repeats, keep_headers=repeats).captions
    return remember(given, encoder, default_folder(), half=False)


def _same_space(parts: Parts, trained: str) -> AudioTextEncoder:
    """The encoder that the decoder was trained with, which may lie elsewhere now."""
    asked = trained if parts.encoder is None else parts.encoder
    name = asked if isinstance(asked, str) else asked.name
    if name.partition(":")[0] != trained.partition(":")[0]:
        raise OptionError(
            f"this decoder was trained in the space of {trained!r} and cannot read that of {name!r}; "
            f"use --method zeraucap or audibility with {name!r}, or train a decoder for it: earwitness train."
        )
    options = dict(parts.settings.encoder_options)
    if isinstance(asked, str) and name.startswith("wavcaps:"):
        asked = with_options(asked, options)
    return _encoder(asked, parts.device)


def _guided(parts: Parts) -> tuple[AudioTextEncoder, LanguageModel]:
    """The two models that a guided method joins."""
    from earwitness.language import load_language_model

    encoder = _encoder(parts.encoder or parts.settings.encoder, parts.device)
    name = parts.lm or parts.settings.language_model
    return encoder, load_language_model(name, device=parts.device or "cpu", dtype=parts.dtype)


def _zeraucap(parts: Parts) -> tuple[AudioTextEncoder, Method]:
    from earwitness.methods.zeraucap.method import ZerAuCap

    encoder, model = _guided(parts)
    options, background = parts.settings.options, background_of(encoder)
    judge = parts.classifier or (_classifier("embedded") if options.audible or options.heard else None)
    return encoder, ZerAuCap(encoder, model, options, background, classifier=judge, explain=parts.explain)


def _audibility(parts: Parts) -> tuple[AudioTextEncoder, Method]:
    from earwitness.methods.audibility.method import AudibilityGuidance

    encoder, model = _guided(parts)
    judge = parts.classifier or _classifier("embedded")
    options, background = parts.settings.options, background_of(encoder)
    return encoder, AudibilityGuidance(encoder, model, judge, options, background, explain=parts.explain)


METHODS: dict[str, Callable[[Parts], tuple[AudioTextEncoder, Method]]] = {
    "wsac": _wsac,
    "zeraucap": _zeraucap,
    "audibility": _audibility,
}
"""How each method is built: parts -> the encoder that hears, and the method that writes."""
