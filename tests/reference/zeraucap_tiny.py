"""Tiny language models and a tiny CLAP for guided decoding, with weights drawn by name."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.reference import encoders_tiny as tiny

SMALL = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 400}
LANGUAGE = {
    "GPT2": {"n_embd": 32, "n_layer": 2, "n_head": 4, "vocab_size": 400, "n_positions": 2048},
    "OPT": {**SMALL, "ffn_dim": 48, "max_position_embeddings": 2048, "word_embed_proj_dim": 16},
    "Llama": {**SMALL, "num_key_value_heads": 2, "intermediate_size": 48, "max_position_embeddings": 2048},
}


def language_folder(folder: Path, kind: str) -> str:
    """A model of a kind; OPT's tokenizer begins every text with its end mark, as the real one does."""
    import transformers

    tiny.bpe_tokenizer(folder)
    end = transformers.AutoTokenizer.from_pretrained(folder).eos_token_id
    marks = {"bos_token_id": end, "eos_token_id": end}
    config = getattr(transformers, f"{kind}Config")(**LANGUAGE[kind], **marks)
    tiny.fill(transformers.AutoModelForCausalLM.from_config(config)).save_pretrained(folder)
    if kind == "OPT":
        from tokenizers import Tokenizer, processors

        path = str(folder / "tokenizer.json")
        tokens = Tokenizer.from_file(path)
        mark = "<|endoftext|>"
        tokens.post_processor = processors.TemplateProcessing(
            single=f"{mark} $A", special_tokens=[(mark, tokens.token_to_id(mark))]
        )
        tokens.save(path)
    return str(folder)


def clap_folder(folder: Path) -> str:
    """A ClapModel with two layers of text."""
    from transformers import ClapConfig, ClapFeatureExtractor, ClapModel

    audio = {
        "patch_embeds_hidden_size": 8, "hidden_size": 64, "depths": [1, 2, 1, 1],
        "num_attention_heads": [1, 2, 2, 4],
    }  # fmt: skip
    text = {
        "vocab_size": 400, "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4,
        "intermediate_size": 48, "max_position_embeddings": 62,
    }  # fmt: skip
    model = ClapModel(ClapConfig(text_config=text, audio_config=audio, projection_dim=24))
    tiny.fill(model).save_pretrained(folder)
    ClapFeatureExtractor(frequency_min=50, truncation="rand_trunc", padding="repeatpad").save_pretrained(
        folder
    )
    tiny.roberta_tokenizer(folder)
    return str(folder)


def sounds(count: int, dim: int, seed: int = 0) -> np.ndarray:
    """Unit vectors: (count, dim) float32."""
    rows = np.random.default_rng(seed).standard_normal((count, dim))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
