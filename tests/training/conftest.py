"""Training needs the extra ``torch``; without it there is nothing to test here."""

from __future__ import annotations

from importlib.util import find_spec

if find_spec("torch") is None or find_spec("transformers") is None:
    collect_ignore_glob = ["test_*.py"]
