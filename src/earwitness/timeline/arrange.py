"""Events in order: parts of one sound joined, lengths fitted."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from earwitness.timeline.event import Event
from earwitness.timeline.options import EventOptions
from earwitness.timeline.patches import likeness

JOIN_SECONDS, JOIN_LIKENESS = 1.0, 0.7  # a dog that barks again within a second goes on barking
LASTING = 8.0  # seconds


def arranged(events: Iterable[Event], seconds: float, options: EventOptions) -> list[Event]:
    """Events of a sound of some length in order of their beginnings, each as long as the options want it."""
    inside = [
        replace(e, start=max(0.0, e.start), end=min(e.end, seconds)) for e in events if e.start < seconds
    ]
    steady = sorted((e for e in inside if e.background), key=lambda e: e.start)
    over = joined(sorted((e for e in inside if not e.background), key=lambda e: e.start))
    steady, over = _led_in(steady, over)
    told = [e if _goes_on(e, over) else replace(e, background=False) for e in steady] + over
    fitted = [part for event in told for part in _fitted(event, seconds, options)]
    return sorted(fitted, key=lambda e: (e.start, not e.background, e.end))


def joined(events: Sequence[Event]) -> list[Event]:
    """Make one of neighbours in time that are tagged alike."""
    out: list[Event] = []
    for event in events:
        last = out[-1] if out else None
        near = last is not None and event.start - last.end <= JOIN_SECONDS
        if last is None or not near or not alike(last, event):
            out.append(event)
            continue
        longer = max(last, event, key=lambda e: e.seconds)
        out[-1] = replace(longer, start=last.start, end=max(last.end, event.end))
    return out


def _led_in(steady: list[Event], over: list[Event]) -> tuple[list[Event], list[Event]]:
    """Give a background the event that is its beginning: a bell is struck, and rings."""
    rest = list(over)
    out = []
    for event in steady:
        before = next(
            (
                o
                for o in rest
                if o.start - JOIN_SECONDS <= event.start <= o.end + JOIN_SECONDS and alike(o, event)
            ),
            None,
        )
        if before is not None:
            rest.remove(before)
            event = replace(event, start=min(before.start, event.start), end=max(before.end, event.end))
        out.append(event)
    return out, rest


def _goes_on(event: Event, over: Sequence[Event]) -> bool:
    """Whether a steady sound is a background: it lasts, or something happens over it."""
    return event.seconds >= LASTING or any(o.start < event.end and o.end > event.start for o in over)


def alike(one: Event, other: Event) -> bool:
    """Whether two events are tagged as one sound."""
    return likeness(one.tags, other.tags) >= JOIN_LIKENESS


def _fitted(event: Event, seconds: float, options: EventOptions) -> Iterator[Event]:
    start, end = event.start, event.end
    if end - start < options.min_seconds:
        end = min(start + options.min_seconds, seconds)
        start = min(start, max(0.0, end - options.min_seconds))
    parts = 1 if options.max_seconds is None else math.ceil((end - start) / options.max_seconds)
    length = (end - start) / max(parts, 1)
    for i in range(parts):
        yield replace(event, start=start + i * length, end=start + (i + 1) * length)
