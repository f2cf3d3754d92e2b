"""A small tokenizer learned from the captions themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any


def learn_tokenizer(captions: Iterable[str], size: int = 3000) -> Any:
    """Byte-pair encoding over lower-case words; tokens 0, 1, 2 are padding, end and unknown."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=["[PAD]", "[END]", "[UNK]"], show_progress=False
    )
    tokenizer.train_from_iterator(captions, trainer)
    return tokenizer
