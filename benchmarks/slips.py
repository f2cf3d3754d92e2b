"""Slips that a reader sees, kind by kind, over the shared sounds; writes benchmarks/slips.md.

    python benchmarks/slips.py SHARED_FOLDER [FOLDER_OF_SOUNDS ...]

Every sound is captioned as the command line does. A slip is found by the rules that hold sentences back
(``earwitness.methods.slips``), so what is left here had no sound sentence beside it; speech is invented where a
caption says that someone talks and the sound's label says that no one does.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tools"), str(HERE.parent / "src")]

from labelled_sounds import Truth, whole_sounds

import earwitness
from earwitness.audio import find_sounds
from earwitness.captioning.captioner import Captioner
from earwitness.captioning.options import CaptionOptions
from earwitness.confidence.speech import claims_speech
from earwitness.methods.slips import slips

KINDS = ("unfinished", "number", "repeated", "unknown word")
EACH = 8  # sentences a sound


def main(shared: Path, folders: list[str]) -> None:
    captioner = earwitness.load()
    sounds = whole_sounds(shared)
    people = {sound.path: Truth.people(sound) for sound in sounds}
    paths = {name: [s.path for s in sounds if s.set == name] for name in ("esc10", "named", "audiocaps")}
    paths |= {Path(folder).name: [str(s.path) for s in find_sounds([folder])] for folder in folders}
    rows, found = [], []
    for name, some in paths.items():
        for specific in (True, False):
            said = captions(captioner, some, specific)
            kinds = Counter(kind for sentences in said.values() for kind in slips(sentences[0]))
            further = Counter(
                kind for sentences in said.values() for text in sentences[1:] for kind in slips(text)
            )
            found += [
                f"| {Path(p).name} | {s[0]} | {', '.join(slips(s[0]))} |"
                for p, s in said.items()
                if slips(s[0])
            ]
            without = [s[0] for p, s in said.items() if people.get(p) is False]
            invented = f"{sum(map(claims_speech, without))} of {len(without)}" if without else ""
            counts = " | ".join(f"{kinds[kind]} ({further[kind]})" for kind in KINDS)
            rows.append(f"| {name}{', specific' if specific else ''} | {len(said)} | {counts} | {invented} |")
    page = f"""# Slips

Written by `benchmarks/slips.py`. Captions with a slip, by kind, and in brackets how many of the up to seven sentences
that were held back behind each caption have one; then captions that say someone talks where no one is heard.

| sounds | captions | {" | ".join(KINDS)} | speech invented |
|---|---|{"---|" * len(KINDS)}---|
{chr(10).join(rows)}

| sound | caption | slip |
|---|---|---|
{chr(10).join(dict.fromkeys(found)) or "| | none | |"}
"""
    (HERE / "slips.md").write_text(page, encoding="utf-8")
    print(page)


def captions(captioner: Captioner, paths: list[str], specific: bool) -> dict[str, list[str]]:
    """Each sound's caption, and the sentences behind it."""
    options = CaptionOptions(top=EACH, keywords=0, specific=specific)
    said = {}
    for outcome in captioner.caption_many(paths, options):
        for caption in outcome.captions:
            if caption.text:
                said[str(outcome.source)] = [s.text for s in caption.alternatives]
    return said


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
