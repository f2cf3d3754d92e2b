"""A trained or exported folder says what it learned from, how well it does, and how it is made again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from earwitness.captioning.cards import read_any_card
from earwitness.cli.__main__ import main
from earwitness.common.errors import AssetError


def run(*arguments: object) -> int:
    with pytest.raises(SystemExit) as left:
        main(list(map(str, arguments)))
    return int(left.value.code or 0)


def test_an_exported_folder_carries_a_card_that_is_shown(tmp_path: Path, capsys) -> None:
    pytest.importorskip("torch").set_num_threads(1)
    pytest.importorskip("onnxscript")
    from tests.reference import wsac_tiny as tiny

    captions, folder, model = tmp_path / "captions.txt", tmp_path / "run", tmp_path / "model"
    captions.write_text("\n".join(tiny.CAPTIONS) + "\n")
    sizes = [
        "--words",
        "learned:120",
        "--width",
        32,
        "--layers",
        1,
        "--heads",
        2,
        "--epochs",
        1,
        "--hold-out",
        0,
    ]
    assert run("train", "small", captions, "-o", folder, *sizes) == 0
    assert run("export", folder, "-o", model, "--memory", captions) == 0
    capsys.readouterr()
    assert run("models", "show", model) == 0
    told = capsys.readouterr().out
    card = json.loads((model / "card.json").read_text())
    assert "no pair of a sound and a caption" in told and "encoder: tags" in told
    assert f"memory: {len(tiny.CAPTIONS)}" in told and card["data"]["sha256"] in told
    low, value, high = (card["figures"][f"cider_d{end}"] for end in ("_low", "", "_high"))
    assert low <= value <= high and f"cider_d: {value} [{low}, {high}]" in told
    assert run("models", "show", folder) == 0
    assert "earwitness-run-1" in capsys.readouterr().out


def test_a_folder_without_a_card_is_said(tmp_path: Path, capsys) -> None:
    with pytest.raises(AssetError, match="carries no card"):
        read_any_card(tmp_path)
    (tmp_path / "card.json").write_text("{")
    assert run("models", "show", tmp_path) == 1
    assert "cannot be read" in capsys.readouterr().err
