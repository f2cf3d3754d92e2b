"""What can be trained is listed with every option, and every option listed is a flag of train."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from earwitness.cli.__main__ import main
from earwitness.cli.method_options import split_options
from earwitness.common.options import changed, describe
from earwitness.training.recipes import ALIASES, TRAINABLE, find_trainable


@pytest.mark.parametrize("name", TRAINABLE)
def test_every_option_of_every_recipe_explains_itself_and_is_a_flag(name: str, capsys) -> None:
    options = TRAINABLE[name].options
    with pytest.raises(SystemExit) as left:
        main(["recipes", name, "-f", "json"])
    assert left.value.code == 0
    for row, told in zip(json.loads(capsys.readouterr().out), describe(options), strict=True):
        assert row["about"].endswith(".") and row["value"] == told.value
        given = [row["option"]] if isinstance(told.value, bool) else [row["option"], str(told.value) or "x"]
        paths, flags = split_options([*given, "a.txt"], options)
        assert paths == ["a.txt"] and set(flags) == {told.name}
        if not isinstance(told.value, bool) and told.value != "":
            assert changed(options, flags) == options, "a flag with the recipe's own value changes nothing"


@pytest.mark.parametrize("old", ALIASES)
def test_the_classifier_is_found_by_its_old_name(old: str) -> None:
    assert find_trainable(old) is TRAINABLE[ALIASES[old]]


def test_a_wrong_value_is_said_before_anything_is_read(tmp_path: Path, capsys) -> None:
    with pytest.raises(SystemExit) as left:
        main(["train", "small", "no-such.txt", "-o", str(tmp_path), "--layers", "0"])
    assert left.value.code == 1 and "layers is 1 or more, not 0" in capsys.readouterr().err
