"""Decoders in torch and classifiers of transformers need the extra ``torch``; the other tests do without."""

from __future__ import annotations

from importlib.util import find_spec

if find_spec("torch") is None or find_spec("onnxscript") is None:
    collect_ignore = ["test_search.py", "test_decoder.py", "test_audible_transformers.py"]
