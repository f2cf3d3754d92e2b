"""Our decoder is GPT-2's network: with its weights it has its logits."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch
import transformers

from earwitness.common.errors import OptionError
from earwitness.encoders.tags.encoder import TagEncoder
from earwitness.training.decoder.checkpoints import load_trained
from earwitness.training.decoder.corpus.learned_tokenizer import learn_tokenizer
from earwitness.training.decoder.corpus.vocabulary import Vocabulary
from earwitness.training.decoder.gpt2 import load_gpt2
from earwitness.training.decoder.model import CaptionDecoder
from earwitness.training.decoder.recipes import recipe
from earwitness.training.decoder.run import Run, train_on_captions


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A GPT-2 of two layers, as a folder of the hub's form."""
    path = tmp_path_factory.mktemp("gpt2")
    torch.manual_seed(0)
    config = transformers.GPT2Config(vocab_size=60, n_positions=40, n_embd=24, n_layer=2, n_head=3)
    model = transformers.GPT2LMHeadModel(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.2)
    model.save_pretrained(path)
    tokenizer = learn_tokenizer(["a dog barks", "rain falls"], 60)
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="[END]").save_pretrained(path)
    return path


def load(folder: Path, **more: int):  # type: ignore[no-untyped-def]
    return load_gpt2(
        str(folder), 8, **{"prefix": 4, "mapper": 0, "max_tokens": 20, "dropout": 0.0, "seed": 0, **more}
    )


def test_the_same_weights_make_the_same_logits(folder: Path) -> None:
    config, weights, words = load(folder)
    ours = CaptionDecoder(config).eval()
    ours.load_state_dict(weights)
    theirs = transformers.GPT2LMHeadModel.from_pretrained(folder).eval()
    vectors, tokens = torch.randn(3, 8), torch.randint(0, 60, (3, 11))
    with torch.inference_mode():
        inputs = torch.cat([ours.prefix(vectors), ours.tokens(tokens)], 1)
        expected = theirs(inputs_embeds=inputs).logits[:, 3:]
        found = ours(vectors, tokens)
    torch.testing.assert_close(found[..., :60], expected, atol=1e-4, rtol=1e-4)
    assert (words.size, words.pad, words.banned, words.end) == (61, 60, (60,), 1)


def test_a_mapper_stands_before_it(folder: Path) -> None:
    config, weights, _ = load(folder, mapper=2)
    model = CaptionDecoder(config)
    model.load_state_dict(weights)
    assert model.prefix(torch.randn(5, 8)).shape == (5, 4, 24)


def test_sentences_longer_than_it_can_write_are_refused(folder: Path) -> None:
    with pytest.raises(OptionError, match="40 positions"):
        load(folder, max_tokens=37)


def test_only_a_gpt2_will_do(tmp_path: Path) -> None:
    config = transformers.OPTConfig(
        vocab_size=60, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, ffn_dim=16,
        max_position_embeddings=32, word_embed_proj_dim=16,
    )  # fmt: skip
    transformers.OPTForCausalLM(config).save_pretrained(tmp_path)
    tokenizer = learn_tokenizer(["a dog barks"], 60)
    transformers.PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="[END]").save_pretrained(
        tmp_path
    )
    with pytest.raises(OptionError, match="is a opt"):
        load(tmp_path)


def test_capdec_trains_from_it(folder: Path, tmp_path: Path) -> None:
    small = replace(recipe("capdec"), pretrained=str(folder), prefix=4, mapper=1, max_tokens=12)
    small = replace(small, train=replace(small.train, epochs=1, batch=2))
    train_on_captions(Run(["a dog barks", "rain falls"] * 2, tmp_path), small, TagEncoder())
    model, words = load_trained(tmp_path), Vocabulary.load(tmp_path)
    assert (model.config.prefix, model.config.mapper, model.config.vocab) == (4, 1, 61)
    assert words.text(words.encode(["a dog barks"], 12)[0][:-1]) == "a dog barks"
