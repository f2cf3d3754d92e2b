"""A tiny DistilBERT in a folder, as the recipe of audibility guidance begins with or as anybody's classifier."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
WORDS = (
    *("audio", "of", "a", "the", "red", "car", "dog", "barks", "rings", "bell", "horn", "chair", "is"),
    *("blue", "loud", "rain", "falls", "on", "roof", "parked", "it"),
)


def save_distilbert(folder: Path, labels: dict[int, str] | None = None, **config: Any) -> Path:
    """Write a seeded DistilBERT and its tokenizer; with labels a classifier, without the bare model."""
    from transformers import (
        DistilBertConfig,
        DistilBertForSequenceClassification,
        DistilBertModel,
        PreTrainedTokenizerFast,
    )

    vocabulary = {word: i for i, word in enumerate([*SPECIAL, *WORDS])}
    tokens = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokens.normalizer = normalizers.Lowercase()
    tokens.pre_tokenizer = pre_tokenizers.Whitespace()
    tokens.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    names = dict(
        zip(("pad_token", "unk_token", "cls_token", "sep_token", "mask_token"), SPECIAL, strict=True)
    )
    PreTrainedTokenizerFast(tokenizer_object=tokens, model_max_length=16, **names).save_pretrained(folder)
    sizes = {"dim": 32, "hidden_dim": 64, "n_layers": 1, "n_heads": 2, "max_position_embeddings": 16}
    if labels:
        config |= {"id2label": labels, "label2id": {name: i for i, name in labels.items()}}
    torch.manual_seed(5)
    options = DistilBertConfig(vocab_size=len(vocabulary), **sizes, **config)
    model = (DistilBertForSequenceClassification if labels else DistilBertModel)(options)
    with torch.no_grad():  # the usual first weights are so small that every sentence would be judged alike
        for weight in model.parameters():
            if labels and weight.dim() > 1:
                weight.mul_(10)
    model.save_pretrained(folder)
    return folder
