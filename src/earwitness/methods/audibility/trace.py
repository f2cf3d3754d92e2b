"""Why audibility guidance chose a token: plain numbers of the likeliest candidates and of every iteration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

SHOWN = 8
"""Candidates a token in an explanation."""


@dataclass
class GuidanceRecord:
    """What is noted down while one row is guided: losses of each iteration, the last target by token."""

    losses: list[dict[str, float]] = field(default_factory=list)
    target: dict[int, float] = field(default_factory=dict)


def note(
    records: Sequence[GuidanceRecord],
    terms: dict[str, torch.Tensor],
    ids: torch.Tensor,
    wanted: Sequence[Sequence[float]],
) -> None:
    """Write one iteration down: each row's terms (b,), and the target (b, k) of its candidates ``ids``."""
    for row, (record, tokens) in enumerate(zip(records, ids.tolist(), strict=True)):
        record.losses.append({name: float(term[row].detach()) for name, term in terms.items()})
        record.target = dict(zip(tokens, wanted[row], strict=True))


def reasons(
    record: GuidanceRecord, tokens: Sequence[int], columns: Mapping[str, Sequence[Any]], weight: float
) -> dict[str, Any]:
    """One row's part of a trace entry.

    Parameters
    ----------
    record : GuidanceRecord
    tokens : candidates, the likeliest after guidance first
    columns : text, probability, before, match and audibility of each
    weight : λ2, by which ``score`` adds audibility to the match

    Examples
    --------
    >>> columns = {"text": [" dog"], "match": [0.5], "audibility": [1.0]}
    >>> reasons(GuidanceRecord([{"match": 2.0}], {7: 0.9}), [7], columns, 0.25)["candidates"]
    [{'text': ' dog', 'match': 0.5, 'audibility': 1.0, 'target': 0.9, 'score': 0.75}]
    """
    candidates = []
    for i, token in enumerate(tokens):
        entry = {name: values[i] for name, values in columns.items()}
        # a token that came up after the last iteration was no part of its target
        entry["target"] = record.target.get(token, 0.0)
        entry["score"] = entry["match"] + weight * entry["audibility"]
        candidates.append(entry)
    return {"candidates": candidates, "losses": record.losses}
