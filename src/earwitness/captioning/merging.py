"""Neighbours that say the same are one caption."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from earwitness.common.caption import Caption

if TYPE_CHECKING:
    from earwitness.common.arrays import Floats


def merge(captions: Sequence[Caption]) -> list[Caption]:
    """Make one of neighbours that say the same; fit and confidence of the whole are means over time.

    >>> a = Caption("x", 0, 10, "Rain falls", 0.8); b = Caption("x", 10, 15, "Rain falls", 0.5)
    >>> [(c.start, c.end, round(c.fit, 2)) for c in merge([a, b])]
    [(0, 15, 0.7)]
    """
    out: list[Caption] = []
    for caption in captions:
        last = out[-1] if out else None
        if last is None or last.text != caption.text or last.end != caption.start:
            out.append(caption)
        else:
            out[-1] = _joined(last, caption)
    return out


def _joined(last: Caption, caption: Caption) -> Caption:
    before, after = last.end - last.start, caption.end - caption.start

    def mean(a: float, b: float) -> float:
        return (a * before + b * after) / max(before + after, 1e-9)

    both = last.confidence is not None and caption.confidence is not None
    confidence = mean(last.confidence or 0.0, caption.confidence or 0.0) if both else None
    better = (last.confidence or 0.0, last.fit) >= (caption.confidence or 0.0, caption.fit)
    return replace(
        last if better else caption,
        start=last.start,
        end=caption.end,
        fit=mean(last.fit, caption.fit),
        confidence=confidence,
        notes=tuple(dict.fromkeys((*last.notes, *caption.notes))),
        embedding=_mean(last, caption),
    )


def _mean(first: Caption, second: Caption) -> Floats | None:
    """The embedding of two neighbours together: their mean over time, of unit length."""
    from earwitness.encoders.base import normalise

    if first.embedding is None or second.embedding is None:
        return first.embedding if second.embedding is None else second.embedding
    seconds = first.end - first.start, second.end - second.start
    return normalise(seconds[0] * first.embedding + seconds[1] * second.embedding)
