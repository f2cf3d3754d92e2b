"""List the words of the decoder's captions in assets/words.txt, one a line: what else a decoder writes is none.

python tools/build_words.py AUDIOCAPS_TRAIN_CSV
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "src"))

from earwitness.encoders.runtime import ASSETS

TWICE = 2  # a word that is there once may be a slip


def main(train: Path) -> None:
    with train.open(encoding="utf-8", newline="") as file:
        found = Counter(w for row in csv.DictReader(file) for w in words(row["caption"]))
    own = HERE.parent / "data" / "class-captions" / "captions.tsv"
    with own.open(encoding="utf-8", newline="") as file:
        ours = {w for row in csv.DictReader(file, delimiter="\t") for w in words(row["caption"])}
    known = sorted({w for w, n in found.items() if n >= TWICE} | ours)
    (ASSETS / "words.txt").write_text("\n".join(known) + "\n", encoding="utf-8")


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
