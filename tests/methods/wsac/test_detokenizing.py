"""Words are those that the library ``tokenizers`` makes of the same tokens."""

from __future__ import annotations

import builtins
import json
import random
from pathlib import Path
from typing import Any

import pytest

from earwitness.common.errors import AssetError, MissingExtraError
from earwitness.encoders.runtime import asset
from earwitness.methods.wsac.detokenizing import Detokenizer

tokenizers = pytest.importorskip("tokenizers")


@pytest.mark.parametrize("name", ["decoder/tokenizer.json", "minilm-tokenizer.json"])
@pytest.mark.parametrize("special", [False, True])
def test_any_tokens_are_the_librarys_words(name: str, special: bool) -> None:
    ours, library = Detokenizer(asset(name)), tokenizers.Tokenizer.from_file(str(asset(name)))
    rng, size = random.Random(1), library.get_vocab_size()
    # apostrophes, points and short forms among them, which are put together in ways of their own
    often = [t for w in ("'", ".", ",", "?", "s", "re", "do", "not", "##s") if (t := library.token_to_id(w))]
    for _ in range(500):
        tokens = [rng.randrange(size) if rng.random() < 0.7 else rng.choice(often) for _ in range(12)]
        assert (
            ours.text(tokens, special=special)
            == library.decode(tokens, skip_special_tokens=not special).strip()
        )
    assert ours.text([]) == "" and ours.text([10**6]) == ""


def bytewise(path: Path) -> Any:
    made = tokenizers.Tokenizer(tokenizers.models.BPE(unk_token="[UNK]"))
    made.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    made.decoder = tokenizers.decoders.ByteLevel()
    trainer = tokenizers.trainers.BpeTrainer(vocab_size=300, special_tokens=["[UNK]"], show_progress=False)
    made.train_from_iterator(["a dog barks", "rain falls"], trainer)
    made.save(str(path))
    return made


def test_another_kind_is_left_to_the_library(tmp_path: Path) -> None:
    made = bytewise(tmp_path / "tokenizer.json")
    assert Detokenizer(tmp_path / "tokenizer.json").text(made.encode("a dog barks").ids) == "a dog barks"


def test_without_the_library_its_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bytewise(tmp_path / "tokenizer.json")
    plain = builtins.__import__

    def absent(name: str, *rest: Any, **named: Any) -> Any:
        if name == "tokenizers":
            raise ImportError(name)
        return plain(name, *rest, **named)

    monkeypatch.setattr(builtins, "__import__", absent)
    with pytest.raises(MissingExtraError, match="needs tokenizers, which is not installed"):
        Detokenizer(tmp_path / "tokenizer.json")
    assert Detokenizer(asset("decoder/tokenizer.json")).text([12]) == "a"


def test_what_is_no_tokenizer_is_said(tmp_path: Path) -> None:
    path = tmp_path / "tokenizer.json"
    for text in ("{", json.dumps({"decoder": None}), "[]"):
        path.write_text(text)
        with pytest.raises(AssetError, match="is no tokenizer"):
            Detokenizer(path)
