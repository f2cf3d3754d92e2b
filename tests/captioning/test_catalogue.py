"""Every name in the catalogue is one that the loaders know, and its presence is told right."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from earwitness.captioning import catalogue
from earwitness.cli.models import models
from earwitness.common.errors import OptionError
from earwitness.encoders.registry import FORMS

app = typer.Typer()
app.command()(models)


@pytest.fixture(autouse=True)
def nothing_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EARWITNESS_CACHE", str(tmp_path / "ours"))
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))


def test_names_are_the_loaders() -> None:
    for model in catalogue.MODELS:
        assert model.kind in ("encoder", "language") and (model.rate is None) == (model.kind == "language")
        if model.kind == "encoder":
            assert model.name.partition(":")[0] in [
                form.partition(":")[0].strip() for form in FORMS.split(",")
            ]


def test_presence(tmp_path: Path) -> None:
    by_name = {model.name: model for model in catalogue.MODELS}
    present = {name: catalogue.is_present(model) for name, model in by_name.items()}
    assert present["tags"] is True and present["wavcaps:<HTSAT-BERT .pt>"] is None
    assert present["smollm2"] is False and present["clap:laion/clap-htsat-unfused"] is False
    for config in (
        "ours/smollm2",
        "hub/models--gpt2/snapshots/1",
        "hub/models--laion--clap-htsat-unfused/snapshots/2",
    ):
        (tmp_path / config).mkdir(parents=True)
        (tmp_path / config / "config.json").touch()
    for name in ("smollm2", "gpt2", "clap:laion/clap-htsat-unfused"):
        assert catalogue.is_present(by_name[name])


def test_the_table_holds_every_model() -> None:
    result = CliRunner().invoke(app, env={"COLUMNS": "200"})
    assert result.exit_code == 0
    for model in catalogue.MODELS:
        assert model.name in result.stdout and model.licence in result.stdout


@pytest.mark.parametrize("arguments", [["get", "gpt2"], ["get"], ["list", "gpt2"]])
def test_only_smollm2_is_fetched(arguments: list[str]) -> None:
    result = CliRunner().invoke(app, arguments)
    assert isinstance(result.exception, OptionError)
