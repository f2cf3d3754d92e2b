"""WSAC's training as published, loss by loss: start, order, optimiser, cut captions, rows never learned."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from earwitness.common.errors import AssetError, OptionError
from earwitness.training.decoder.checkpoints import load_trained
from earwitness.training.decoder.corpus.vocabulary import make_vocabulary
from earwitness.training.decoder.importing.wsac_checkpoint import read_checkpoint
from earwitness.training.decoder.model import CaptionDecoder, DecoderConfig
from earwitness.training.decoder.published_adamw import PublishedAdamW
from earwitness.training.decoder.published_start import published_start
from earwitness.training.decoder.recipes import WSAC, WSAC_BEST, Recipe
from earwitness.training.decoder.run import Run, train_on_captions
from tests.reference import published_wsac as published
from tests.reference import wsac_tiny as tiny

LONG = (
    "a man talks while a dog barks and birds sing and rain falls on a roof and wind blows and a car passes by"
)
CAPTIONS = [f"{c} {k}" for k in ("", "loudly", "again and again", "in a room.", "!") for c in tiny.CAPTIONS]
CAPTIONS[3:3] = [LONG, LONG, "A dog's bark"]
SIZES = {"width": 32, "layers": 2, "heads": 4}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(1)
    monkeypatch.setattr("earwitness.training.decoder.run.MEASURED", 1)  # rewritten captions are not looked at


def recipe(**changes: Any) -> Recipe:
    """WSAC's with a small decoder, no dropout and no noise, at a rate at which weights move."""
    learning = {"epochs": 2, "batch": 6, "rate": 1e-3, "warmup": 7, **changes.pop("train", {})}
    sizes = {**SIZES, "dropout": 0.0, "noise": 0.0, "rows": 0, "positions": 64, **changes}
    return replace(WSAC, **sizes, train=replace(WSAC.train, **learning))


def losses(folder: Path) -> list[float]:
    return [json.loads(line)["loss"] for line in (folder / "steps.jsonl").read_text().splitlines()]


def twin(seed: int = 0, vocab: int = 30522, places: int = 64) -> published.Decoder:
    torch.manual_seed(seed)
    model = published.Decoder(tiny.Rote.dim, **SIZES, vocab=vocab, places=places)
    for part in model.modules():
        if isinstance(part, torch.nn.Dropout):
            part.p = 0.0
    for block in model.decoder.transformer.h:
        block.attn.attn_dropout.p = 0.0
    model.decoder.config.attn_pdrop = 0.0
    return model


def expected(model: published.Decoder, captions: list[str], epochs: int = 2) -> list[float]:
    rows = published.token_rows(make_vocabulary("wordpiece", []).tokenizer, captions)
    vectors = tiny.Rote().embed_text(captions)
    return published.train(model, rows, vectors, epochs=epochs, batch=6, rate=1e-3, warmup=7)


def test_sixty_steps_are_the_published_program_s(tmp_path: Path) -> None:
    order = list(CAPTIONS)
    random.seed(0)
    random.shuffle(order)
    all_of_it = {"rows": WSAC.rows, "positions": WSAC.positions, "train": {"epochs": 9}}
    train_on_captions(Run(CAPTIONS, tmp_path), recipe(**all_of_it), tiny.Rote())
    ours, theirs = losses(tmp_path), expected(twin(0, 50257, 1024), order, 9)
    assert len(ours) == len(theirs) == 63
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
    assert ours[0] > 10.7 and ours[-1] < ours[0] - 1  # of 50257 words, and it learns


def test_a_given_start_and_order(tmp_path: Path) -> None:
    model = twin(3)
    torch.save(model.state_dict(), tmp_path / "epoch-0.pt")
    run = Run(CAPTIONS, tmp_path / "run", start=tmp_path / "epoch-0.pt")
    train_on_captions(run, recipe(train={"order": "given"}), tiny.Rote())
    np.testing.assert_allclose(losses(tmp_path / "run"), expected(model, CAPTIONS), atol=1e-5)
    with pytest.raises(OptionError, match="start_sha256"):
        torch.save(twin(4).state_dict(), tmp_path / "epoch-0.pt")
        train_on_captions(run, recipe(train={"order": "given"}), tiny.Rote())


def test_without_noise_the_shift_is_left_out_as_published(tmp_path: Path) -> None:
    shift = tuple(map(float, np.linspace(-1, 1, tiny.Rote.dim)))
    given = recipe(train={"order": "given", "epochs": 1})
    for name, chosen in (("plain", given), ("better", replace(given, skip_shift_without_noise=False))):
        train_on_captions(Run(CAPTIONS, tmp_path / name, shift=shift), chosen, tiny.Rote())
    train_on_captions(Run(CAPTIONS, tmp_path / "none"), given, tiny.Rote())
    assert losses(tmp_path / "plain") == losses(tmp_path / "none") != losses(tmp_path / "better")


def test_a_stopped_run_goes_on_with_the_same_losses(tmp_path: Path) -> None:
    class StoppedError(Exception):
        pass

    def stop(figures: dict[str, float]) -> None:
        if figures["epoch"] == 0:
            raise StoppedError

    train_on_captions(Run(CAPTIONS, tmp_path / "whole"), recipe(), tiny.Rote())
    with pytest.raises(StoppedError):
        train_on_captions(Run(CAPTIONS, tmp_path / "cut"), recipe(), tiny.Rote(), after_epoch=stop)
    train_on_captions(Run(CAPTIONS, tmp_path / "cut"), recipe(), tiny.Rote())
    assert losses(tmp_path / "cut") == losses(tmp_path / "whole")


def test_the_optimiser_is_that_of_the_time() -> None:
    rng = np.random.default_rng(0)
    start = torch.from_numpy(rng.normal(size=(40,)).astype(np.float32))
    ours, theirs, todays = (start.clone().requires_grad_() for _ in range(3))
    one = PublishedAdamW([ours], lr=1e-2, eps=1e-6, weight_decay=0.02)
    two = published.AdamW([theirs], rate=1e-2, decay=0.02)
    three = torch.optim.AdamW([todays], lr=1e-2, eps=1e-6, weight_decay=0.02)
    for _ in range(20):
        gradient = torch.from_numpy(
            (rng.normal(size=(40,)) * 10.0 ** rng.integers(-7, 1, 40)).astype(np.float32)
        )
        for weight in (ours, theirs, todays):
            weight.grad = gradient.clone()
        one.step()
        two.step(1.0)
        three.step()
    torch.testing.assert_close(ours, theirs, atol=1e-6, rtol=1e-6)
    assert (ours - todays).abs().max() > 1e-3


def test_the_start_is_drawn_as_the_published_program_draws_it() -> None:
    config = DecoderConfig(
        dim=1024, prefix=1, vocab=500, width=64, layers=4, heads=4, max_tokens=22, positions=64
    )
    weights = published_start(config, 0)
    assert weights["project.weight"].std().item() == pytest.approx(1024**-0.5 / 3**0.5, rel=0.02)  # 0.018
    assert weights["blocks.1.attention.out.weight"].std().item() == pytest.approx(0.02 / 8**0.5, rel=0.05)
    assert weights["blocks.1.up.weight"].std().item() == pytest.approx(0.02, rel=0.05)
    vector = torch.nn.functional.normalize(torch.randn(1, 1024), dim=1)
    lengths = {}
    for name, start in (("published", weights), ("even", None)):
        model = CaptionDecoder(config)
        model.load_state_dict(start or model.state_dict())
        lengths[name] = model.prefix(vector).norm().item() * (768 / 64) ** 0.5
    assert lengths["published"] == pytest.approx(0.70, rel=0.25)
    assert lengths["even"] == pytest.approx(13.8, rel=0.25)
    with pytest.raises(OptionError, match="one prefix vector"):
        published_start(replace(config, prefix=2), 0)


def test_long_captions_lose_their_end_mark_as_published_only() -> None:
    words = make_vocabulary("wordpiece", [])
    (kept,), (cut,) = words.encode([LONG], 22), words.encode([LONG], 22, keep_end=False)
    assert cut == published.token_rows(words.tokenizer, [LONG])[0].tolist()
    assert len(kept) == len(cut) == 22 and kept[-1] == words.end != cut[-1] and kept[:21] == cut[:21]
    assert words.encode(["a dog"], 22) == words.encode(["a dog"], 22, keep_end=False)


def test_nothing_is_held_out_as_published_and_five_hundred_otherwise(tmp_path: Path) -> None:
    assert (WSAC.hold_out, WSAC_BEST.hold_out) == (0, 500)
    for name, hold_out, count in (("none", None, len(CAPTIONS)), ("some", 20, len(CAPTIONS) - 2)):
        run = Run(CAPTIONS, tmp_path / name, hold_out=hold_out)
        train_on_captions(run, recipe(train={"epochs": 1, "batch": 64}), tiny.Rote())
        card = json.loads((tmp_path / name / "run.json").read_text())
        assert card["data"]["captions"] == count


def test_a_checkpoint_is_read_whole_or_not_at_all(tmp_path: Path) -> None:
    path, model = tmp_path / "epoch-2.pt", twin(1)
    state = model.state_dict()
    torch.save(state, path)
    found, vectors = read_checkpoint(path).model(), torch.from_numpy(tiny.vectors(3, tiny.Rote.dim))
    tokens = torch.randint(0, 30522, (3, 9))
    torch.testing.assert_close(found(vectors, tokens), model(vectors, tokens), atol=1e-5, rtol=1e-4)
    old = {
        **state,
        "decoder.transformer.h.0.attn.bias": torch.ones(1),
        "decoder.transformer.h.1.attn.masked_bias": torch.ones(1),
    }
    renamed = {k.replace("clap_project", "clip_project"): v for k, v in old.items()}
    torch.save(renamed, path)
    assert read_checkpoint(path).config == found.config
    for changed, message in (
        ({k: v for k, v in state.items() if "h.1.mlp.c_fc.weight" not in k}, "missing"),
        ({**state, "mapper.weight": torch.ones(2)}, "mapper.weight"),
        ({**state, "decoder.lm_head.weight": state["decoder.lm_head.weight"] + 1}, "output layer"),
        ({k: v for k, v in state.items() if "clap" not in k}, "clap_project"),
        ({**state, "clap_project.model.0.weight": torch.ones(5, 5)}, "linear layer"),
    ):
        torch.save(changed, path)
        with pytest.raises(AssetError, match=message):
            read_checkpoint(path)


def test_the_trained_decoder_can_write_beyond_what_it_learned_from(tmp_path: Path) -> None:
    train_on_captions(Run(CAPTIONS, tmp_path), recipe(train={"epochs": 1}, rows=31000), tiny.Rote())
    config = load_trained(tmp_path).config
    assert (config.max_tokens, config.room, config.vocab) == (22, 63, 31000)
