"""Write the golden outputs under tests/data/encoders, by the plain ways; arguments: their names."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file
from transformers import AutoTokenizer

TESTS = Path(__file__).resolve().parents[1]


tiny = import_module("tests.reference.encoders_tiny")


def clap() -> dict[str, np.ndarray]:
    """Both kinds, two seconds of sound and five texts."""
    test, plain, out = (
        import_module("tests.encoders.pretrained.test_clap"),
        import_module("tests.reference.encoders_clap"),
        {},
    )
    for kind in ("unfused", "fused"):
        folder = test.make(Path(tempfile.mkdtemp()), kind == "fused")
        out[f"{kind}.audio"] = plain.embed_audio(folder, tiny.noise(48000, 2.0), 48000)[None]
        out[f"{kind}.text"] = np.stack([plain.embed_text(folder, text, 60) for text in tiny.TEXTS])
    return out


def wavcaps() -> dict[str, np.ndarray]:
    """Both audio towers."""
    test, out = import_module("tests.encoders.pretrained.test_wavcaps"), {}
    for kind in ("htsat", "cnn14"):
        folder = Path(tempfile.mkdtemp())
        tokens = AutoTokenizer.from_pretrained(tiny.bert_tokenizer(folder))
        out[f"{kind}.audio"] = test.plain_audio(kind, tiny.noise(32000, 2.0))[None]
        out[f"{kind}.text"] = np.stack(
            [test.plain_text(kind, tokens(text)["input_ids"]) for text in tiny.TEXTS]
        )
    return out


def msclap() -> dict[str, np.ndarray]:
    """A sound and the texts."""
    test = import_module("tests.encoders.pretrained.test_msclap")
    tokens = AutoTokenizer.from_pretrained(tiny.bpe_tokenizer(Path(tempfile.mkdtemp())))
    rows = [[*tokens(f"{text} ")["input_ids"], tokens.eos_token_id] for text in tiny.TEXTS]
    text = np.stack([test.plain_text(ids) for ids in rows])
    return {"audio": test.plain_audio(tiny.noise(44100, 2.0))[None], "text": text}


def imagebind() -> dict[str, np.ndarray]:
    """A sound and the texts."""
    test, plain = (
        import_module("tests.encoders.pretrained.test_imagebind"),
        import_module("tests.reference.encoders_imagebind"),
    )
    file, w = Path(tempfile.mkdtemp()) / "bpe.txt.gz", test.weights()
    plain.write_merges(file, test.MERGES.split("|"))
    with torch.no_grad():
        text = np.stack([plain.embed_text(w, plain.tokens(file, text), 2) for text in tiny.TEXTS])
        return {"audio": plain.embed_audio(w, tiny.noise(16000, 5.0), 2)[None], "text": text}


def pe_audio() -> dict[str, np.ndarray]:
    """A sound and the texts."""
    test, plain = (
        import_module("tests.encoders.pretrained.test_pe_audio"),
        import_module("tests.reference.encoders_pe_audio"),
    )
    folder, sound = test.make(Path(tempfile.mkdtemp())), tiny.noise(48000, 2.0)
    pairs = [plain.embed(folder, sound, text, 40) for text in tiny.TEXTS]
    return {"audio": pairs[0][0][None], "text": np.stack([text for _, text in pairs])}


if __name__ == "__main__":
    for name in sys.argv[1:]:
        make: Callable[[], dict[str, np.ndarray]] = globals()[name]
        save_file(make(), TESTS / "data/encoders" / f"{name}.safetensors")
