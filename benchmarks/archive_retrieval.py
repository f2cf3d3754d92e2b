"""Retrieval: names and paraphrases on ESC-10, alone and among game sounds; people's captions of AudioCaps' clips.

The weights of a search are chosen by the queries of ``CHOOSING`` on ``shared/sounds/named``, alone and among
ESC-10's clips; everything else is asked to be reported.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import sqlite3
import sys
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
from archive_pairs import pairs
from archive_queries import CHOOSING, QUERIES

# Game sounds with these in their names may be what is sought, and are left out.
STEMS = re.findall(
    r"\w+",
    "dog bark puppy growl yap woof howl rain drizzl downpour wave ocean sea surf shore beach water baby babies "
    "infant cry cries crie toddler clock tick tock sneez helicopter chopper rotor chainsaw saw sawing sawed "
    "rooster crow cock chicken fire crackl flame burn",
)
GAMES, MOST_BYTES, SEED = 700, 2_000_000, 21
# Debian packages of games with recorded sounds; of none of them the encoder's background was made.
PACKAGES = (
    "alienblaster-data",
    "btanks-data",
    "bzflag-data",
    "dustracing2d-data",
    "endless-sky-data",
    "flare-game",
    "freedink-data",
    "frozen-bubble-data",
    "hex-a-hop-data",
    "lugaru-data",
    "marsshooter-data",
    "netpanzer-data",
    "njam-data",
    "opencity-data",
    "ri-li-data",
    "scorched3d-data",
    "supertux-data",
)
DEEP = 2000  # results a search, so that every relevant sound has its rank


def measure(shared: Path, games: Sequence[Path], folder: Path) -> dict[str, Any]:
    """Index what is needed (archives are kept in ``folder``) and search it in several ways."""
    import earwitness.archive as archives

    esc = sorted((shared / "sounds" / "esc10").rglob("*.ogg"))
    ten = references(shared / "sounds" / "captioned")
    seventy = references(shared / "sounds" / "audiocaps")
    distractors = game_sounds(games or packages())
    named = sorted((shared / "sounds" / "named").glob("*.ogg"))
    both = pairs(shared / "sounds" / "named", folder / "pairs")
    sets: dict[str, Sequence[Path]] = {
        "named": named,
        "esc10": esc,
        "named_esc10": named,
        "named_pairs": sorted((folder / "pairs").glob("*.wav")),
        "ten": list(ten),
        "seventy": list(seventy),
        "esc10_games": [*esc, *distractors],
        "ten_all": list(ten),
    }
    # what was listened to already, and more
    grown = {"named_esc10": "esc10", "named_pairs": "named", "ten_all": "esc10_games"}
    opened = {}
    for name, files in sets.items():
        path = folder / f"{name}.db"
        if name in grown and not path.exists():
            with closing(sqlite3.connect(path)) as copy:
                opened[grown[name]]._connection().backup(copy)
        opened[name] = archives.open(path, create=True)
        print(name, opened[name].index(files).lines()[0], flush=True)
    relevant = {c: {str(p.absolute()) for p in esc if p.parent.name == c} for c in QUERIES}
    names = [(q[0], relevant[c]) for c, q in QUERIES.items()]
    every = [(text, relevant[c]) for c, q in QUERIES.items() for text in q]
    chosen_by = choosing(shared / "sounds" / "named")
    asked = {
        "named sounds": ("named", chosen_by),
        "named sounds among ESC-10": ("named_esc10", chosen_by),
        "pairs of named sounds": ("named_pairs", both),
        "ESC-10, names": ("esc10", names),
        "ESC-10, names and paraphrases": ("esc10", every),
        "ESC-10 among game sounds, names": ("esc10_games", names),
        "ESC-10 among game sounds, names and paraphrases": ("esc10_games", every),
        "ten AudioCaps clips": ("ten", by_caption(ten)),
        "the ten among all others": ("ten_all", by_caption(ten)),
        "seventy AudioCaps clips": ("seventy", by_caption(seventy)),
    }
    rows: dict[str, Any] = {}
    for way, (options, encoder) in ways().items():
        rows[way] = {what: scored(opened[name], q, options, encoder) for what, (name, q) in asked.items()}
        print(way, json.dumps(rows[way]), flush=True)
    usual = ways()["hybrid"]
    hardest = {
        what: {text: scored(opened[name], [(text, r)], *usual)[0] for text, r in every}
        for what, name in (("alone", "esc10"), ("among game sounds", "esc10_games"))
    }
    return {
        "rows": rows,
        "queries": hardest,
        "games": len(distractors),
        "choosing": len(chosen_by),
        "pairs": len(both),
    }


def ways() -> dict[str, tuple[Any, Any]]:
    """Ways of searching: options, and what queries are embedded with."""
    from earwitness.archive import SearchOptions
    from earwitness.encoders.tags.encoder import TagEncoder

    encoder = TagEncoder()

    def way(embed: Any = encoder, **weights: float) -> tuple[Any, Any]:
        return SearchOptions(top=DEEP, **weights), embed

    plain = {"feedback": 0.0, "meaning": 0.0}
    return {
        "text only": way(sound=0.0, **plain),
        "vector only, classes by name, bare cosine": way(ByName(encoder), words=0.0, brief=0.0, **plain),
        "vector only, bare cosine": way(words=0.0, brief=0.0, **plain),
        "vector only": way(words=0.0, **plain),
        "hybrid": way(),
        "hybrid, classes by name": way(ByName(encoder)),
        "hybrid, a query as one whole": way(AsWhole(encoder)),
        "hybrid, feedback 0": way(feedback=0.0),
        "hybrid, feedback 0.4": way(feedback=0.4),
        "hybrid, words 0": way(words=0.0),
        "hybrid, words 0.4": way(words=0.4),
        "hybrid, meaning 0": way(meaning=0.0),
        "hybrid, brief 0 s": way(brief=0.0),
    }


class ByName:
    """An encoder that places a query as it places a caption: by the names of classes."""

    def __init__(self, encoder: Any) -> None:
        self.dim, self.embed_text, self.background = encoder.dim, encoder.embed_text, encoder.background


class AsWhole(ByName):
    """An encoder that places a query that tells of several sounds as if it told of one."""

    def __init__(self, encoder: Any) -> None:
        super().__init__(encoder)
        self.query_background = encoder.query_background

    def embed_query(self, texts: Sequence[str]) -> Any:
        """Each text as it stands."""
        from earwitness.encoders.base import normalise
        from earwitness.encoders.tags.encoder import DIM
        from earwitness.encoders.tags.minilm import sentence_embeddings
        from earwitness.encoders.tags.queries import query_weights

        weights = query_weights(sentence_embeddings(texts))
        return normalise(np.pad(weights, ((0, 0), (0, DIM - weights.shape[1]))))


def scored(
    archive: Any, queries: Iterable[tuple[str, set[str]]], options: Any, encoder: Any
) -> tuple[float, float]:
    """Mean average precision, and recall among the first ten (of ten at most)."""
    precisions, recalls = [], []
    paths = dict(
        archive._connection().execute("SELECT e.id, f.path FROM events e JOIN files f ON f.id = e.file")
    )
    for text, relevant in queries:
        found = np.array(
            [os.fsdecode(paths[event]) in relevant for event in ranking(archive, text, options, encoder)]
        )
        ranks = np.flatnonzero(found) + 1
        precisions.append(float((np.arange(1, len(ranks) + 1) / ranks).sum()) / len(relevant))
        recalls.append(float(found[:10].sum()) / min(len(relevant), 10))
    return float(np.mean(precisions)), float(np.mean(recalls))


def ranking(archive: Any, text: str, options: Any, encoder: Any) -> list[int]:
    """The events that ``Archive.search`` gives, without what is told of them."""
    from earwitness.archive.finding.query import make_query
    from earwitness.archive.finding.search import query_words, ranked
    from earwitness.encoders.base import query_background_of

    connection, query = archive._connection(), make_query(encoder, text, None, ())
    words = query_words(connection, query, options)
    found = ranked(connection, query, words, options, query_background_of(encoder))
    return [event for event, _, _ in found]


def choosing(folder: Path) -> list[tuple[str, set[str]]]:
    """The queries that weights are chosen by, and the sounds whose labels are meant."""
    labels = {row["file"]: row["label"] for row in json.loads((folder / "labels.json").read_text("utf-8"))}
    queries = []
    for pattern, texts in CHOOSING.items():
        meant = {str((folder / f).absolute()) for f, label in labels.items() if re.search(pattern, label)}
        queries += [(text, meant) for text in texts]
    return queries


def references(folder: Path) -> dict[Path, list[str]]:
    """Clips and people's captions of them."""
    rows = json.loads((folder / "captions.json").read_text(encoding="utf-8"))
    return {folder / row["file"]: row["captions"] for row in rows}


def by_caption(clips: dict[Path, list[str]]) -> list[tuple[str, set[str]]]:
    """A query a clip: the first of its captions; the answer is the clip."""
    return [(captions[0], {str(path.absolute())}) for path, captions in clips.items()]


def packages() -> list[Path]:
    """The contents of ``PACKAGES``, fetched by apt when they are first needed."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tools"))
    from sources import sound_folder

    return [sound_folder(name) for name in PACKAGES]


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
