"""How well and how fast an archive answers; writes benchmarks/archive.md.

    python benchmarks/archive.py retrieval --shared ../shared
    python benchmarks/archive.py scale --shared ../shared --events 1000000
    python benchmarks/archive.py vectors            # needs usearch, sqlite-vec and apsw

Each part measures, keeps its figures in a folder (--figures), and writes the page: parts that were measured
there anew, others as they were. Retrieval listens to ESC-10 (``shared/sounds/esc10``), to AudioCaps' clips, to named sounds, and to
sounds of games out of Debian packages, which apt fetches (or folders, ``--games``): 700 of them, drawn with a seed
from those below two megabytes, without those whose own names say that they hold what is sought. Scale makes embeddings and keywords out of the
embedded encoder's background, and takes its captions from AudioCaps and Clotho.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "src"))

PARTS = ("retrieval", "scale", "vectors")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("part", choices=PARTS)
    parser.add_argument("--shared", type=Path, default=HERE.parents[1] / "shared")
    parser.add_argument("--games", type=Path, nargs="*", default=[])
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--figures", type=Path, default=HERE.parent / ".cache" / "archive")
    asked = parser.parse_args()
    asked.figures.mkdir(parents=True, exist_ok=True)
    if asked.part == "retrieval":
        from archive_retrieval import measure

        figures = measure(asked.shared, asked.games, asked.figures)
    elif asked.part == "scale":
        from archive_scale import measure as measure_scale

        figures = measure_scale(asked.shared, asked.events, asked.figures)
    else:
        from archive_vectors import measure as measure_vectors

        figures = measure_vectors(asked.shared, asked.events)
    (asked.figures / f"{asked.part}.json").write_text(json.dumps(figures, indent=1), encoding="utf-8")
    from archive_page import page

    known = {p: asked.figures / f"{p}.json" for p in PARTS}
    measured = {p: json.loads(f.read_text(encoding="utf-8")) for p, f in known.items() if f.is_file()}
    path = HERE / "archive.md"
    text = page(measured, path.read_text(encoding="utf-8") if path.is_file() else "")
    path.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
