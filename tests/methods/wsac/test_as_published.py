"""WSAC's decoding and strings as published: thirty tokens, bare words, whole thousands, and the better way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from earwitness.common.errors import OptionError
from earwitness.methods.presets import WSAC_PUBLISHED
from earwitness.methods.wsac.memory import Memory
from earwitness.methods.wsac.method import Wsac, WsacOptions
from earwitness.methods.wsac.search import SearchOptions
from earwitness.training.decoder.corpus.vocabulary import make_vocabulary
from earwitness.training.decoder.importing.wsac_checkpoint import read_checkpoint
from earwitness.training.decoder.torch_decoder import TorchDecoder
from tests.reference import published_wsac as published
from tests.reference import wsac_tiny as tiny

WAYS = ("audio", "nearest", "projection")
WORDS = make_vocabulary("wordpiece", [])


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def twin(seed: int) -> published.Decoder:
    """Weights large enough for sentences to differ, and an end mark that comes now and then."""
    torch.manual_seed(seed)
    model = published.Decoder(tiny.Rote.dim, width=32, layers=2, heads=4, vocab=31000, places=64)
    with torch.no_grad():
        for weight in model.parameters():
            weight.add_(torch.randn_like(weight) * 0.2)
        # the likeliest end of the first sound's sentence is after seven tokens
        sound = tiny.vectors(1, tiny.Rote.dim, seed=1)
        tokens = torch.tensor([published.write(model, sound[0])[:7]])
        words = model.decoder.transformer.wte.weight
        prefix = model.clap_project.model(torch.from_numpy(sound))[:, None]
        inputs = torch.cat([prefix, model.decoder.transformer.wte(tokens)], 1)
        hidden = model.decoder.transformer(inputs_embeds=inputs).last_hidden_state[0, -1]
        words[published.SEP] = hidden * (1.05 * (words @ hidden).max() / (hidden @ hidden))
    return model.eval()


@pytest.fixture(scope="module", params=range(2))
def pair(request: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[published.Decoder, TorchDecoder]:
    """A published decoder, and ours out of its checkpoint."""
    model, path = twin(request.param), tmp_path_factory.mktemp("pair") / "epoch-0.pt"
    torch.save(model.state_dict(), path)
    return model, TorchDecoder(read_checkpoint(path).model(), WORDS, "rote")


def memory() -> np.ndarray:
    return tiny.vectors(2345, tiny.Rote.dim, seed=5)


def captions(decoder: TorchDecoder, sounds: np.ndarray, options: WsacOptions) -> list[str]:
    held = Memory(memory(), encoder="rote")
    written = Wsac(tiny.Rote(), decoder, options, held).write(sounds)
    return [w.sentences[0].text for w in written]


@pytest.mark.parametrize("way", WAYS)
def test_captions_are_the_published_program_s(pair: Any, way: str) -> None:
    model, decoder = pair
    sounds = tiny.vectors(4, tiny.Rote.dim, seed=1)
    tokens = [published.write(model, published.bridged(memory(), s, way)) for s in sounds]
    for tidy in (False, True):
        ours = captions(decoder, sounds, replace(WSAC_PUBLISHED, bridge=way, legacy_tidy=tidy))
        assert ours == [published.text(WORDS.tokenizer, t, tidy=tidy) for t in tokens]


def test_some_of_them_end_and_some_run_into_the_limit() -> None:
    models = [twin(seed) for seed in range(2)]
    rows = [published.write(m, s) for m in models for s in tiny.vectors(4, tiny.Rote.dim, seed=1)]
    lengths = {len(r) for r in rows}
    assert 30 in lengths and len(lengths) > 1  # or the tests above would prove little


def test_the_better_way_drops_no_word_and_writes_sentences(pair: Any) -> None:
    model, decoder = pair
    sounds = tiny.vectors(4, tiny.Rote.dim, seed=1)
    found = captions(decoder, sounds, WsacOptions(bridge="audio"))
    assert all(not t or t[0] == t[0].upper() for t in found)
    limited = WsacOptions(bridge="audio", search=SearchOptions(max_tokens=3, legacy_tokens=True))
    for sound, text in zip(sounds, captions(decoder, sounds, limited), strict=True):
        tokens = [t for t in published.write(model, sound, 3) if t != published.SEP]
        assert text.lower() == published_words(tokens)


def published_words(tokens: list[int]) -> str:
    from earwitness.methods.style import as_sentence

    return as_sentence(WORDS.tokenizer.decode(tokens)).lower()


def test_a_decoder_writes_thirty_tokens_where_it_was_trained_on_twenty_two(pair: Any) -> None:
    from earwitness.methods.wsac.search import search

    _, decoder = pair
    assert decoder.model.config.max_tokens == 22
    found = search(decoder, tiny.vectors(8, tiny.Rote.dim, seed=2), SearchOptions(legacy_tokens=True))
    assert max(len(h.tokens) for clip in found for h in clip) == 30


def test_fewer_than_a_thousand_captions_are_no_published_memory(pair: Any) -> None:
    few = Memory(memory()[:999], encoder="rote")
    with pytest.raises(OptionError, match="whole thousands"):
        Wsac(tiny.Rote(), pair[1], WSAC_PUBLISHED, few)
    assert len(Memory(memory()).thousands()) == 2000


def test_an_exported_folder_writes_the_same(pair: Any, tmp_path: Path, request: Any) -> None:
    from earwitness.methods.wsac.decoder import OnnxDecoder
    from earwitness.training.decoder.export.onnx_graphs import export_decoder

    model, decoder = pair
    if request.node.callspec.params["pair"]:
        pytest.skip("one export is slow enough")
    export_decoder(
        decoder.model, WORDS.tokenizer, "rote", tmp_path, end=WORDS.end, banned=WORDS.banned, half=False
    )
    sounds = tiny.vectors(3, tiny.Rote.dim, seed=3)
    options = replace(WSAC_PUBLISHED, bridge="audio", legacy_memory=False)
    written = Wsac(tiny.Rote(), OnnxDecoder(tmp_path), options).write(sounds)
    expected = [published.text(WORDS.tokenizer, published.write(model, s), tidy=True) for s in sounds]
    assert [w.sentences[0].text for w in written] == expected
