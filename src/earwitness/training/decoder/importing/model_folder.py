"""A checkpoint of the published WSAC program as a folder that ``earwitness caption --model`` reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from earwitness.common.errors import AssetError, OptionError
from earwitness.encoders.base import AudioTextEncoder
from earwitness.methods.presets import PAPER
from earwitness.methods.wsac.memory import Memory
from earwitness.methods.wsac.writing import to_plain
from earwitness.training.decoder.corpus.vocabulary import Vocabulary, make_vocabulary
from earwitness.training.decoder.export.onnx_graphs import export_decoder
from earwitness.training.decoder.importing.wsac_checkpoint import read_checkpoint

if TYPE_CHECKING:
    from earwitness.methods.wsac.method import WsacOptions


@dataclass(frozen=True)
class Import:
    """What is made of a checkpoint."""

    # the name of the encoder that it was trained with, such as wavcaps:cnn14-bert.pt
    encoder: str
    # how sentences are written; None: as the paper says, from the sound itself where there is no memory
    writing: WsacOptions | None = None
    # attention heads, which the weights do not tell
    heads: int = 4
    # a tokenizer.json or a folder of one; None: BERT's uncased words, which the published encoder has
    tokenizer: Path | None = None
    # weights as float16: half the size, one rounding
    half: bool = False


def import_wsac(checkpoint: Path, out: Path, options: Import, memory: Memory | None = None) -> None:
    """Write a checkpoint, and a memory if there is one, as one folder.

    Parameters
    ----------
    checkpoint : Path
        ``epoch-N.pt``, read weights only.
    out : Path
        Made if missing; files of the same names are replaced.
    options : Import
    memory : Memory, optional
        In the encoder's space.

    Raises
    ------
    AssetError
        It is no such checkpoint.
    OptionError
        The memory is of another space, or the bridge needs one.
    """
    found = read_checkpoint(checkpoint.expanduser(), options.heads)
    writing = options.writing or (PAPER if memory else replace(PAPER, bridge="audio"))
    if writing.bridge != "audio" and memory is None:
        raise OptionError(f"the bridge {writing.bridge!r} needs a memory of captions; name a list of them.")
    if memory is not None and memory.dim != found.config.dim:
        raise OptionError(
            f"the memory's embeddings have {memory.dim} numbers, those that the decoder reads "
            f"{found.config.dim}; name the encoder that it was trained with."
        )
    words = _words(options.tokenizer)
    export_decoder(
        found.model(),
        words.tokenizer,
        options.encoder,
        out,
        end=words.end,
        banned=words.banned,
        half=options.half,
        writing=to_plain(writing),
    )
    path = out / "memory.safetensors"
    if memory is None:
        path.unlink(missing_ok=True)
    else:
        memory.write(path)


def check_space(checkpoint: Path, encoder: AudioTextEncoder, heads: int) -> None:
    """OptionError where a checkpoint was trained in a space of another dimension, before much is embedded."""
    dim = read_checkpoint(checkpoint.expanduser(), heads).config.dim
    if dim != encoder.dim:
        raise OptionError(
            f"{checkpoint} reads embeddings of {dim} numbers, {encoder.name} makes {encoder.dim}; name the "
            "encoder that it was trained with."
        )


def _words(given: Path | None) -> Vocabulary:
    """BERT's words, those of the project or of a tokenizer that was named."""
    words = make_vocabulary("wordpiece", ())
    if given is None:
        return words
    from tokenizers import Tokenizer

    path = given / "tokenizer.json" if given.is_dir() else given
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises plain Exception
        raise AssetError(f"{path} is no tokenizer ({error}); give a tokenizer.json or its folder.") from error
    tokenizer.no_padding()
    tokenizer.no_truncation()
    found = (tokenizer.token_to_id(mark) for mark in ("[PAD]", "[UNK]", "[CLS]", "[SEP]"))
    marks = [int(token) for token in found if token is not None]
    if len(marks) != 4:
        raise AssetError(f"{path} is not BERT's: it lacks one of [PAD], [UNK], [CLS] and [SEP].")
    pad, unknown, start, end = marks
    return Vocabulary(tokenizer, tokenizer.get_vocab_size(), pad, end, (pad, unknown), start)


def import_gap(pickled: Path, out: Path, encoder: str) -> int:
    """A pickled modality gap as the shift that ``earwitness train --shift`` takes; returns its dimension.

    Raises
    ------
    AssetError
        It is not one pickled vector.
    """
    from earwitness.training.decoder.corpus.gap import write_shift
    from earwitness.training.decoder.importing.pickled_tensor import read_pickled_tensor

    vector = read_pickled_tensor(pickled.expanduser())
    if vector.size != max(vector.shape, default=0) or vector.size < 2:
        raise AssetError(f"{pickled} holds a tensor of shape {vector.shape}; a modality gap is one vector.")
    out.parent.mkdir(parents=True, exist_ok=True)
    write_shift(vector.ravel(), encoder, out)
    return int(vector.size)


def captions_of(files: Sequence[Path], *, published: bool) -> tuple[str, ...]:
    """The captions of a memory; as published with repeated ones and the headers left among them."""
    from earwitness.datasets.caption_list import read_captions

    return read_captions(files, keep_repeats=published, keep_headers=published).captions
