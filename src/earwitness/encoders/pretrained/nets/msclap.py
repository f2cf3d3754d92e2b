"""The two towers of MS-CLAP 2023, each with its projection."""

from __future__ import annotations

import re
from typing import Any

from torch import Tensor, nn
from torch.nn import functional
from transformers import GPT2Config, GPT2Model

from earwitness.encoders.pretrained.checkpoints import Checkpoint
from earwitness.encoders.pretrained.kvcache import Past, fresh_cache, past_of, repeat_rows
from earwitness.encoders.pretrained.layouts import MSCLAP
from earwitness.encoders.pretrained.nets.htsat import htsat_from
from earwitness.encoders.pretrained.nets.towers import TwoTowers


class Projection(nn.Module):
    """Linear, plus the same passed through GELU and another Linear, normalised: (b, wide) -> (b, dim)."""

    def __init__(self, wide: int, dim: int) -> None:
        super().__init__()
        self.linear1 = nn.Linear(wide, dim, bias=False)
        self.linear2 = nn.Linear(dim, dim, bias=False)
        self.layer_norm = nn.LayerNorm(dim)

    def forward(self, x: Tensor) -> Tensor:
        """(b, wide) -> (b, dim)."""
        first = self.linear1(x)
        projected: Tensor = self.layer_norm(first + self.linear2(functional.gelu(first)))
        return projected


class MsClap(TwoTowers):
    """HTSAT, and a GPT-2 that can go on after a past."""

    def embed_tokens(self, ids: Tensor, past: Past = ()) -> Tensor:
        """Tokens (b, n), after a past of one row if given -> (b, dim), by the last hidden state."""
        hidden, _ = self._run(ids, repeat_rows(past, len(ids)))
        embedded: Tensor = self.text_proj(hidden[:, -1])
        return embedded

    def read(self, ids: Tensor) -> Past:
        """What the text tower keeps of the tokens (1, n)."""
        return self._run(ids, ())[1]

    def _run(self, ids: Tensor, past: Past) -> tuple[Tensor, Past]:
        output = self.text(input_ids=ids, past_key_values=fresh_cache(past), use_cache=True)
        return output.last_hidden_state, past_of(output.past_key_values, "msclap")


def msclap_from(checkpoint: Checkpoint, heads: int | None) -> MsClap:
    """Build MS-CLAP 2023 of a whole checkpoint."""
    audio = htsat_from(checkpoint, MSCLAP.audio, MSCLAP.rate, MSCLAP.band, MSCLAP.front)
    text = _gpt2(checkpoint, heads)
    projections = [
        _projection(checkpoint, f"{tower}.projection.") for tower in ("audio_encoder", "caption_encoder")
    ]
    checkpoint.ignore(r"^logit_scale$")  # scales the training loss only
    checkpoint.finish()
    dim = checkpoint.shape("audio_encoder.projection.linear1.weight")[0]
    return MsClap(audio, projections[0], text, projections[1], dim)


def _gpt2(checkpoint: Checkpoint, heads: int | None) -> nn.Module:
    vocabulary, width = checkpoint.shape(MSCLAP.text + "wte.weight")
    config = GPT2Config(
        vocab_size=vocabulary,
        n_positions=checkpoint.shape(MSCLAP.text + "wpe.weight")[0],
        n_embd=width,
        n_layer=checkpoint.count(re.escape(MSCLAP.text) + r"h\.(\d+)\."),
        n_head=heads or max(1, width // MSCLAP.head_size),
        n_inner=checkpoint.shape(MSCLAP.text + "h.0.mlp.c_fc.weight")[1],
    )
    kind: Any = GPT2Model
    text: nn.Module = kind(config)
    checkpoint.fill(text, MSCLAP.text)
    checkpoint.ignore(
        "^" + re.escape(MSCLAP.text) + r"h\.\d+\.attn\.(bias|masked_bias)$"
    )  # the causal mask, long ago
    return text


def _projection(checkpoint: Checkpoint, prefix: str) -> Projection:
    dim, wide = checkpoint.shape(prefix + "linear1.weight")
    layers = Projection(wide, dim)
    checkpoint.fill(layers, prefix)
    return layers
