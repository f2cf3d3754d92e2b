"""Terms of use that a model comes under: shown as text, and agreed to before the model is fetched."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser

from earwitness.common.errors import OptionError

ARTICLE = "devsite-article-body"
BLOCKS = frozenset(("p", "h1", "h2", "h3", "h4", "li", "ul", "ol", "br", "tr", "section"))
UNSHOWN = frozenset(("script", "style"))

Ask = Callable[[str], bool]
"""Shown the terms, says whether they are agreed to."""


def agree(name: str, terms: str, address: str, *, accepted: bool, ask: Ask | None) -> None:
    """Raise OptionError unless the terms of a model were accepted, or are where ``ask`` shows them.

    Parameters
    ----------
    name : str
        The model's.
    terms : str
        All of them, as text.
    address : str
        Where they are published.
    accepted : bool
        Whether they were accepted beforehand.
    ask : callable, optional
        Shows them and asks, where there is somebody to ask.
    """
    if accepted or (ask is not None and ask(terms)):
        return
    raise OptionError(
        f"{name} comes under terms of use that must be agreed to, and they were not: read them at {address},"
        f" and if you agree run: earwitness models get {name} --accept-terms"
    )


def article_text(page: str) -> str:
    """The text of a page of terms, a paragraph a block: its article where one is marked, or else all of it.

    >>> article_text('<nav>X</nav><div class="devsite-article-body"><h1>Terms</h1><p>Be <b>good</b>.</div>')
    'Terms\\n\\nBe good.'
    """
    reader = _Article(everything=f'class="{ARTICLE}' not in page)
    reader.feed(page)
    reader.close()
    blocks = (" ".join(block.split()) for block in "".join(reader.found).split("\n\n"))
    return "\n\n".join(block for block in blocks if re.search(r"\w", block))


class _Article(HTMLParser):
    """Collects the text inside the article's element."""

    def __init__(self, *, everything: bool) -> None:
        super().__init__()
        self.found: list[str] = []
        self._inside = int(everything)  # how many elements of the article's kind are open
        self._unshown = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "div" and (self._inside or (dict(attrs).get("class") or "").startswith(ARTICLE)):
            self._inside += 1
        self._unshown += tag in UNSHOWN
        if tag in BLOCKS:
            self.found.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "div" and self._inside:
            self._inside -= 1
        self._unshown -= tag in UNSHOWN
        if tag in BLOCKS:
            self.found.append("\n\n")

    def handle_data(self, data: str) -> None:
        if self._inside and not self._unshown:
            self.found.append(data)
