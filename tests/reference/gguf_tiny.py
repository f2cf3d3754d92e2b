"""Tiny models as GGUF files: a Llama with GPT-2's bytes, and a Gemma 3 with pieces of SentencePiece."""

from __future__ import annotations

from pathlib import Path

import gguf
import numpy as np

WIDTH, HEADS, INNER, TOKENS = 32, 2, 64, 260
WINDOW = 16  # tokens back that the Gemma's layers look
BOS = 2  # of the Gemma


def write_llama(path: Path, *, exact: bool = False) -> None:
    """A Llama of one layer; ``exact`` for weights that bfloat16 holds."""
    from tokenizers import pre_tokenizers

    alphabet = [*sorted(pre_tokenizers.ByteLevel.alphabet()), "do", "dog", "<|start|>", "<|end|>"]
    writer = gguf.GGUFWriter(path, "llama")
    _sizes(writer, layers=1)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(TOKENS)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(alphabet)
    writer.add_token_types([1] * 258 + [3, 3])
    writer.add_token_merges(["d o", "do g"])
    writer.add_bos_token_id(258)
    writer.add_eos_token_id(259)
    shapes = {
        "token_embd": (TOKENS, WIDTH), "output_norm": (WIDTH,), "output": (TOKENS, WIDTH),
        "blk.0.attn_norm": (WIDTH,), "blk.0.ffn_norm": (WIDTH,),
        **{f"blk.0.attn_{x}": (WIDTH, WIDTH) for x in ("q", "k", "v", "output")},
        "blk.0.ffn_gate": (INNER, WIDTH), "blk.0.ffn_up": (INNER, WIDTH), "blk.0.ffn_down": (WIDTH, INNER),
    }  # fmt: skip
    _finish(writer, shapes, exact=exact)


def write_gemma3(path: Path, *, packed: bool = False) -> None:
    """A Gemma 3 of two layers, whose embeddings are also its output, as the real one's.

    ``packed`` for matrices of eight bits a weight, in blocks that share a factor.
    """
    letters = [chr(c) for c in range(97, 123)]
    special = ["<pad>", "<eos>", "<bos>", "<unk>"]
    pieces = [*special, *(f"<0x{b:02X}>" for b in range(256)), "▁", *letters, ".", "do", "dog", "▁dog"]
    writer = gguf.GGUFWriter(path, "gemma3")
    _sizes(writer, layers=2)
    writer.add_key_length(16)
    writer.add_value_length(16)
    writer.add_sliding_window(WINDOW)
    writer.add_tokenizer_model("llama")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(pieces)
    writer.add_token_scores([-1000.0] * 260 + [-float(i) for i in range(len(pieces) - 260)])
    writer.add_token_types([3] * 4 + [6] * 256 + [1] * (len(pieces) - 260))
    writer.add_bos_token_id(BOS)
    writer.add_eos_token_id(1)
    writer.add_unk_token_id(3)
    writer.add_pad_token_id(0)
    writer.add_add_bos_token(True)
    writer.add_add_space_prefix(False)
    shapes: dict[str, tuple[int, ...]] = {"token_embd": (len(pieces), WIDTH), "output_norm": (WIDTH,)}
    for i in range(2):
        norms = {"attn_norm": WIDTH, "post_attention_norm": WIDTH, "ffn_norm": WIDTH, "post_ffw_norm": WIDTH}
        norms |= {"attn_q_norm": 16, "attn_k_norm": 16}
        shapes |= {f"blk.{i}.{name}": (size,) for name, size in norms.items()}
        shapes |= {f"blk.{i}.attn_q": (32, WIDTH), f"blk.{i}.attn_output": (WIDTH, 32)}
        shapes |= {f"blk.{i}.attn_k": (16, WIDTH), f"blk.{i}.attn_v": (16, WIDTH)}
        shapes |= {f"blk.{i}.ffn_gate": (INNER, WIDTH), f"blk.{i}.ffn_up": (INNER, WIDTH)}
        shapes |= {f"blk.{i}.ffn_down": (WIDTH, INNER)}
    _finish(writer, shapes, heads_kv=1, packed=packed)


def _sizes(writer: gguf.GGUFWriter, layers: int) -> None:
    writer.add_context_length(64)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(INNER)
    writer.add_head_count(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)


def _finish(
    writer: gguf.GGUFWriter,
    shapes: dict[str, tuple[int, ...]],
    *,
    exact: bool = False,
    packed: bool = False,
    heads_kv: int = HEADS,
) -> None:
    rng = np.random.default_rng(0)
    writer.add_head_count_kv(heads_kv)
    for name, shape in shapes.items():
        weights = 0.3 * rng.standard_normal(shape).astype(np.float32)
        if exact:  # what is left when the lower half of a float32's bits is cut off
            weights = (weights.view(np.uint32) & np.uint32(0xFFFF0000)).view(np.float32)
        if packed and weights.ndim == 2:
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(f"{name}.weight", gguf.quants.quantize(weights, kind), raw_dtype=kind)
        else:
            writer.add_tensor(f"{name}.weight", weights)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
