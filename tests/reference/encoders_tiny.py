"""Tiny models of the true architectures: tokenizers, weights drawn by name, sounds."""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

SENTENCES = [
    "a dog barks while birds sing",
    "rain falls on a tin roof and thunder rumbles in the distance",
    "a man speaks as a car passes by",
    "water is running and dishes clatter",
    "an engine idles, then revs",
    "This is a sound of rainbow and a raining day",
]
TEXTS = ["a dog barks", "rain", "rain falls on a tin roof", "an engine idles, then revs!", "a dog barks"]


def weight(name: str, shape: tuple[int, ...]) -> torch.Tensor:
    """A weight drawn by its name alone: the same on any machine, in any order."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    draw = torch.from_numpy(rng.standard_normal(shape).astype(np.float32))
    if name.endswith("running_var"):
        return draw.abs() + 0.5
    if len(shape) < 2:
        return 0.1 * draw + (1.0 if name.endswith("weight") else 0.0)
    if "embed" in name or "wte" in name or "wpe" in name or "bias_table" in name:
        return 0.5 * draw
    return draw / float(np.prod(shape[1:])) ** 0.5


def fill(module: torch.nn.Module) -> torch.nn.Module:
    """Draw every float parameter and buffer of a module by its name."""
    state = module.state_dict()
    drawn = {k: weight(k, tuple(v.shape)) for k, v in state.items() if v.is_floating_point()}
    module.load_state_dict({**state, **drawn})
    return module.eval()


def noise(rate: int, seconds: float, seed: int = 0) -> np.ndarray:
    """Noise with a tone in it: (n,) float32."""
    n = round(rate * seconds)
    rng = np.random.default_rng(seed)
    tone = 0.3 * np.sin(2 * np.pi * 440 * (seed + 1) * np.arange(n) / rate)
    return (tone + 0.1 * rng.standard_normal(n)).clip(-1, 1).astype(np.float32)


def bpe_tokenizer(
    folder: Path, special: tuple[str, ...] = (), template: bool = False, sentences: list[str] = SENTENCES
) -> Path:
    """A byte-level BPE tokenizer like GPT-2's ("!" is token 0), or RoBERTa's with a template."""
    from transformers import PreTrainedTokenizerFast

    tokens = Tokenizer(models.BPE())
    tokens.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokens.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    size = 360 if sentences is SENTENCES else 4000
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, special_tokens=list(special))
    tokens.train_from_iterator(sentences, trainer)
    if template:
        start, end = (s for s in special if s in ("<s>", "</s>"))
        tokens.post_processor = processors.TemplateProcessing(
            single=f"{start} $A {end}", special_tokens=[(s, tokens.token_to_id(s)) for s in (start, end)]
        )
    roles = {"pad_token": "<pad>", "bos_token": "<s>", "eos_token": "</s>"} if template else {}
    most = 60 if template else 1024
    fast = PreTrainedTokenizerFast(tokenizer_object=tokens, model_max_length=most, **roles)
    if not template:
        fast.add_special_tokens({"bos_token": "<|endoftext|>", "eos_token": "<|endoftext|>"})
    fast.save_pretrained(folder)
    return folder


def roberta_tokenizer(folder: Path, sentences: list[str] = SENTENCES) -> Path:
    """RoBERTa's special tokens at their true ids 0 to 3."""
    return bpe_tokenizer(folder, ("<s>", "<pad>", "</s>", "<unk>"), template=True, sentences=sentences)


def bert_tokenizer(folder: Path, sentences: list[str] = SENTENCES) -> Path:
    """A lower-casing WordPiece tokenizer with BERT's special tokens."""
    from transformers import PreTrainedTokenizerFast

    letters = sorted(set("".join(SENTENCES).lower()) - {" "})
    words = sorted({word.strip(",") for sentence in sentences for word in sentence.lower().split()})
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    pieces = [*special, *letters, *(f"##{x}" for x in (*letters, "ing", "bow", "s")), *words]
    vocabulary = {piece: i for i, piece in enumerate(dict.fromkeys(pieces))}
    tokens = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokens.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokens.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokens.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[(s, tokens.token_to_id(s)) for s in ("[CLS]", "[SEP]")]
    )
    roles = {"pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]", "unk_token": "[UNK]"}
    PreTrainedTokenizerFast(tokenizer_object=tokens, model_max_length=512, **roles).save_pretrained(folder)
    return folder
