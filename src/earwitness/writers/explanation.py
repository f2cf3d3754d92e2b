"""Why a caption says what it says, as a table for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from earwitness.common.caption import Alternative, Caption
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
    picked = [_picked(step, shown) for step in trace]
    rows = [row for some in picked for row in some]
    columns = list(dict.fromkeys(key for row in rows for key in row if key != "text"))
    width = max([len("candidate"), *(len(_quoted(row["text"])) for row in rows)])
    lines = [f"    step  {'candidate':{width}}  " + "  ".join(columns)] if rows else []
    for step, some in zip(trace, picked, strict=True):
        for i, row in enumerate(some):
            mark = ">" if row["text"] == step["chosen"] else " "
            number = "" if i else step["step"]
            cells = "  ".join(_cell(row.get(c), max(len(c), 5)) for c in columns)
            lines.append(f"{mark}   {number:>4}  {_quoted(row['text']):{width}}  {cells}".rstrip())
        if step.get("losses"):
            lines.append(" " * 10 + "losses: " + "; ".join(_losses(row) for row in step["losses"]))
    return lines


def reasons(caption: Caption) -> list[str]:
    """How far the sentence is believed and how well it fits, and what it is said instead of.

    >>> dog = Alternative("A dog howls", 0.97, confidence=0.3)
    >>> said = Caption("a.wav", 0, 1, "An animal calls", 0.95, confidence=0.8, instead_of=dog)
    >>> [line.strip() for line in reasons(said)]
    ['confidence 0.80, fit 0.95', 'instead of A dog howls: confidence 0.30, fit 0.97']
    """
    told: list[tuple[str, Caption | Alternative]] = [("", caption)] if caption.text else []
    if caption.instead_of is not None:
        told.append((f"instead of {visible(one_line(caption.instead_of.text))}: ", caption.instead_of))
    return [f"    {before}{_numbers(sentence)}" for before, sentence in told]


def _numbers(sentence: Caption | Alternative) -> str:
    confidence = [] if sentence.confidence is None else [f"confidence {sentence.confidence:.2f}"]
    return ", ".join([*confidence, f"fit {sentence.fit:.2f}"])


def _picked(step: dict[str, Any], shown: int) -> list[dict[str, Any]]:
    """The best candidates, the winner among them even where others stand before it."""
    best: list[dict[str, Any]] = step["candidates"][:shown]
    rest = [c for c in step["candidates"][shown:] if c["text"] == step["chosen"]]
    return best if not rest or step["chosen"] in [c["text"] for c in best] else [*best[:-1], rest[0]]


def _quoted(text: str) -> str:
    """A token with its spaces visible; a whole sentence as it is."""
    return visible(one_line(text)) if len(text.split()) > 1 else f"'{visible(text)}'"


def _cell(value: Any, width: int) -> str:
    if value is None:
        return " " * width
    return f"{value:>{width}.3f}" if isinstance(value, float) else f"{value!s:>{width}}"


def _losses(row: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.4f}" for name, value in row.items())
