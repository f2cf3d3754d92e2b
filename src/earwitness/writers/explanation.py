"""Why a caption says what it says, as a table for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from earwitness.writers.text import one_line, visible

SHOWN = 5  # candidates a step: enough to see what the winner had to beat


def explanation(trace: Sequence[dict[str, Any]], shown: int = SHOWN) -> list[str]:
    """Lines that show, step by step, the candidates and what was weighed for each; ``>`` marks the winner.

    >>> step = {"step": 0, "chosen": " dog", "candidates": [{"text": " dog", "probability": 0.25},
    ...                                                     {"text": " cat", "probability": 0.5}]}
    >>> print("\\n".join(explanation([step])))
        step  candidate  probability
    >      0  ' dog'           0.250
              ' cat'           0.500
    """
    lines: list[str] = []
    for step in trace:
        lines += _step(step, shown, heading=not lines)
        if step.get("losses"):
            lines.append(" " * 10 + "losses: " + "; ".join(_losses(row) for row in step["losses"]))
    return lines


def _step(step: dict[str, Any], shown: int, heading: bool) -> list[str]:
    ranked = step["candidates"][:shown]
    winner = next((c for c in step["candidates"] if c["text"] == step["chosen"]), None)
    if winner is not None and winner not in ranked:
        ranked = [*ranked[:-1], winner]
    columns = list(dict.fromkeys(k for c in ranked for k in c if k != "text"))
    texts = [_quoted(c["text"]) for c in ranked]
    width = max(len("candidate"), *map(len, texts))
    lines = [f"    step  {'candidate':{width}}  " + "  ".join(columns)] if heading else []
    for i, (candidate, text) in enumerate(zip(ranked, texts, strict=True)):
        mark = ">" if candidate is winner else " "
        number = f"{step['step']:>4}" if i == 0 else "    "
        cells = "  ".join(_cell(candidate.get(c), max(len(c), 5)) for c in columns)
        lines.append(f"{mark}   {number}  {text:{width}}  {cells}".rstrip())
    return lines


def _quoted(text: str) -> str:
    """A token with its spaces visible; a whole sentence as it is."""
    return visible(one_line(text)) if len(text.split()) > 1 else f"'{visible(text)}'"


def _cell(value: Any, width: int) -> str:
    if value is None:
        return " " * width
    return f"{value:>{width}.3f}" if isinstance(value, float) else f"{value!s:>{width}}"


def _losses(row: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.4f}" for name, value in row.items())
