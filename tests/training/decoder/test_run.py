"""From captions to a folder that captions sounds: the run, its card, its export, and the commands."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from earwitness.captioning.loading import load
from earwitness.cli.__main__ import main
from earwitness.common.errors import AssetError, OptionError
from earwitness.encoders.caption_embeddings import embed_captions
from earwitness.encoders.tags.encoder import TagEncoder
from earwitness.methods.presets import PAPER
from earwitness.methods.wsac.memory import Memory
from earwitness.training.decoder.checkpoints import load_trained
from earwitness.training.decoder.export.model_folder import Export, export_run
from earwitness.training.decoder.options import TrainOptions
from earwitness.training.decoder.recipes import RECIPES, Recipe, recipe
from earwitness.training.decoder.run import Run, train_on_captions
from earwitness.training.decoder.run_card import read_card
from tests.reference import wsac_tiny as tiny

RECIPE = Recipe(
    words="learned:120", width=32, layers=1, heads=2, prefix=2, noise=0.001,
    train=TrainOptions(epochs=2, batch=4, warmup=2),
)  # fmt: skip


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    train_on_captions(Run(tiny.CAPTIONS, folder, keep_epochs=True), RECIPE, TagEncoder())
    return folder


def test_a_run_leaves_a_card_and_figures(trained: Path) -> None:
    card = read_card(trained)
    assert card["encoder"] == "tags"
    assert card["recipe"]["train"]["epochs"] == 2
    assert card["data"]["captions"] == 8
    assert len(card["data"]["sha256"]) == 64
    assert set(card["versions"]) == {"earwitness", "python", "torch", "numpy"}
    figures = [json.loads(line) for line in (trained / "epochs.jsonl").read_text().splitlines()]
    assert [f["epoch"] for f in figures] == [0, 1]
    assert {"loss", "validation", "cider_d"} <= set(figures[0])
    assert str(trained) not in (trained / "run.json").read_text()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"recipe": replace(RECIPE, noise=0.5)}, "another noise"),
        ({"captions": tiny.CAPTIONS[:6]}, "sha256"),
        ({"shift": (0.0,) * 523}, "shift_sha256"),
    ],
)
def test_another_run_s_folder_is_refused(trained: Path, change: dict[str, Any], message: str) -> None:
    options = {"recipe": RECIPE, "captions": tiny.CAPTIONS, "shift": (), **change}
    run = Run(options["captions"], trained, shift=options["shift"])
    with pytest.raises(OptionError, match=message):
        train_on_captions(run, options["recipe"], TagEncoder())


def test_the_last_kept_epoch_is_the_checkpoint(trained: Path) -> None:
    from safetensors.torch import load_file

    last, model = load_file(trained / "epoch-01.safetensors"), load_trained(trained)
    assert all(torch.equal(v, last[k]) for k, v in model.state_dict().items())


def test_held_out_captions_are_not_learned(tmp_path: Path) -> None:
    captions = [f"{c} and {d}" for c in tiny.CAPTIONS for d in tiny.CAPTIONS]
    train_on_captions(Run(captions, tmp_path, hold_out=500), RECIPE, tiny.Rote())
    assert (read_card(tmp_path)["data"]["captions"], read_card(tmp_path)["data"]["held_out"]) == (61, 3)


def test_published_recipes_are_what_was_published() -> None:
    wsac = recipe("wsac")
    assert (wsac.width, wsac.layers, wsac.heads, wsac.prefix, wsac.max_tokens) == (768, 4, 4, 1, 22)
    assert (wsac.train.rate, wsac.train.batch, wsac.train.epochs, wsac.train.warmup) == (1e-5, 64, 30, 100)
    assert (wsac.noise, wsac.train.weight_decay, wsac.train.label_smoothing) == (0.001, 0.02, 0.0)
    assert recipe("decap").train.label_smoothing == 0.1
    capdec = recipe("capdec")
    assert (capdec.pretrained, capdec.prefix, capdec.mapper, capdec.noise) == ("gpt2", 40, 8, 0.016)
    assert set(RECIPES) == {"wsac", "wsac-best", "decap", "capdec", "small"}
    with pytest.raises(OptionError, match="wsac, decap"):
        recipe("other")


def test_the_published_words_begin_and_end_as_bert_s(tmp_path: Path) -> None:
    from earwitness.training.decoder.corpus.vocabulary import Vocabulary, make_vocabulary

    words = make_vocabulary("wordpiece", [])
    assert words.size == 30522
    assert words.encode(["a dog barks"], 22) == [[101, 1037, 3899, 11286, 2015, 102]]
    assert words.encode(["a dog barks"], 4) == [[101, 1037, 3899, 102]]
    assert words.text([101, 1037, 3899, 11286, 2015]) == "a dog barks"
    words.save(tmp_path)
    assert Vocabulary.load(tmp_path).encode(["rain"], 9) == words.encode(["rain"], 9)
    with pytest.raises(OptionError, match="wordpiece"):
        make_vocabulary("letters", [])


def test_texts_are_embedded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("earwitness.encoders.caption_embeddings.BLOCK", 3)
    encoder, fresh = tiny.Rote(), tiny.Rote()
    first = embed_captions(encoder, tiny.CAPTIONS, tmp_path)
    np.testing.assert_allclose(first, fresh.embed_text(tiny.CAPTIONS), atol=1e-6)
    encoder.asked.clear()
    np.testing.assert_array_equal(embed_captions(encoder, [*tiny.CAPTIONS, "hail"], tmp_path), np.concatenate(
        [first, fresh.embed_text(["hail"])]
    ))  # fmt: skip
    assert len(encoder.asked) == 1 + 3  # the probe, and the block that grew
    next(iter(tmp_path.glob("*.npy"))).write_bytes(b"damaged")
    np.testing.assert_array_equal(embed_captions(encoder, tiny.CAPTIONS, tmp_path), first)
    other = tiny.Rote()
    other.embed_text = lambda texts: np.ones((len(texts), 32), np.float32)  # another model of the same name
    assert not np.allclose(embed_captions(other, tiny.CAPTIONS, tmp_path), first)


def test_an_exported_folder_captions_sounds_by_its_memory(trained: Path, tmp_path: Path) -> None:
    export_run(trained, tmp_path, Export(tiny.CAPTIONS, PAPER, epoch=1), TagEncoder())
    captioner = load(tmp_path)
    assert captioner.method.options == PAPER  # type: ignore[attr-defined]
    assert len(Memory.read(tmp_path / "memory.safetensors")) == 8
    noise = np.random.default_rng(0).normal(0, 0.1, 32000).clip(-1, 1).astype(np.float32)
    assert captioner.caption((noise, 16000)).method == "wsac"
    _broken_folders(tmp_path)


def _broken_folders(folder: Path) -> None:
    card = json.loads((folder / "config.json").read_text())
    memory = Memory.read(folder / "memory.safetensors")
    memory.encoder = "clap:x"
    memory.write(folder / "memory.safetensors")
    with pytest.raises(OptionError, match="export both with one encoder"):
        load(folder)
    (folder / "memory.safetensors").unlink()
    with pytest.raises(AssetError, match="needs memory"):
        load(folder)
    card["writing"] = {"bridge": "audio", "beam": 3}
    (folder / "config.json").write_text(json.dumps(card))
    with pytest.raises(AssetError, match="no option 'beam'"):
        load(folder)
    card["encoder"] = "nothing"
    del card["writing"]
    (folder / "config.json").write_text(json.dumps(card))
    with pytest.raises(OptionError, match="there is no encoder 'nothing'"):
        load(folder)


def test_an_export_needs_what_it_is_asked_for(trained: Path, tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="needs a memory"):
        export_run(trained, tmp_path, Export(writing=PAPER))
    with pytest.raises(OptionError, match="the run's encoder 'tags', not with 'rote'"):
        export_run(trained, tmp_path, Export(tiny.CAPTIONS), tiny.Rote())
    with pytest.raises(AssetError, match="epoch kept"):
        export_run(trained, tmp_path, Export(epoch=7))
    with pytest.raises(AssetError, match="no training run"):
        export_run(tmp_path, tmp_path, Export())


def test_the_commands(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    raw, captions = tmp_path / "raw.csv", tmp_path / "captions.txt"
    rows = "".join(
        f"{i}.wav,{a},{b}\n" for i, (a, b) in enumerate(zip(tiny.CAPTIONS, tiny.CAPTIONS[1:], strict=False))
    )
    raw.write_text("file_name,caption_1,caption_2\n" + rows)
    _call("prepare", raw, "-o", captions)
    assert captions.read_text().splitlines() == tiny.CAPTIONS
    assert "6 repeated captions were left out" in capsys.readouterr().err
    _call("gap", raw)
    assert 0 < json.loads(capsys.readouterr().out)["noise"] < 2
    small = [
        "--width",
        16,
        "--layers",
        1,
        "--heads",
        2,
        "--epochs",
        1,
        "--batch",
        4,
        "--words",
        "learned:120",
    ]
    _call("train", "small", captions, "-o", tmp_path / "run", "--cache", tmp_path / "cache", *small)
    error = capsys.readouterr().err
    assert error.startswith("epoch 0: loss")
    assert error.count("\n") == 1  # no bar where there is no terminal
    assert read_card(tmp_path / "run")["recipe"]["width"] == 16
    with pytest.raises(SystemExit) as stop:
        main(["train", "other", str(captions), "-o", str(tmp_path / "x")])
    assert stop.value.code == 1
    assert "there is no recipe 'other'" in capsys.readouterr().err


def _call(*arguments: Any) -> None:
    with pytest.raises(SystemExit) as stop:
        main([str(a) for a in arguments])
    assert stop.value.code in (0, None)
