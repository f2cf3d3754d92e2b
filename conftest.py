"""The book runs: every block of README.md and docs/ is a test (tests/pages/running.py says how)."""

from __future__ import annotations

import doctest
from collections.abc import Generator

import pytest
from sybil import Sybil
from sybil.parsers.markdown import CodeBlockParser, SkipParser

from tests.pages.running import bash, python, setup, teardown, text

pytest_collect_file = Sybil(
    parsers=[
        SkipParser(),
        CodeBlockParser(language="bash", evaluator=bash),
        CodeBlockParser(language="python", evaluator=python),
        CodeBlockParser(language="text", evaluator=text),
    ],
    patterns=["README.md", "docs/*.md"],
    setup=setup,
    teardown=teardown,
).pytest()

EXTRA = {"torch", "transformers", "tokenizers"}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    """An example in the code that begins with what an extra brings is skipped where that is not installed."""
    try:
        return (yield)
    except doctest.UnexpectedException as error:
        missing = error.exc_info[1]
        if isinstance(missing, ModuleNotFoundError) and missing.name in EXTRA:
            pytest.skip(f"this example needs {missing.name}, which is not installed: the extra torch")
        raise
