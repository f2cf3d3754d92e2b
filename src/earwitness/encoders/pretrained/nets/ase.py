"""ASE, the audio–text model of WavCaps: an audio tower, BERT, and a projection after each."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from transformers import BertConfig, BertModel

from earwitness.encoders.pretrained.checkpoints import Checkpoint
from earwitness.encoders.pretrained.layouts import WAVCAPS
from earwitness.encoders.pretrained.nets.cnn14 import cnn14_from, projection
from earwitness.encoders.pretrained.nets.htsat import htsat_from
from earwitness.encoders.pretrained.nets.towers import TwoTowers


class Ase(TwoTowers):
    """HTSAT or Cnn14, and BERT."""

    def embed_tokens(self, ids: Tensor) -> Tensor:
        """Tokens (b, n) -> (b, dim), by the hidden state of the first one, [CLS]."""
        embedded: Tensor = self.text_proj(self.text(input_ids=ids).last_hidden_state[:, 0])
        return embedded


def ase_from(checkpoint: Checkpoint, heads: int | None) -> Ase:
    """Build ASE of a whole checkpoint; which audio tower it has is read off the names."""
    is_cnn = WAVCAPS.audio + "conv_block1.conv1.weight" in checkpoint.weights
    build = cnn14_from if is_cnn else htsat_from
    audio = build(checkpoint, WAVCAPS.audio, WAVCAPS.rate, WAVCAPS.band, WAVCAPS.front)
    text = _bert(checkpoint, heads)
    projections = projection(checkpoint, "audio_proj."), projection(checkpoint, "text_proj.")
    model = Ase(audio, projections[0], text, projections[1], checkpoint.shape("text_proj.2.weight")[0])
    checkpoint.ignore("^temp$")  # scales the training loss only
    checkpoint.finish()
    return model


def _bert(checkpoint: Checkpoint, heads: int | None) -> nn.Module:
    vocabulary, width = checkpoint.shape(WAVCAPS.text + "embeddings.word_embeddings.weight")
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=width,
        num_hidden_layers=checkpoint.count(WAVCAPS.text.replace(".", r"\.") + r"encoder\.layer\.(\d+)\."),
        num_attention_heads=heads or max(1, width // WAVCAPS.head_size),
        intermediate_size=checkpoint.shape(WAVCAPS.text + "encoder.layer.0.intermediate.dense.weight")[0],
        max_position_embeddings=checkpoint.shape(WAVCAPS.text + "embeddings.position_embeddings.weight")[0],
        type_vocab_size=checkpoint.shape(WAVCAPS.text + "embeddings.token_type_embeddings.weight")[0],
    )
    kind: Any = BertModel
    text: nn.Module = kind(config, add_pooling_layer=False)
    checkpoint.fill(text, WAVCAPS.text)
    return text
