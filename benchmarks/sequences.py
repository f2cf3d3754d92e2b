"""Two sounds one after the other, and together: whether captions say which; used by ``captions.py``.

Every ordered pair of ESC-10's classes gives a clip of ten seconds, five of each; every second pair gives one
in which both sound throughout, as loud as each other.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from pathlib import Path
from types import ModuleType

import numpy as np
import soundfile

from earwitness.audio import stream_windows
from earwitness.captioning.listener import Listener
from earwitness.encoders.runtime import asset
from earwitness.encoders.tags.encoder import TagEncoder
from earwitness.methods.base import Heard
from earwitness.methods.presets import EMBEDDED
from earwitness.methods.wsac.decoder import OnnxDecoder
from earwitness.methods.wsac.method import Wsac

SECONDS, LEVEL, SEED, SHOWN = 5, 0.05, 0, 8
ORDER = re.compile(r", then | followed by | and then | before | after ")

PAGE = """{count} clips of ten seconds in which one class of ESC-10 follows another, five seconds each, and {mixed} in which two
sound throughout. "In turn": the caption says that one came after the other. "Both": it names both classes. "Right": of
those that name both in turn, the share that has them in the order in which they are heard.

| | one after the other: in turn | both | right | together: in turn |
|---|---|---|---|---|
{rows}

{shown}
"""


@dataclass(frozen=True, eq=False)
class Pair:
    """Two classes, as they were heard; ``together`` if they sound at once."""

    first: str
    then: str
    together: bool
    heard: Heard


def pairs(folder: Path, encoder: TagEncoder) -> list[Pair]:
    """All clips, heard."""
    clips = {c.name: sorted(c.glob("*.ogg")) for c in sorted(folder.iterdir()) if c.is_dir()}
    rng = np.random.default_rng(SEED)
    out = []
    for number, (first, then) in enumerate(permutations(clips, 2)):
        (a, rate), (b, _) = (_five_seconds(clips[c][int(rng.integers(len(clips[c])))]) for c in (first, then))
        out.append(Pair(first, then, False, _heard(np.concatenate([a, b]), rate, encoder)))
        if number % 2 == 0:
            both = np.concatenate([a, a]) + np.concatenate([b, b])
            out.append(Pair(first, then, True, _heard(both, rate, encoder)))
    return out


def page(shared: Path, encoder: TagEncoder, classes: ModuleType) -> str:
    """The table, and a few captions; ``classes`` is the shared program that knows each class' words."""
    heard = pairs(shared / "sounds" / "esc10", encoder)
    rows, texts = [], []
    for name, ordered in (("order from habit", False), ("order from the sound", True)):
        options = replace(EMBEDDED, ordered=ordered)
        method = Wsac(encoder, OnnxDecoder(asset("decoder")), options, background=encoder.background())
        texts = _captions(method, [p.heard for p in heard])
        rows.append(_row(name, heard, texts, classes))
    shown = [f"* {p.first}, {p.then}: {t}" for p, t in zip(heard, texts, strict=True) if not p.together]
    apart = sum(not p.together for p in heard)
    some = shown[:: len(shown) // SHOWN]
    return PAGE.format(count=apart, mixed=len(heard) - apart, rows="\n".join(rows), shown="\n".join(some))


def _row(name: str, heard: Sequence[Pair], texts: Sequence[str], classes: ModuleType) -> str:
    turn: dict[bool, list[bool]] = {False: [], True: []}
    both, right = [], []
    for pair, text in zip(heard, texts, strict=True):
        turn[pair.together].append(bool(ORDER.search(text)))
        if pair.together:
            continue
        places = [_place(text, classes.STEMS[c]) for c in (pair.first, pair.then)]
        both.append(min(places) >= 0)
        if both[-1] and ORDER.search(text):
            right.append(places[0] < places[1])
    share = f"{np.mean(right):.2f} of {len(right)}" if right else "of none"
    return (
        f"| {name} | {np.mean(turn[False]):.2f} | {np.mean(both):.2f} | {share} "
        f"| {sum(turn[True])} of {len(turn[True])} |"
    )


def _place(text: str, stems: str) -> int:
    found = [m.start() for s in stems.split() for m in re.finditer(rf"\b{s}", text.lower())]
    return min(found, default=-1)


def _captions(method: Wsac, heard: Sequence[Heard]) -> list[str]:
    views, surest = np.stack([h.views for h in heard]), np.stack([h.surest for h in heard])
    written = method.write(views, (), surest, np.array([h.brief for h in heard]))
    return [w.sentences[0].text for w in written]


def _five_seconds(path: Path) -> tuple[np.ndarray, int]:
    samples, rate = soundfile.read(path, always_2d=True)
    mono = np.resize(samples.mean(1), SECONDS * rate)
    return mono * LEVEL / (np.sqrt((mono**2).mean()) + 1e-6), rate


def _heard(samples: np.ndarray, rate: int, encoder: TagEncoder) -> Heard:
    file = io.BytesIO()
    soundfile.write(file, np.clip(samples, -1, 1), rate, format="WAV")
    wide = encoder.wide_rate
    windows = stream_windows(file.getvalue(), encoder.rate, encoder.window_seconds, wide=wide)
    return Listener(encoder, 0).hear(windows)
