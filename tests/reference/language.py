"""One way to read texts with a language model, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def read(model: Any, texts: str | Sequence[str]) -> Any:
    """The state after one text, or after several side by side."""
    return model.prompt_tokens([model.begin(text) for text in ([texts] if isinstance(texts, str) else texts)])
