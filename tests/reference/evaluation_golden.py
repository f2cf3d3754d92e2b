"""Write the golden files of tests/evaluation, from Stanford's tokenizer and pycocoevalcap.

Run in an environment that has pycocoevalcap and a Java runtime, with the project's ``src`` on the path::

    python tests/reference/evaluation_golden.py <shared data folder>

The golden files hold hashes, scores and made-up lines, no caption of a dataset.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path

import evaluation_stanford as stanford
import evaluation_tricky as tricky

from earwitness.datasets import read_references

GOLDEN = Path(__file__).resolve().parents[1] / "evaluation" / "golden"
FILES = [f"{name}/{split}.csv" for name in ("audiocaps", "clotho") for split in ("train", "val", "test")]


def captions(path: Path) -> list[str]:
    """Every caption of a table, clip by clip."""
    return [caption for found in read_references(path).captions.values() for caption in found]


def digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def tokens(shared: Path) -> dict[str, object]:
    files = {}
    for name in FILES:
        found = captions(shared / "data" / name)
        files[name] = {"captions": len(found), "sha256": digest(stanford.tokenise(found))}
    hand = (Path(__file__).parent / "evaluation_tricky.txt").read_text(encoding="utf-8").splitlines()
    given = [*hand, *tricky.lines(300, seed=4182)]
    # a full stop at the end of a line is read together with the next line's beginning: keep them apart
    apart = stanford.tokenise([line for text in given for line in (text, "zz")])[::2]
    return {"files": files, "lines": [list(pair) for pair in zip(given, apart, strict=True)]}


def scores(shared: Path) -> dict[str, object]:
    found = {}
    for name in ("audiocaps", "clotho"):
        references = read_references(shared / "data" / name / "test.csv").captions
        words = stanford.tokenise([caption for clip in references.values() for caption in clip])
        told = iter(words)
        tokenised = {clip: [next(told) for _ in texts] for clip, texts in references.items()}
        rounds = [leave_out(tokenised, place) for place in range(5)]
        measured = rounds[0]
        found[name] = {
            "ids": list(references),
            # people's agreement: each caption in turn against the four others
            "human": {score: sum(found[score][0] for found in rounds) / len(rounds) for score in measured},
            "scores": {
                score: {"value": value, "items": [round(item, 12) for item in items]}
                for score, (value, items) in measured.items()
            },
        }
    return found


def leave_out(captions: dict[str, list[str]], place: int) -> dict[str, tuple[float, list[float]]]:
    """The captions at one place as predictions, scored against the others."""
    return stanford.scores(
        {clip: texts[place] for clip, texts in captions.items()},
        {clip: texts[:place] + texts[place + 1 :] for clip, texts in captions.items()},
    )


def main() -> None:
    shared = Path(sys.argv[1])
    GOLDEN.mkdir(exist_ok=True)
    for name, content in (("tokens", tokens(shared)), ("scores", scores(shared))):
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
        (GOLDEN / f"{name}.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
