"""Text into subtitle lines."""

from __future__ import annotations

LINE, LINES = 42, 2
"""Characters a line, and lines a cue."""


def lines_of(text: str, line: int = LINE) -> list[str]:
    """Break text into lines of at most ``line`` characters where words end, two lines as equal as they can
    be.

    A word longer than a line stands alone on one; ``fits`` tells.

    >>> lines_of("[dog barking]")
    ['[dog barking]']
    >>> lines_of("[rain falling on a metal roof, thunder rumbling in the distance]")
    ['[rain falling on a metal roof,', 'thunder rumbling in the distance]']
    """
    if len(text) <= line:
        return [text]
    words = text.split()
    pairs = [(" ".join(words[:i]), " ".join(words[i:])) for i in range(1, len(words))]
    even = [p for p in pairs if max(len(p[0]), len(p[1])) <= line]
    if even:
        # a break behind a comma reads best, and else the most even one
        first, second = min(even, key=_unevenness)
        return [first, second]
    out = [""]
    for word in words:
        if out[-1] and len(out[-1]) + 1 + len(word) > line:
            out.append("")
        out[-1] = f"{out[-1]} {word}".strip()
    return out


def _unevenness(pair: tuple[str, str]) -> int:
    return abs(len(pair[0]) - len(pair[1])) - 12 * pair[0].endswith(",")


def fits(text: str, line: int = LINE, lines: int = LINES) -> bool:
    """Whether text goes into so many lines.

    >>> fits("[dog barking]"), fits("bark " * 20)
    (True, False)
    """
    made = lines_of(text, line)
    return len(made) <= lines and all(len(x) <= line for x in made)
