"""That nothing in the book escapes being run, and that the README stays short."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
FENCE = re.compile(r"^( *)```(\S*)\n(.*?)^\1```", re.DOTALL | re.MULTILINE)
SKIP = re.compile(r"<!-- skip: (.*?) -->")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_a_block_of_commands_says_that_it_is_one(page: Path) -> None:
    for _, language, block in FENCE.findall(page.read_text(encoding="utf-8")):
        assert language in ("", "bash", "python", "text", "toml"), f"{page.name}: nothing runs {language}"
        if language in ("", "toml"):
            assert not re.search(r"^(earwitness|pip|import|from|make) ", block, re.MULTILINE), block


@pytest.mark.parametrize("page", PAGES, ids=lambda p: p.name)
def test_what_is_not_run_says_why(page: Path) -> None:
    for said in SKIP.findall(page.read_text(encoding="utf-8")):
        assert said == "end" or re.search(r'"[^"]{10,}"', said), f"{page.name}: skip: {said}"


def test_few_blocks_are_left_out() -> None:
    text = "".join(page.read_text(encoding="utf-8") for page in PAGES)
    blocks = [language for _, language, _ in FENCE.findall(text) if language in ("bash", "python")]
    left_out = [said for said in SKIP.findall(text) if said.startswith('next "')]
    assert len(blocks) > 60 and len(left_out) < len(blocks) / 4


def test_the_readme_is_short_and_shows_a_picture() -> None:
    text = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 120 and "![" in text.split("## Start")[0]


def test_every_chapter_has_its_place_in_the_book() -> None:
    nav = (PROJECT / "mkdocs.yml").read_text(encoding="utf-8")
    assert [p.name for p in PAGES[1:] if f": {p.name}\n" not in nav] == []
