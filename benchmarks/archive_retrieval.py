"""Retrieval: names and paraphrases on ESC-10, alone and among game sounds; people's captions of AudioCaps' clips."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

# A class's name and three paraphrases, written for this test before any search was tried, and not changed since.
QUERIES = {
    "dog_bark": ("dog bark", "a dog barks", "a barking puppy", "hound woofing at someone"),
    "rain": ("rain", "rain falls on a roof", "a heavy downpour", "raindrops pattering down"),
    "sea_waves": ("sea waves", "waves break on the shore", "surf at the beach", "the ocean rolls in"),
    "baby_cry": ("baby cry", "a baby cries", "an infant wailing", "a crying newborn"),
    "clock_tick": ("clock tick", "a clock ticks", "ticking of a wall clock", "tick-tock of an old timepiece"),
    "person_sneeze": ("person sneeze", "someone sneezes", "a loud sneeze", "achoo, a man with a cold"),
    "helicopter": (
        "helicopter",
        "a helicopter flies overhead",
        "rotor blades of a chopper",
        "a hovering aircraft with a rotor",
    ),
    "chainsaw": (
        "chainsaw",
        "someone uses a chainsaw",
        "a power saw cutting down a tree",
        "a motor saw revs in the woods",
    ),
    "rooster": ("rooster", "a rooster crows", "cock-a-doodle-doo", "a cockerel greets the morning"),
    "fire_crackling": (
        "fire crackling",
        "a campfire crackles",
        "burning wood pops",
        "flames in a fireplace",
    ),
}
# Game sounds with these in their names may be what is sought, and are left out.
STEMS = re.findall(
    r"\w+",
    "dog bark puppy growl yap woof howl rain drizzl downpour wave ocean sea surf shore beach water baby babies "
    "infant cry cries crie toddler clock tick tock sneez helicopter chopper rotor chainsaw saw sawing sawed "
    "rooster crow cock chicken fire crackl flame burn",
)
GAMES, MOST_BYTES, SEED = 700, 2_000_000, 21
DEEP = 2000  # results a search, so that every relevant sound has its rank


def measure(shared: Path, games: Sequence[Path], folder: Path) -> dict[str, Any]:
    """Index what is needed (archives are kept in ``folder``) and search it in several ways."""
    import earwitness.archive as archives
    from earwitness.archive import SearchOptions

    esc = sorted((shared / "sounds" / "esc10").rglob("*.ogg"))
    ten = references(shared / "sounds" / "captioned")
    seventy = references(shared / "sounds" / "audiocaps")
    sets: dict[str, Sequence[Path]] = {"esc10": esc, "ten": list(ten), "seventy": list(seventy)}
    if games:
        distractors = game_sounds(games)
        sets |= {"esc10_games": [*esc, *distractors], "ten_all": list(ten)}
    opened = {}
    for name, files in sets.items():
        path = folder / f"{name}.db"
        if name == "ten_all" and not path.exists():  # what was listened to already, and the ten
            with closing(sqlite3.connect(path)) as copy:
                opened["esc10_games"]._connection().backup(copy)
        opened[name] = archives.open(path, create=True)
        print(name, opened[name].index(files).lines()[0], flush=True)
    relevant = {c: {str(p.absolute()) for p in esc if p.parent.name == c} for c in QUERIES}
    names = [(q[0], relevant[c]) for c, q in QUERIES.items()]
    every = [(text, relevant[c]) for c, q in QUERIES.items() for text in q]
    asked = {
        "ESC-10, names": ("esc10", names),
        "ESC-10, names and paraphrases": ("esc10", every),
        "ESC-10 among game sounds, names": ("esc10_games", names),
        "ESC-10 among game sounds, names and paraphrases": ("esc10_games", every),
        "ten AudioCaps clips": ("ten", by_caption(ten)),
        "the ten among all others": ("ten_all", by_caption(ten)),
        "seventy AudioCaps clips": ("seventy", by_caption(seventy)),
    }
    plain = {"feedback": 0.0, "meaning": 0.0}
    ways = {
        "text only": SearchOptions(top=DEEP, sound=0.0, **plain),
        "vector only, bare cosine": SearchOptions(top=DEEP, words=0.0, brief=0.0, **plain),
        "vector only": SearchOptions(top=DEEP, words=0.0, **plain),
        "hybrid": SearchOptions(top=DEEP),
        "hybrid, feedback 0": SearchOptions(top=DEEP, feedback=0.0),
        "hybrid, words 0.2": SearchOptions(top=DEEP, words=0.2),
        "hybrid, meaning 0": SearchOptions(top=DEEP, meaning=0.0),
        "hybrid, brief 0 s": SearchOptions(top=DEEP, brief=0.0),
    }
    rows: dict[str, Any] = {}
    for way, options in ways.items():
        rows[way] = {
            what: scored(opened[name], queries, options)
            for what, (name, queries) in asked.items()
            if name in opened
        }
        print(way, json.dumps(rows[way]), flush=True)
    hardest = {text: scored(opened["esc10"], [(text, r)], ways["hybrid"])[0] for text, r in every}
    return {"rows": rows, "queries": hardest, "games": len(sets.get("esc10_games", esc)) - len(esc)}


def scored(archive: Any, queries: Iterable[tuple[str, set[str]]], options: Any) -> tuple[float, float]:
    """Mean average precision, and recall among the first ten (of ten at most)."""
    precisions, recalls = [], []
    paths = dict(
        archive._connection().execute("SELECT e.id, f.path FROM events e JOIN files f ON f.id = e.file")
    )
    for text, relevant in queries:
        found = np.array([os.fsdecode(paths[event]) in relevant for event in ranking(archive, text, options)])
        ranks = np.flatnonzero(found) + 1
        precisions.append(float((np.arange(1, len(ranks) + 1) / ranks).sum()) / len(relevant))
        recalls.append(float(found[:10].sum()) / min(len(relevant), 10))
    return float(np.mean(precisions)), float(np.mean(recalls))


def ranking(archive: Any, text: str, options: Any) -> list[int]:
    """The events that ``Archive.search`` gives, without what is told of them."""
    from earwitness.archive.finding.query import make_query
    from earwitness.archive.finding.search import query_words, ranked
    from earwitness.encoders.base import background_of

    connection, query = archive._connection(), make_query(archive.encoder, text, None, ())
    words = query_words(connection, query, options)
    found = ranked(connection, query, words, options, background_of(archive.encoder))
    return [event for event, _, _ in found]


def references(folder: Path) -> dict[Path, list[str]]:
    """Clips and people's captions of them."""
    rows = json.loads((folder / "captions.json").read_text(encoding="utf-8"))
    return {folder / row["file"]: row["captions"] for row in rows}


def by_caption(clips: dict[Path, list[str]]) -> list[tuple[str, set[str]]]:
    """A query a clip: the first of its captions; the answer is the clip."""
    return [(captions[0], {str(path.absolute())}) for path, captions in clips.items()]


def game_sounds(folders: Sequence[Path]) -> list[Path]:
    """Different sounds of games, whose names do not say that they are what is sought."""
    seen: set[bytes] = set()
    sounds = []
    for path in sorted(path for folder in folders for path in folder.rglob("*")):
        if path.suffix not in (".wav", ".ogg") or not path.is_file() or path.stat().st_size >= MOST_BYTES:
            continue
        content = hashlib.sha1(path.read_bytes()).digest()
        if content not in seen and not named(path):
            seen.add(content)
            sounds.append(path)
    random.Random(SEED).shuffle(sounds)
    return sounds[:GAMES]


def named(path: Path) -> bool:
    """Whether a file's name has a word that begins like one of ``STEMS``."""
    words = re.findall("[a-z]+", re.sub("([a-z])([A-Z])", r"\1 \2", path.stem).lower())
    return any(word.startswith(stem) for word in words for stem in STEMS)
