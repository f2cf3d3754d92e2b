"""One rule says which settings are meant: Python, the command line and a model's folder agree."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from earwitness.common.errors import OptionError
from earwitness.common.options import describe
from earwitness.methods.presets import EMBEDDED, PAPER, PRESETS
from earwitness.methods.resolve import resolve
from earwitness.methods.wsac.decoder import FORMAT
from earwitness.methods.wsac.writing import to_plain


@pytest.mark.parametrize("method", ["wsac", "zeraucap", "audibility"])
def test_a_method_alone_is_the_preset_of_its_name(method: str, capsys: pytest.CaptureFixture[str]) -> None:
    from earwitness.cli.__main__ import main

    named = resolve(method)
    assert named == resolve(preset=method) == resolve(method, method) == PRESETS[method]
    with pytest.raises(SystemExit):
        main(["methods", method, "-f", "json"])
    listed = {row["option"]: row["value"] for row in json.loads(capsys.readouterr().out)}
    assert listed == {
        "--" + o.name.replace("_", "-"): json.loads(json.dumps(o.value)) for o in describe(named.options)
    }


def test_python_and_the_command_line_mean_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    import earwitness

    assert (
        earwitness.load(method="wsac").method.options
        == earwitness.load(preset="wsac").method.options
        == PAPER
    )
    assert earwitness.load().method.options == resolve().options == EMBEDDED


def folder(path: Path, writing: object = None, *, memory: bool = False) -> Path:
    path.mkdir()
    row = {"format": FORMAT} if writing is None else {"format": FORMAT, "writing": writing}
    (path / "config.json").write_text(json.dumps(row))
    if memory:
        (path / "memory.safetensors").write_bytes(b"")
    return path


def test_a_folder_says_how_it_writes_unless_a_preset_is_named(tmp_path: Path) -> None:
    own = folder(tmp_path / "own", to_plain(EMBEDDED))
    assert resolve(model=own).options == EMBEDDED
    assert resolve(model=own, options={"beams": 2}).options.search.beams == 2
    assert resolve(preset="capdec", model=own).options == PRESETS["capdec"].options
    silent = folder(tmp_path / "silent", memory=True)
    assert resolve(model=silent).options == PAPER
    assert resolve(model=folder(tmp_path / "bare")).options.bridge == "audio"


def test_what_does_not_go_together_is_said(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="takes no model folder"):
        resolve("zeraucap", model=tmp_path)
    with pytest.raises(OptionError, match="of the method wsac, not of zeraucap"):
        resolve("zeraucap", "wsac")
