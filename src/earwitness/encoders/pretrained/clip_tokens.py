"""CLIP's tokens, from the one file that OpenAI published or from a tokenizer folder of transformers."""

from __future__ import annotations

import gzip
import html
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earwitness.common.errors import AssetError
from earwitness.encoders.pretrained.hub import first_line
from earwitness.encoders.pretrained.tokenizing import load_tokenizer

MERGES = 49152 - 256 - 2  # of the lines in the file, those that CLIP was trained with
FILE = "bpe_simple_vocab_16e6.txt.gz"
HUB_ID = "openai/clip-vit-base-patch32"
WORDS = r"<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"


@dataclass(frozen=True)
class ClipTokens:
    """How texts become tokens: without special ones, and the two that stand around them."""

    encode: Callable[[list[str]], list[list[int]]]
    start: int
    end: int


def load_clip_tokens(given: str | None, checkpoint: Path) -> ClipTokens:
    """Load CLIP's tokenizer.

    Parameters
    ----------
    given : str or None
        The file bpe_simple_vocab_16e6.txt.gz, a tokenizer's folder, or a hub id, if asked for.
    checkpoint : Path
        The model's file: the same are looked for beside it next, and on the hub or in its cache last.

    Raises
    ------
    AssetError
        It is in none of these places, or the file is not that file.
    """
    file = Path(given) if given else checkpoint.parent / FILE
    if file.is_file():
        return _from_file(file)
    tokens = load_tokenizer(given, checkpoint, HUB_ID)
    return ClipTokens(
        lambda texts: tokens([_clean(t) for t in texts], add_special_tokens=False)["input_ids"],
        int(tokens.bos_token_id),
        int(tokens.eos_token_id),
    )


def _from_file(file: Path) -> ClipTokens:
    merges = _merges(file)
    letters = _letters()
    names = [*letters, *(f"{x}</w>" for x in letters), *("".join(pair) for pair in merges)]
    tokens = _bpe({name: i for i, name in enumerate(names)}, merges)

    def encode(texts: list[str]) -> list[list[int]]:
        return [encoding.ids for encoding in tokens.encode_batch([_clean(text) for text in texts])]

    return ClipTokens(encode, start=len(names), end=len(names) + 1)


def _merges(file: Path) -> list[tuple[str, str]]:
    try:
        raw = file.read_bytes()
        lines = (gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw).decode("utf-8").splitlines()
        pairs = [line.split() for line in lines[1 : MERGES + 1] if line.strip()]
        return [(first, second) for first, second in pairs]
    except (OSError, EOFError, UnicodeDecodeError, ValueError) as error:
        raise AssetError(
            f"{file} is not CLIP's table of merges {FILE} ({first_line(error)}); download it again."
        ) from error


def _letters() -> list[str]:
    """The 256 bytes as letters, in the order of their tokens: printable ones first, by code point."""
    from tokenizers import pre_tokenizers

    return sorted(pre_tokenizers.ByteLevel.alphabet())


def _bpe(vocabulary: dict[str, int], merges: list[tuple[str, str]]) -> Any:
    from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

    tokens = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, end_of_word_suffix="</w>"))
    tokens.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    words = pre_tokenizers.Split(Regex(WORDS), behavior="removed", invert=True)
    tokens.pre_tokenizer = pre_tokenizers.Sequence(
        [words, pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    )
    return tokens


def _clean(text: str) -> str:
    """As CLIP's tokenizer does before it begins.

    >>> _clean(" salt &amp;amp;  pepper ")
    'salt & pepper'
    """
    return " ".join(html.unescape(html.unescape(text)).split())
