"""``epoch-N.pt`` of the published WSAC program: the weights of its decoder, under our names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from earwitness.common.errors import AssetError
from earwitness.encoders.pretrained.checkpoints import read_weights
from earwitness.training.decoder.gpt2 import convert
from earwitness.training.decoder.model import CaptionDecoder, DecoderConfig

WHAT = "a decoder of the published WSAC program (epoch-N.pt)"
BODY = "decoder.transformer."
# its evaluation asks for the second name, its training writes the first
FRONT = re.compile(r"^(?:clap|clip)_project\.(?:model\.0\.)?(weight|bias)$")
# masks that the transformers of the time kept among the weights
MASKS = re.compile(r"\.attn\.(?:bias|masked_bias)$")
HEAD = "decoder.lm_head.weight"
Weights = dict[str, Tensor]
TRAINED_TOKENS = 22  # what the published dataset cuts captions to


@dataclass(frozen=True, eq=False)
class PublishedDecoder:
    """Sizes and weights of a checkpoint, as ``CaptionDecoder`` takes them."""

    config: DecoderConfig
    weights: dict[str, Tensor]

    def model(self) -> CaptionDecoder:
        """The decoder, ready to write."""
        model = CaptionDecoder(self.config)
        model.load_state_dict(self.weights)
        return model.eval()


def read_checkpoint(path: Path, heads: int = 4) -> PublishedDecoder:
    """Read a checkpoint, weights only.

    Parameters
    ----------
    path : Path
        The table of weights that the published ``train.py`` writes after an epoch.
    heads : int
        Attention heads, which the weights do not tell; the published configuration has four.

    Raises
    ------
    AssetError
        It is no such file, or has weights that the published decoder does not have.
    """
    table = read_weights(path, WHAT)
    front = {m.group(1): v for k, v in table.items() if (m := FRONT.match(k))}
    body = {k: v for k, v in table.items() if k.startswith(BODY) and not MASKS.search(k)}
    if set(front) != {"weight", "bias"} or f"{BODY}wte.weight" not in body:
        raise AssetError(
            f"{path} is not {WHAT}: expected clap_project.model.0.weight and {BODY}wte.weight, found "
            f"{', '.join(sorted(table)[:3])} and {max(0, len(table) - 3)} more."
        )
    words = body[f"{BODY}wte.weight"]
    head = table.get(HEAD, words)
    if head.shape != words.shape or not torch.equal(head, words):
        raise AssetError(f"{path}: the output layer {HEAD} is not the table of words, as it is in {WHAT}.")
    config = _sizes(path, front["weight"], body, heads)
    try:
        weights = convert({k.removeprefix(BODY): v for k, v in body.items()}, CaptionDecoder(config))
    except (KeyError, RuntimeError) as error:
        raise AssetError(f"{path} is not {WHAT}: a weight is missing or misshapen ({error}).") from error
    weights |= {f"project.{kind}": front[kind].float() for kind in ("weight", "bias")}
    _check(path, table, body, weights, CaptionDecoder(config))
    return PublishedDecoder(config, weights)


def _sizes(path: Path, front: Tensor, body: dict[str, Tensor], heads: int) -> DecoderConfig:
    vocabulary, width = body[f"{BODY}wte.weight"].shape
    layers = 1 + max((int(m.group(1)) for k in body if (m := re.match(rf"{BODY}h\.(\d+)\.", k))), default=-1)
    places = body.get(f"{BODY}wpe.weight")
    if places is None or not layers or front.ndim != 2 or front.shape[0] != width:
        raise AssetError(
            f"{path} is not {WHAT}: its linear layer in front is of shape {tuple(front.shape)}, its words "
            f"are of {width} numbers, and it has {layers} layers."
        )
    if width % heads:
        raise AssetError(f"{path}: a width of {width} is no multiple of {heads} heads; say how many it has.")
    return DecoderConfig(
        dim=front.shape[1],
        prefix=1,
        vocab=vocabulary,
        width=width,
        layers=layers,
        heads=heads,
        max_tokens=min(TRAINED_TOKENS, len(places) - 1),
        positions=len(places),
    )


def _check(path: Path, table: Weights, body: Weights, weights: Weights, model: CaptionDecoder) -> None:
    """Every weight of ours is there in its shape, and no weight of theirs is left over."""
    wrong = [k for k, v in model.state_dict().items() if weights[k].shape != v.shape]
    if wrong:
        raise AssetError(f"{path} is not {WHAT}: {', '.join(wrong[:3])} are of another shape.")
    per_layer = sum(k.startswith(f"{BODY}h.0.") for k in body)
    known = 4 + per_layer * model.config.layers  # words, places, and the last norm's two
    left = [k for k in table if k not in body and not FRONT.match(k) and k != HEAD and not MASKS.search(k)]
    if len(body) != known or per_layer != 12 or left:
        extra = ", ".join(left[:3]) or f"{per_layer} weights in a layer instead of 12"
        raise AssetError(f"{path} is not {WHAT}: it holds {extra}.")
