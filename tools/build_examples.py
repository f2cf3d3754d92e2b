"""Put keywords beside data/class-captions: assets/examples.tsv, from which a language model is shown captions.

python tools/build_examples.py

A caption's keywords are the names of sounds nearest to it as text in tag space, as a sound's are nearest to it.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "src"))

from earwitness.encoders.runtime import ASSETS
from earwitness.encoders.tags.encoder import TagEncoder
from earwitness.methods.prompting.keywords import KeywordIndex
from earwitness.methods.prompting.lists import audioset_entries

KEYWORDS = 3


def main() -> None:
    encoder = TagEncoder()
    index = KeywordIndex(encoder, tuple(dict.fromkeys(audioset_entries())))
    with (HERE.parent / "data" / "class-captions" / "captions.tsv").open(
        encoding="utf-8", newline=""
    ) as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    lines = ["class\tkeywords\tcaption"]
    for row, vector in zip(rows, encoder.embed_text([r["caption"] for r in rows]), strict=True):
        near = index.nearest(vector, KEYWORDS, encoder.background())
        lines.append("\t".join((row["class"], "; ".join(k.text for k in near), row["caption"])))
    (ASSETS / "examples.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
