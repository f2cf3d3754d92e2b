"""The built book: without a warning, whole in its links, without anything from elsewhere, fit for phones and readers."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

PROJECT = Path(__file__).resolve().parents[2]
BROWSER = PROJECT / "tests" / "server" / "browser"
SERIOUS = ("serious", "critical")
# opened in the browser; the others are made by the same templates
OPENED = (
    "index", "folders", "subtitles", "server", "archive", "batch", "python", "reading", "researchers", "methods",
    "as-published", "training", "extending", "benchmarks/confidence", "reference/commands", "reference/earwitness",
)  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book, built as ``make docs`` builds it."""
    pytest.importorskip("mkdocstrings", reason="the book needs the extra docs")
    pytest.importorskip("material", reason="the book needs the extra docs")
    pytest.importorskip("starlette", reason="the page about HTTP is made of the server: the extra serve")
    folder = tmp_path_factory.mktemp("site")
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(folder)]
    env = {
        **os.environ,
        "NO_MKDOCS_2_WARNING": "1",
    }  # the theme's word on another program, as in the Makefile
    done = subprocess.run(build, cwd=PROJECT, env=env, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0 and "WARNING" not in done.stderr, done.stderr
    return folder


class Page(HTMLParser):
    """What a page refers to, and what can be referred to in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.places: set[str] = set()
        self.links: list[str] = []
        self.parts: list[str] = []  # what a browser fetches by itself
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        self.places.update(found[name] for name in ("id", "name") if found.get(name))
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        if tag == "link" and "href" in found:
            self.parts.append(found["href"])
        if "src" in found:
            self.parts.append(found["src"])


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Page]:
    return {path: Page(path) for path in sorted(site.rglob("*.html"))}


def broken(pages: dict[Path, Page]) -> Iterator[str]:
    """Every local link that leads nowhere, and every anchor that is not there."""
    for path, page in pages.items():
        for link in [*page.links, *page.parts]:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or path.name == "404.html":
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            if not target.is_file():
                yield f"{path.name}: {link} is not there"
            elif parts.fragment and target in pages and unquote(parts.fragment) not in pages[target].places:
                yield f"{path.name}: {link} has no such place"


def test_every_local_link_leads_somewhere(pages: dict[Path, Page]) -> None:
    assert len(pages) > 40
    assert sum(len(p.links) for p in pages.values()) > 2000
    assert list(broken(pages)) == []


def test_nothing_is_fetched_from_elsewhere(site: Path, pages: dict[Path, Page]) -> None:
    assert [p for page in pages.values() for p in page.parts if urlsplit(p).netloc] == []
    styles = "".join(p.read_text(encoding="utf-8") for p in site.rglob("*.css"))
    assert re.findall(r"url\(['\"]?(?:https?:)?//[^)]*\)|@import[^;]*//[^;]*", styles) == []


def test_equations_are_set_and_drawings_stand_in_the_page(site: Path) -> None:
    text = (site / "methods.html").read_text(encoding="utf-8")
    assert text.count("<math") > 20 and "\\lambda" not in text and "arithmatex" not in text
    assert text.count('class="drawing"') == 4
    assert "skip:" not in "".join(p.read_text(encoding="utf-8") for p in site.glob("*.html"))


def test_every_command_and_every_address_is_described(site: Path) -> None:
    from earwitness.cli.__main__ import COMMANDS
    from earwitness.server.api.openapi import document

    commands = (site / "reference" / "commands.html").read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f'<h2 id="earwitness-{name}"' not in commands] == []
    assert "--min-confidence" in commands and "--legacy-penalty" in commands
    http = unescape((site / "reference" / "http.html").read_text(encoding="utf-8"))
    assert [path for path in document()["paths"] if path not in http] == []


@pytest.fixture(scope="module")
def looked(site: Path) -> dict[str, Any]:
    """What a browser makes of the pages, at 390 pixels in dark colours and at 1280 in light ones."""
    names = ("chromium", "chromium-browser", "google-chrome")
    chromium = next((path for name in names if (path := shutil.which(name))), None)
    if chromium is None or shutil.which("node") is None:
        pytest.skip("no Chromium or no node here; on Debian: apt-get install chromium nodejs npm")
    if not (BROWSER / "node_modules" / "playwright-core").is_dir():
        pytest.skip("playwright-core is not installed: npm install in tests/server/browser")
    command = ["node", "site.mjs", chromium, str(site), *(f"{name}.html" for name in OPENED)]
    done = subprocess.run(command, cwd=Path(__file__).parent, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_pages_fit_a_phone_and_run_without_a_fault_or_a_network(looked: dict[str, Any]) -> None:
    assert len(looked["seen"]) == 2 * len(OPENED)
    assert [(s["page"], s["wide"]) for s in looked["seen"] if s["wide"] > s["width"]] == []
    assert [(s["page"], s["faults"]) for s in looked["seen"] if s["faults"]] == []
    assert [(s["page"], s["fetched"]) for s in looked["seen"] if s["fetched"]] == []
    assert looked["hits"] > 0  # the search, opened from a disk


def test_pages_are_accessible(looked: dict[str, Any]) -> None:
    wrong = [
        (seen["page"], seen["width"], v["id"], v["nodes"])
        for seen in looked["seen"]
        for v in seen["violations"]
        if v["impact"] in SERIOUS
    ]
    assert wrong == []
