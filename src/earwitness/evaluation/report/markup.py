"""HTML that cannot be forgotten to be escaped: plain strings are text, only ``Markup`` is markup."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape


class Markup(str):
    """HTML that is known to be well made."""

    __slots__ = ()


_VOID = frozenset(["img", "input", "meta"])


def tag(name: str, *content: str, **attributes: str | int | bool) -> Markup:
    """An element. Attributes lose a trailing underscore (``class_``); one that is ``True`` stands alone.

    >>> tag("p", "<rain> & wind", tag("b", "!"), class_="said", hidden=True)
    '<p class="said" hidden>&lt;rain&gt; &amp; wind<b>!</b></p>'
    """
    told = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{escape(str(value))}"')
        for key, value in attributes.items()
        if value is not False
    )
    return Markup(f"<{name}{told}>" if name in _VOID else f"<{name}{told}>{join(content)}</{name}>")


def join(parts: Iterable[str]) -> Markup:
    """Parts one after the other, those that are no markup escaped."""
    return Markup("".join(part if isinstance(part, Markup) else escape(part) for part in parts))


def table(header: Iterable[str], rows: Iterable[Iterable[str]], *, class_: str = "") -> Markup:
    """A table whose first column names its rows; a cell that is an element already is not wrapped again."""
    head = tag("thead", tag("tr", *(_cell("th", cell) for cell in header)))
    body = [
        tag("tr", *(_cell("td" if place else "th", cell) for place, cell in enumerate(row))) for row in rows
    ]
    return tag("table", head, tag("tbody", *body), class_=class_ or False)


def _cell(name: str, content: str) -> Markup:
    if isinstance(content, Markup) and content.startswith(("<td", "<th")):
        return content
    return tag(name, content)


def bullets(lines: Iterable[str], class_: str) -> Markup:
    """A list; nothing when it is empty."""
    items = [tag("li", line) for line in lines]
    return tag("ul", *items, class_=class_) if items else Markup()
