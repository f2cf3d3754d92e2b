"""What ``mkdocs build`` does besides: pages that lie elsewhere in the project, links, drawings, equations.

A page is written to be read where it lies, in a checkout; here its links are made to fit the book. What lies outside
of the book (a source file, say) keeps its name and loses its link. Nothing is fetched.
"""

from __future__ import annotations

import html
import posixpath
import re
from pathlib import Path
from typing import Any

import generated
import latex2mathml.converter
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parents[2]
BESIDE = ("CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "examples/README.md", "examples/deploy/README.md")
ASSETS = "src/earwitness/assets/README.md"
LINK = re.compile(r"(?<!\\)(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^()\s]+)\)")
DRAWING = re.compile(r'<img alt="([^"]*)" src="[^"]*drawings/([\w-]+)\.svg"\s*/?>')
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
FENCE = re.compile(r"(^```.*?^```$)", re.DOTALL | re.MULTILINE)
TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)  # not those that line numbers stand in
EQUATION = re.compile(r'<(span|div) class="arithmatex">(.*?)</\1>', re.DOTALL)


def on_config(config: Any) -> Any:
    """Pages of figures that the table of contents does not name yet stand at the end of theirs."""
    for section in config.nav:
        if "Benchmarks" in section:
            listed = {uri for entry in section["Benchmarks"] for uri in entry.values()}
            found = (f"benchmarks/{path.name}" for path in sorted((ROOT / "benchmarks").glob("*.md")))
            section["Benchmarks"] += [
                {Path(uri).stem.capitalize(): uri} for uri in found if uri not in listed
            ]
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that lie outside of docs/, and those that are made of the code."""
    outside = [*BESIDE, ASSETS]
    outside += [
        f"benchmarks/{p.name}" for p in sorted((ROOT / "benchmarks").iterdir()) if p.suffix in (".md", ".svg")
    ]
    for name in outside:
        files.append(File.generated(config, name, abs_src_path=str(ROOT / name)))
    for name, text in generated.pages().items():
        files.append(File.generated(config, name, content=text))
    return files


def place(uri: str) -> str:
    """Where a page of the book lies in the project.

    >>> place("folders.md"), place("benchmarks/speed.md")
    ('docs/folders.md', 'benchmarks/speed.md')
    """
    return f"docs/{uri}" if (ROOT / "docs" / uri).exists() else uri


def on_page_markdown(markdown: str, page: Any, config: Any, files: Files) -> str:
    """Links that fit the checkout -> links that fit the book; comments go."""
    uri = page.file.src_uri
    here = posixpath.dirname(place(uri))
    parts = FENCE.split(markdown)  # what stands in a block of code is left alone
    parts[::2] = [
        LINK.sub(lambda m: _link(m, here, posixpath.dirname(uri), files), COMMENT.sub("", part))
        for part in parts[::2]
    ]
    return "".join(parts)


def _link(found: re.Match[str], here: str, folder: str, files: Files) -> str:
    mark, words, target = found.groups()
    path, _, anchor = target.partition("#")
    if not path or re.match(r"[a-z]+:", target):
        return found[0]
    inside = posixpath.normpath(posixpath.join(here, path))
    uri = inside.removeprefix("docs/")
    if inside == "README.md":
        uri = "index.md"
    if files.get_file_from_path(uri) is not None:
        return f"{mark}[{words}]({posixpath.relpath(uri, folder or '.')}{'#' * bool(anchor)}{anchor})"
    if (ROOT / inside).exists():
        return (
            words if words.startswith("`") else f"{words} (`{inside}`)" if words != inside else f"`{inside}`"
        )
    return found[0]  # mkdocs says that it leads nowhere


def on_page_content(html_text: str, page: Any, config: Any, files: Files) -> str:
    """Drawings into the page, so that they follow its colours; equations as MathML, which browsers set themselves."""
    html_text = DRAWING.sub(_drawing, html_text)
    html_text = EQUATION.sub(_equation, html_text)
    # a table that is wider than a phone is scrolled, by the keyboard too
    return TABLE.sub(r'<div class="wide" tabindex="0">\g<0></div>', html_text)


def _drawing(found: re.Match[str]) -> str:
    drawing = (ROOT / "docs" / "drawings" / f"{found[2]}.svg").read_text(encoding="utf-8")
    return f'<div class="drawing" tabindex="0" role="group" aria-label="{found[1]}">{drawing[drawing.index("<svg") :]}</div>'


def _equation(found: re.Match[str]) -> str:
    latex = html.unescape(found[2]).strip()
    display = "block" if latex.startswith("\\[") else "inline"
    made = latex2mathml.converter.convert(latex[2:-2].strip(), display=display)
    return f'<div class="equation" tabindex="0">{made}</div>' if display == "block" else made


def on_post_page(output: str, page: Any, config: Any) -> str:
    """The search box is a dialog without a name in the theme; readers of screens are told its name."""
    return output.replace(
        'data-md-component="search" role="dialog"',
        'data-md-component="search" role="dialog" aria-label="Search"',
    )
