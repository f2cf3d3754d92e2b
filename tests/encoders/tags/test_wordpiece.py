"""Tokens are those that the library ``tokenizers`` makes of the same file."""

from __future__ import annotations

import csv
import json
import random
import sys
import unicodedata
from pathlib import Path

import pytest

from earwitness.common.errors import AssetError
from earwitness.encoders.runtime import asset
from earwitness.encoders.tags.wordpiece import WordPiece

tokenizers = pytest.importorskip("tokenizers")
FILE = asset("minilm-tokenizer.json")
ODD = (
    *["é", "ß", "Σ", "İ", "ﬁ", "漢", "か", "\u200b", "\t", "\n", "\u3000", "👍", "🏽", "́", "한", "ά", "½", "№", "™", "—", "«", "…", "ʼ", "\x00", "\x7f", "�", "\u0378"],
    "[SEP]", "[CLS]", "[MASK]", "[PAD]", "[unk]", "[", "##s", "dog", "ing", "x" * 101, " ",
)  # fmt: skip


@pytest.fixture(scope="module")
def ours() -> WordPiece:
    return WordPiece(FILE, 128)


@pytest.fixture(scope="module")
def library() -> tokenizers.Tokenizer:
    made = tokenizers.Tokenizer.from_file(str(FILE))
    made.no_padding()
    made.enable_truncation(128)
    return made


def test_captions_have_the_librarys_tokens(
    ours: WordPiece, library: tokenizers.Tokenizer, shared: Path
) -> None:
    for table in ("audiocaps/val.csv", "clotho/test.csv"):
        with (shared / "data" / table).open(encoding="utf-8", newline="") as file:
            texts = [text for row in csv.DictReader(file) for text in row.values() if text]
        assert [ours.ids(text) for text in texts] == [e.ids for e in library.encode_batch(texts)]


def test_whatever_is_typed_has_the_librarys_tokens(ours: WordPiece, library: tokenizers.Tokenizer) -> None:
    rng = random.Random(0)
    pool = [*(chr(c) for c in range(32, 127)), *ODD, *ODD]
    texts = ["", " ", *("".join(rng.choices(pool, k=rng.randrange(120))) for _ in range(2000))]
    assert [ours.ids(text) for text in texts] == [e.ids for e in library.encode_batch(texts)]


def test_every_character_is_the_librarys_but_for_the_newest(
    ours: WordPiece, library: tokenizers.Tokenizer
) -> None:
    """The library's own tables are of an older Unicode: it takes the marks that came later for letters."""
    characters = [chr(c) for c in range(1, 0x20000) if not 0xD800 <= c < 0xE000]
    texts = [f"a{c}b {c}" for c in characters]
    differ = [
        c
        for c, text, e in zip(characters, texts, library.encode_batch(texts), strict=True)
        if ours.ids(text) != e.ids
    ]
    assert len(differ) < 700
    assert all(ord(c) > 0x600 for c in differ)  # no letter or mark of a European script
    assert {unicodedata.category(c)[0] for c in differ} <= set("MPCSLN") and sys.maxunicode > 0xFFFF


def test_what_is_no_such_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text(json.dumps({"model": {"vocab": {}}}))
    for path in (tmp_path / "tokenizer.json", tmp_path / "none.json"):
        with pytest.raises(AssetError, match="is no tokenizer of BERT's kind"):
            WordPiece(path, 128)
