"""A pretrained GPT-2 as the decoder, as CapDec has it: ours is the same network, so weights are copied."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from earwitness.common.errors import OptionError
from earwitness.training.decoder.corpus.vocabulary import Vocabulary
from earwitness.training.decoder.model import CaptionDecoder, DecoderConfig


def load_gpt2(
    name: str, dim: int, *, prefix: int, mapper: int, max_tokens: int, dropout: float, seed: int
) -> tuple[DecoderConfig, dict[str, Tensor], Vocabulary]:
    """Sizes, weights and words of a decoder that begins as a pretrained GPT-2.

    Parameters
    ----------
    name : str
        A hub id such as ``gpt2``, or a folder.
    dim : int
        The shared space's dimension.
    prefix, mapper, max_tokens, dropout
        As in ``DecoderConfig``; what leads from the embedding to the prefix begins at random.
    seed : int
        Of that.

    Raises
    ------
    AssetError
        It cannot be loaded.
    OptionError
        It is no GPT-2, or has fewer positions than asked for.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from earwitness.common.extras import require_torch
    from earwitness.encoders.pretrained.hub import load_pretrained

    require_torch("a pretrained decoder")
    theirs = load_pretrained(AutoModelForCausalLM.from_pretrained, name, "the pretrained decoder")
    tokenizer = load_pretrained(AutoTokenizer.from_pretrained, name, "its tokenizer")
    _check(name, theirs.config, prefix + max_tokens)
    words = _words(tokenizer, theirs.config.vocab_size)
    config = DecoderConfig(
        dim=dim,
        prefix=prefix,
        vocab=words.size,
        width=theirs.config.n_embd,
        layers=theirs.config.n_layer,
        heads=theirs.config.n_head,
        max_tokens=max_tokens,
        dropout=dropout,
        mapper=mapper,
    )
    torch.manual_seed(seed)
    return config, convert(theirs.state_dict(), CaptionDecoder(config)), words


def convert(theirs: dict[str, Tensor], model: CaptionDecoder) -> dict[str, Tensor]:
    """GPT-2's weights under our names; what GPT-2 does not have stays the model's own.

    GPT-2 keeps its linear maps transposed. The token of padding, which it lacks, is the mean of all others.
    """
    body = {k.removeprefix("transformer."): v for k, v in theirs.items()}
    ours = dict(model.state_dict())
    table = body["wte.weight"].float()
    extra = model.config.vocab - len(table)
    ours["tokens.weight"] = torch.cat([table, table.mean(0, keepdim=True).expand(extra, -1)])
    ours["positions.weight"] = body["wpe.weight"][: len(ours["positions.weight"])].float()
    for kind in ("weight", "bias"):
        ours[f"norm.{kind}"] = body[f"ln_f.{kind}"].float()
        for layer in range(model.config.layers):
            for mine, name in _LAYER.items():
                value = body[f"h.{layer}.{name}.{kind}"].float()
                turned = kind == "weight" and value.ndim == 2
                ours[f"blocks.{layer}.{mine}.{kind}"] = value.T.contiguous() if turned else value
    return ours


_LAYER = {
    "norm1": "ln_1",
    "attention.qkv": "attn.c_attn",
    "attention.out": "attn.c_proj",
    "norm2": "ln_2",
    "up": "mlp.c_fc",
    "down": "mlp.c_proj",
}


def _check(name: str, config: Any, positions: int) -> None:
    if config.model_type != "gpt2":
        raise OptionError(f"a pretrained decoder is a GPT-2; {name} is a {config.model_type}.")
    usual = config.n_inner in (None, 4 * config.n_embd) and config.activation_function == "gelu_new"
    if not usual or config.scale_attn_by_inverse_layer_idx or not config.scale_attn_weights:
        raise OptionError(f"{name} differs from GPT-2 in its layers; it cannot be used as a decoder.")
    if positions > config.n_positions:
        raise OptionError(
            f"{name} has {config.n_positions} positions, prefix and tokens need {positions}; ask for fewer."
        )


def _words(tokenizer: Any, size: int) -> Vocabulary:
    """GPT-2's words and, behind them, a token of padding."""
    end = tokenizer.eos_token_id
    return Vocabulary(tokenizer.backend_tokenizer, size + 1, pad=size, end=end, banned=(size,))
