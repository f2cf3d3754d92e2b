"""Sounds of which it is known what they are, heard and written about once, for fitting and judging confidence.

Three sets: ESC-10 (class names), ``sounds/named`` (file names) and ``sounds/audiocaps`` (five captions a clip).
data/confidence/labels.tsv says which words name the first two. To the first two come cuts
of 0.4 seconds around the loudest moment, for little is heard of a short sound even of what is there. What was heard
and written lies in a cache folder under the hash of the models that did it.
"""

from __future__ import annotations

import csv
import hashlib
import importlib.util
import json
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from earwitness.audio import read_clip
from earwitness.captioning.captioner import Captioner
from earwitness.captioning.options import CaptionOptions
from earwitness.encoders.runtime import ASSETS
from earwitness.encoders.tags.ontology import sound_ontology
from earwitness.methods.base import Evidence, Heard

SETS = ("esc10", "named", "audiocaps")
CUT = 0.4  # seconds


@dataclass(frozen=True)
class Label:
    """What a sound is: stems of the words that name it, classes that it belongs to, whether people are heard."""

    words: tuple[str, ...]
    classes: tuple[str, ...]
    people: bool


@dataclass(frozen=True)
class Sound:
    """A sound to be heard: a file, or a cut of it (first sample, samples)."""

    set: str
    group: str
    path: str
    cut: tuple[int, int] | None = None

    @property
    def whole(self) -> bool:
        return self.cut is None


@dataclass(frozen=True, eq=False)
class Example:
    """A sound as it was heard and written about."""

    sound: Sound
    heard: Heard
    texts: tuple[str, ...]

    @property
    def evidence(self) -> Evidence:
        """What the tagger heard."""
        assert self.heard.evidence is not None
        return self.heard.evidence


@lru_cache(maxsize=1)
def labels() -> dict[str, Label]:
    with (ROOT / "data" / "confidence" / "labels.tsv").open(encoding="utf-8", newline="") as file:
        return {
            row["label"]: Label(
                tuple(row["words"].split()), tuple(row["classes"].split("|")), row["people"] == "yes"
            )
            for row in csv.DictReader(file, delimiter="\t")
        }


class Truth:
    """Whether sentences about the labelled sounds are right."""

    def __init__(self, shared: Path) -> None:
        captions = json.loads((shared / "sounds" / "audiocaps" / "captions.json").read_text())
        self.captions: dict[str, list[str]] = {row["file"]: row["captions"] for row in captions}
        spec = importlib.util.spec_from_file_location("truth", shared / "tools" / "truth.py")
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        self.content: Callable[[str], set[str]] = module.content

    def right(self, sound: Sound, text: str) -> bool:
        """A labelled sound's sentence is right that names it; a captioned one's half of whose words are said of it."""
        if sound.set != "audiocaps":
            stems = labels()[sound.group].words
            return any(w.startswith(s) for w in re.findall(r"[a-z]+", text.lower()) for s in stems)
        said = self.content(text)
        heard = set().union(*(self.content(c) for c in self.captions[Path(sound.path).name]))
        return bool(said) and len(said & heard) >= 0.5 * len(said)

    def nodes(self, sound: Sound) -> np.ndarray | None:
        """Which of the ontology's spoken nodes are true of a sound; None where only captions are known."""
        if sound.set == "audiocaps":
            return None
        ontology = sound_ontology()
        above = set().union(*(ontology.ancestors(c) for c in labels()[sound.group].classes))
        return np.array([node.name in above for node in ontology.spoken()])

    @staticmethod
    def people(sound: Sound) -> bool | None:
        return None if sound.set == "audiocaps" else labels()[sound.group].people


def _esc(path: Path) -> str:
    return f"esc10: {path.parent.name}"


def whole_sounds(shared: Path) -> list[Sound]:
    """The three sets, file by file."""
    folder = shared / "sounds"
    named = {row["file"]: row["label"] for row in json.loads((folder / "named" / "labels.json").read_text())}
    return [
        *(Sound("esc10", _esc(p), str(p)) for p in sorted((folder / "esc10").glob("*/*.ogg"))),
        *(Sound("named", named[p.name], str(p)) for p in sorted((folder / "named").glob("*.ogg"))),
        *(Sound("audiocaps", p.name, str(p)) for p in sorted((folder / "audiocaps").glob("*.ogg"))),
    ]


def cuts(sounds: Sequence[Sound]) -> Iterator[Sound]:
    """The loudest moment of each labelled sound that is longer."""
    for sound in sounds:
        if sound.set != "audiocaps":
            samples, rate = _samples(sound.path)
            if len(samples) >= 1.5 * CUT * rate:
                yield Sound(sound.set, sound.group, sound.path, _loudest(samples, round(CUT * rate)))


def _loudest(samples: np.ndarray, length: int) -> tuple[int, int]:
    total = np.concatenate([[0.0], np.cumsum(samples.astype(np.float64) ** 2)])
    energy = (total[length:] - total[:-length])[::160]
    return int(energy.argmax()) * 160, length


@lru_cache(maxsize=64)
def _samples(path: str) -> tuple[np.ndarray, int]:
    clip = read_clip(path, None)
    return clip.samples, clip.rate


def source(sound: Sound) -> Any:
    """What a captioner reads: the file, or samples at its own rate."""
    if sound.cut is None:
        return sound.path
    samples, rate = _samples(sound.path)
    first, length = sound.cut
    return samples[first : first + length], rate


def examples(captioner: Captioner, sounds: Sequence[Sound], cache: Path) -> list[Example]:
    """Hear and write about sounds, those in the cache without doing so again; silent ones are left out."""
    cache.mkdir(parents=True, exist_ok=True)
    ears = ("yamnet.onnx", "effects.onnx", "effects-categories.csv")
    heard = _heard(captioner, sounds, cache / f"heard-{_hash(('encoders/tags',), ears)}.npz")
    ready = [(s, heard[_key(s)]) for s in sounds if _key(s) in heard]
    hands = (*ears, "decoder", "also-heard.csv", "words.txt")
    rooms = ("encoders/tags", "methods/wsac", "methods/telling", "methods/slips.py", "methods/presets.py")
    told = _told(captioner, ready, cache / f"written-{_hash(rooms, hands)}.json")
    return [Example(s, h, tuple(told[_key(s)])) for s, h in ready]


def _key(sound: Sound) -> str:
    path = Path(sound.path)
    return json.dumps([sound.set, path.parent.name, path.name, path.stat().st_size, sound.cut])


def _heard(captioner: Captioner, sounds: Sequence[Sound], file: Path) -> dict[str, Heard]:
    known = _read(file) if file.is_file() else {}
    missing = [s for s in sounds if _key(s) not in known]
    for i, sound in enumerate(missing):
        if i % AT_ONCE == 0:
            print(f"hearing {i} of {len(missing)}", file=sys.stderr)
            _write(file, known)  # a run that is stopped goes on from here
        heard = captioner.heard(source(sound), CaptionOptions(keywords=0))[0]
        if heard.vector is not None and heard.evidence is not None:
            known[_key(sound)] = heard
    if missing:
        _write(file, known)
    return known


AT_ONCE = 100
VECTORS = ("vector", "views", "surest", "second")


def _write(file: Path, known: dict[str, Heard]) -> None:
    rows: dict[str, Any] = {"keys": np.array(list(known))}
    for i, heard in enumerate(known.values()):
        evidence = heard.evidence
        assert evidence is not None
        rows |= {f"{i}/mean": evidence.mean, f"{i}/peak": evidence.peak, f"{i}/seconds": evidence.seconds}
        rows[f"{i}/brief"] = heard.brief
        some = {name: getattr(heard, name, None) for name in VECTORS}
        rows |= {f"{i}/{name}": value for name, value in some.items() if value is not None}
    np.savez(file, **rows)


def _read(file: Path) -> dict[str, Heard]:
    known = {}
    with np.load(file, allow_pickle=False) as rows:
        there = set(rows.files)
        for i, key in enumerate(rows["keys"].tolist()):
            evidence = Evidence(rows[f"{i}/mean"], rows[f"{i}/peak"], float(rows[f"{i}/seconds"]))
            given = {name: rows[f"{i}/{name}"] for name in VECTORS if f"{i}/{name}" in there}
            brief = bool(rows[f"{i}/brief"])
            known[key] = Heard("", 0.0, evidence.seconds, evidence=evidence, brief=brief, **given)
    return known


def _told(captioner: Captioner, ready: Sequence[tuple[Sound, Heard]], file: Path) -> dict[str, list[str]]:
    known: dict[str, list[str]] = json.loads(file.read_text()) if file.is_file() else {}
    missing = [(s, heard) for s, heard in ready if _key(s) not in known]
    for i in range(0, len(missing), 16):
        if i % 160 == 0:
            print(f"writing {i} of {len(missing)}", file=sys.stderr)
            file.write_text(json.dumps(known))
        some = missing[i : i + 16]
        for (sound, _), one in zip(some, captioner.written([h for _, h in some]), strict=True):
            known[_key(sound)] = [s.text for s in one.sentences]
    if missing:
        file.write_text(json.dumps(known))
    return known


def _hash(rooms: Sequence[str], assets: Sequence[str]) -> str:
    """Of the code and the models that a cache depends on."""
    total = hashlib.sha256()
    places = [*(ROOT / "src" / "earwitness" / room for room in rooms), *(ASSETS / name for name in assets)]
    for place in places:
        inside = sorted(place.rglob("*")) if place.is_dir() else [place]
        for path in inside:
            if path.is_file() and "__pycache__" not in path.parts:
                total.update(path.read_bytes())
    return total.hexdigest()[:16]
