"""Causal language models with a cache that can be fanned out, advanced and nudged (extra ``torch``)."""

from __future__ import annotations

from earwitness.language.load import load_language_model
from earwitness.language.model import LanguageModel
from earwitness.language.state import LanguageState

__all__ = ["LanguageModel", "LanguageState", "load_language_model"]
