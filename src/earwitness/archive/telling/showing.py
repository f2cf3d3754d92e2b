"""Figures and duplicates for people."""

from __future__ import annotations

from collections.abc import Sequence

from earwitness.archive.results import Duplicates, Stats
from earwitness.archive.telling.output import clock, near
from earwitness.common.counting import counted
from earwitness.writers.text import visible

BAR = 30  # characters of the longest bar


def shown_stats(stats: Stats) -> str:
    """An archive's figures as a page of text."""
    lines = [
        f"{counted(stats.files, 'file')}, {stats.hours:.2f} hours, {counted(stats.events, 'event')}, "
        f"{counted(stats.captions, 'caption')}",
        f"{stats.missing} missing, {stats.unreadable} could not be read, {stats.bytes / 1e6:.1f} MB",
        f"encoder {stats.encoder}, {stats.cut}" if stats.encoder else "nothing was indexed yet",
    ]
    if stats.classes:
        lines += ["", "heard most (strongest in so many events, hours)"]
        width = max(len(name) for name, _, _ in stats.classes)
        most = max(count for _, count, _ in stats.classes)
        lines += [f"  {visible(n):{width}}  {c:>7}  {h:>8.2f}  {_bar(c, most)}" for n, c, h in stats.classes]
    if any(stats.confidence):
        lines += ["", "confidence of captions"]
        most = max(stats.confidence)
        lines += [
            f"  {i / 10:.1f}-{(i + 1) / 10:.1f}  {count:>7}  {_bar(count, most)}".rstrip()
            for i, count in enumerate(stats.confidence)
        ]
    if stats.texts:
        lines += ["", "said most"]
        lines += [f"  {count:>7}  {visible(text)}" for text, count in stats.texts[:10]]
    if stats.errors:
        lines += ["", "could not be read"]
        lines += [f"  {visible(error)}" for _, error in stats.errors]
    return "\n".join(lines)


def _bar(count: int, most: int) -> str:
    return "#" * -(-BAR * count // most) if count else ""


def shown_duplicates(groups: Sequence[Duplicates]) -> str:
    """Groups of duplicates, one after the other."""
    if not groups:
        return "No sound is there twice."
    lines = []
    for group in groups:
        how = "equal content" if group.exact else f"the same sound (likeness {group.likeness:.2f})"
        lines.append(f"{clock(group.seconds)}  {how}")
        lines += [f"    {visible(near(path))}" for path in group.paths]
    return "\n".join(lines)
