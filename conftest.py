"""The book runs: every block of README.md and docs/ is a test (tests/pages/running.py says how)."""

from __future__ import annotations

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
