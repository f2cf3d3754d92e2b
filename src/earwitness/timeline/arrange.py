"""Events in order: parts of one sound joined, lengths fitted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from earwitness.timeline.event import Event
from earwitness.timeline.options import EventOptions
from earwitness.timeline.patches import likeness

JOIN_SECONDS, JOIN_LIKENESS = 1.0, 0.7  # a dog that barks again within a second goes on barking


def arranged(events: Iterable[Event], seconds: float, options: EventOptions) -> list[Event]:
    """Events of a sound of some length in order of their beginnings, each as long as the options want it."""
    inside = [replace(e, start=max(0.0, e.start), end=min(e.end, seconds)) for e in events if e.start < seconds]
    whole = [e for e in inside if e.background]
    whole += joined(sorted((e for e in inside if not e.background), key=lambda e: e.start))
    fitted = [part for event in whole for part in _fitted(event, seconds, options)]
    return sorted(fitted, key=lambda e: (e.start, not e.background, e.end))


def joined(events: Sequence[Event]) -> list[Event]:
    """Make one of neighbours in time that are tagged alike."""
    out: list[Event] = []
    for event in events:
        last = out[-1] if out else None
        near = last is not None and event.start - last.end <= JOIN_SECONDS
        if last is None or not near or likeness(last.tags, event.tags) < JOIN_LIKENESS:
            out.append(event)
            continue
        longer = max(last, event, key=lambda e: e.seconds)
        out[-1] = replace(longer, start=last.start, end=max(last.end, event.end))
    return out


def _fitted(event: Event, seconds: float, options: EventOptions) -> Iterator[Event]:
    start, end = event.start, event.end
    if end - start < options.min_seconds:
        end = min(start + options.min_seconds, seconds)
        start = min(start, max(0.0, end - options.min_seconds))
    parts = 1 if options.max_seconds is None else math.ceil((end - start) / options.max_seconds)
    length = (end - start) / max(parts, 1)
    for i in range(parts):
        yield replace(event, start=start + i * length, end=start + (i + 1) * length)
