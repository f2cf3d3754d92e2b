"""One sound and two sounds: no message has its own way to say so, or none."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from earwitness.common.counting import agreeing, counted, of_them

SOURCE = Path(__file__).resolve().parents[2] / "src" / "earwitness"
COUNTED = re.compile(
    r"^ (?:(?:other|reference|header|empty|repeated|captioned|audio) )?(?:sounds|files|captions|events|clips|rows|sentences|requests|participants|others|parts)\b"
)
# where there are never as few as one: an argument that was named twice, a limit, a table of a paper
MANY = {
    "A body has at most {} parts.",
    "there are 1 to {} sentences to match, not {}.",
    "The first {} of {} clips.",
    "{}: {} {} rows.\n  data: {}\n  files: {}\n  hub: {}\n  about {} GB of a graphics card's memory, {} hours on one\n  {}",
    "--into takes one film and its subtitles, not {} sounds.",
    "{} has none of the {} sounds of {}, such as {}.",
    "{} captions and {} embeddings do not make a corpus.",
}


def counts(path: Path) -> Iterator[str]:
    """Messages in which a number stands before things in the plural, whatever the number is."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.JoinedStr):
            continue
        said = "".join(p.value if isinstance(p, ast.Constant) else "{}" for p in node.values)
        for before, after in zip(node.values, node.values[1:], strict=False):
            number = isinstance(before, ast.FormattedValue) and not before.format_spec
            if number and isinstance(after, ast.Constant) and COUNTED.match(str(after.value)):
                yield said


def test_one_is_no_plural() -> None:
    assert [counted(n, "file is", "files are") for n in (0, 1, 2)] == [
        "0 files are",
        "1 file is",
        "2 files are",
    ]
    assert counted(1, "event") == "1 event" and counted(11, "event") == "11 events"
    assert of_them(1, 3, "sound", "was", "were") == "1 of 3 sounds was"
    assert of_them(2, 2, "sound", "was", "were") == "2 of 2 sounds were"
    assert agreeing(-1, "one", "many") == "many"


def test_messages_count_by_one_helper() -> None:
    found = {
        str(f.relative_to(SOURCE)): left for f in SOURCE.rglob("*.py") if (left := set(counts(f)) - MANY)
    }
    assert not found
