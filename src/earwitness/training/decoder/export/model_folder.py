"""From a training run to a folder that ``earwitness caption --model`` reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from earwitness.common.errors import AssetError, OptionError
from earwitness.encoders.base import AudioTextEncoder, background_of
from earwitness.methods.presets import PAPER
from earwitness.methods.wsac.method import WsacOptions
from earwitness.methods.wsac.remembering import remember
from earwitness.methods.wsac.writing import to_plain
from earwitness.training.decoder.checkpoints import load_trained
from earwitness.training.decoder.corpus.vocabulary import Vocabulary
from earwitness.training.decoder.export.model_card import make_model_card, write_model_card
from earwitness.training.decoder.export.onnx_graphs import export_decoder
from earwitness.training.decoder.model import CaptionDecoder
from earwitness.training.decoder.run_card import read_card


@dataclass(frozen=True)
class Export:
    """What goes into the folder besides the decoder."""

    # captions to remember, for the bridges "nearest" and "projection"
    memory: Sequence[str] = ()
    # how sentences are written; None: see ``usual_writing``
    writing: WsacOptions | None = None
    # weights of this epoch instead of the last; the run must have kept them
    epoch: int | None = None
    # weights and memory as float16: half the size, one rounding
    half: bool = True
    # where embeddings are kept between runs
    cache: Path | None = None


def export_run(
    run: Path,
    out: Path,
    export: Export,
    encoder: AudioTextEncoder | None = None,
    *,
    embedded: Callable[[int, int], None] | None = None,
) -> None:
    """Write a trained decoder and its memory as one folder.

    Parameters
    ----------
    run : Path
        A folder of ``earwitness train``.
    out : Path
        Made if missing; files of the same names are replaced.
    export : Export
    encoder : AudioTextEncoder, optional
        Needed for a memory; the one that the decoder was trained with.
    embedded : callable, optional
        Progress of embedding the memory: done, of how many.

    Raises
    ------
    AssetError
        The run is damaged, or its epoch was not kept.
    OptionError
        The encoder is another one, or a bridge lacks its memory.
    """
    name = str(read_card(run)["encoder"])
    words, model = Vocabulary.load(run), load_trained(run)
    if export.epoch is not None:
        _load_epoch(model, run / f"epoch-{export.epoch:02d}.safetensors")
    writing = export.writing or usual_writing(encoder if export.memory else None)
    if writing.bridge != "audio" and not export.memory:
        raise OptionError(f"the bridge {writing.bridge!r} needs a memory of captions; name a list of them.")
    background = None if encoder is None else background_of(encoder)
    if writing.standardise and background is None:
        raise OptionError(f"matches can only be standardised with a background; {name!r} has none.")
    if export.memory:
        if encoder is None or encoder.name != name:
            found = "none" if encoder is None else repr(encoder.name)
            raise OptionError(f"the memory is made with the run's encoder {name!r}, not with {found}.")
        out.mkdir(parents=True, exist_ok=True)
        remember(export.memory, encoder, export.cache, half=export.half, progress=embedded).write(
            out / "memory.safetensors"
        )
    else:
        (out / "memory.safetensors").unlink(missing_ok=True)
    export_decoder(
        model,
        words.tokenizer,
        name,
        out,
        end=words.end,
        banned=words.banned,
        half=export.half,
        writing=to_plain(writing),
    )
    write_model_card(make_model_card(run, len(export.memory)), out)


def usual_writing(encoder: AudioTextEncoder | None) -> WsacOptions:
    """How a decoder writes unless told otherwise, with the encoder of its memory, or None without a memory.

    As published; from the sound itself where there is no memory. Where the encoder has a background, matches
    are standardised, which names far more sounds (benchmarks/wsac.md).

    >>> from earwitness.encoders.registry import load_encoder
    >>> usual_writing(load_encoder("tags")).standardise, usual_writing(None).bridge
    (True, 'audio')
    """
    if encoder is None:
        return replace(PAPER, bridge="audio")
    if background_of(encoder) is not None:
        return replace(PAPER, standardise=True, temperature=0.5)
    return PAPER


def _load_epoch(model: CaptionDecoder, path: Path) -> None:
    from safetensors.torch import load_file

    try:
        model.load_state_dict(load_file(path))
    except Exception as error:  # safetensors and torch raise types of their own
        raise AssetError(
            f"{path} cannot be read ({error}); train with every epoch kept to export an earlier one."
        ) from error
