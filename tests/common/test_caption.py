"""The result object, and that its module does not get in the way of the function of the same name."""

from __future__ import annotations

import doctest
import subprocess
import sys

from earwitness.common.caption import Caption


def test_the_examples_in_the_module_hold() -> None:
    assert doctest.testmod(sys.modules["earwitness.common.caption"]).failed == 0


def test_the_function_can_be_called_again_and_the_class_imported() -> None:
    """Loading the module "caption" must not replace the function."""
    code = (
        "import numpy as np, earwitness; sound = (np.zeros(16000), 16000);"
        "earwitness.caption(sound); from earwitness.common.caption import Caption;"
        "print(isinstance(earwitness.caption(sound), Caption))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.strip() == "True", done.stderr


def test_alternatives_and_trace_are_told_only_where_there_are_any() -> None:
    row = Caption("a.wav", 0, 1, "rain", 0.5).to_dict()
    assert "alternatives" not in row and "trace" not in row
    assert "trace" in Caption("a.wav", 0, 1, "rain", 0.5, trace=({"token": "rain"},)).to_dict()
