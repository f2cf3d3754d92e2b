"""What the published WSAC decoder begins with: a GPT-2 as transformers makes it, behind one linear layer.

GPT-2 draws its residual projections narrower, by one over the root of twice its layers, and the linear layer
in front is torch's own. Both are drawn one after the other, so that a program that builds them so after
``torch.manual_seed(seed)`` has the same weights.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from earwitness.common.errors import OptionError
from earwitness.training.decoder.gpt2 import convert
from earwitness.training.decoder.model import CaptionDecoder, DecoderConfig

if TYPE_CHECKING:
    from earwitness.training.decoder.importing.wsac_checkpoint import PublishedDecoder


def published_start(config: DecoderConfig, seed: int) -> dict[str, Tensor]:
    """Random weights as the published program draws them.

    Parameters
    ----------
    config : DecoderConfig
        With one prefix vector and no mapper.
    seed : int
        Of torch's generator, before anything is drawn.

    Raises
    ------
    OptionError
        There is more between embedding and decoder than one linear layer to one vector.
    """
    from transformers import GPT2Config, GPT2LMHeadModel

    if config.prefix != 1 or config.mapper:
        raise OptionError(
            "the published start is of one prefix vector and no mapper; set prefix 1 and mapper 0, or the "
            "option start to 'even'."
        )
    torch.manual_seed(seed)
    sizes: dict[str, Any] = {"n_embd": config.width, "n_layer": config.layers, "n_head": config.heads}
    body = GPT2LMHeadModel(GPT2Config(vocab_size=config.vocab, n_positions=config.places, **sizes))
    front = nn.Linear(config.dim, config.width)
    # what of the shape is GPT-2's is copied, and nothing is left of the weights that it is copied over
    weights = convert(body.state_dict(), CaptionDecoder(config))
    return weights | {"project.weight": front.weight.detach(), "project.bias": front.bias.detach()}


def given_start(path: Path, config: DecoderConfig) -> tuple[DecoderConfig, dict[str, Tensor]]:
    """A run's sizes and weights where it begins with a checkpoint of the published program.

    Parameters
    ----------
    path : Path
        ``epoch-N.pt``.
    config : DecoderConfig
        Of the recipe; sizes that the checkpoint tells come from there, dropout and lengths stay.

    Raises
    ------
    AssetError
        It is no such checkpoint.
    OptionError
        It is of another space.
    """
    from earwitness.training.decoder.importing.wsac_checkpoint import read_checkpoint

    found: PublishedDecoder = read_checkpoint(path, config.heads)
    if found.config.dim != config.dim:
        raise OptionError(
            f"{path} reads embeddings of {found.config.dim} numbers, the encoder makes {config.dim}; train "
            "with the encoder that the checkpoint was trained with."
        )
    kept = replace(found.config, max_tokens=config.max_tokens, dropout=config.dropout)
    return kept, found.weights
