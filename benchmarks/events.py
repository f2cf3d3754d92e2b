"""Onsets and overlap of events in soundscapes whose truth is known; writes events.md.

    python benchmarks/events.py [--scenes 200] [--esc10 FOLDER]

Scenes are built by soundscapes.py from ESC-10's folds 3, 4 and 5; folds 1 and 2 were there to choose the
defaults of ``EventOptions``, and here choose the threshold of the plain way. Tags are kept in the cache folder,
so that a second run takes seconds.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundscapes
from soundscapes import Scene, Truth

from earwitness.audio import Clip
from earwitness.common.cache import cache_folder
from earwitness.encoders.tags.encoder import TagEncoder
from earwitness.timeline.patches import HOP_SECONDS, PATCH_SECONDS
from earwitness.timeline.segment import Segmenter, find_events

PAGE = Path(__file__).with_suffix(".md")
LEVELS = (12.0, 6.0, 0.0)
COLLAR = 0.5  # seconds
WINDOW = 20  # patches
THRESHOLDS = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
# YAMNet's classes that are one of ESC-10's
CLASSES = {
    "dog_bark": ("Dog", "Bark", "Bow-wow", "Yip", "Growling", "Whimper (dog)", "Howl"),
    "rooster": ("Chicken, rooster", "Crowing, cock-a-doodle-doo", "Fowl", "Cluck"),
    "baby_cry": ("Baby cry, infant cry", "Crying, sobbing", "Whimper", "Babbling"),
    "person_sneeze": ("Sneeze",),
    "rain": ("Rain", "Raindrop", "Rain on surface"),
    "sea_waves": ("Ocean", "Waves, surf"),
    "helicopter": ("Helicopter", "Aircraft", "Propeller, airscrew"),
    "fire_crackling": ("Fire", "Crackle"),
    "chainsaw": ("Chainsaw", "Light engine (high frequency)"),
    "clock_tick": ("Clock", "Tick-tock", "Tick"),
}
Found = tuple[float, float, str]
Way = Callable[[Scene, np.ndarray], list[Found]]


class Labels:
    """Which of ESC-10's classes tags speak for."""

    def __init__(self, names: Sequence[str]) -> None:
        self.axes = {k: [names.index(n) for n in v] for k, v in CLASSES.items()}
        self.silence = names.index("Silence")

    def of(self, tags: np.ndarray) -> str:
        best = {k: float(tags[axes].max()) for k, axes in self.axes.items()}
        return max(best, key=lambda k: best[k])


def tags_of(scene: Scene, encoder: TagEncoder, kept: Path) -> np.ndarray:
    """Tags of a scene's patches, window by window as the captioner reads them: (patches, axes)."""
    path = kept / f"{scene.name}.npy"
    if path.exists():
        return np.load(path).astype(np.float32)
    rows = [encoder.patch_tags(clip) for clip in windows(scene)]
    tags = np.concatenate(rows)
    np.save(path, tags.astype(np.float16))
    return tags.astype(np.float16).astype(np.float32)


def windows(scene: Scene) -> list[Clip]:
    rate, hop = soundscapes.RATE, round(WINDOW * HOP_SECONDS * soundscapes.RATE)
    size = hop + round((PATCH_SECONDS - HOP_SECONDS) * rate)
    starts = range(0, max(len(scene.samples) - size + hop, 1), hop)
    ends = [s + size if i + 1 < len(starts) else len(scene.samples) for i, s in enumerate(starts)]
    return [Clip(scene.samples[s:e], rate, s / rate) for s, e in zip(starts, ends, strict=True)]


def by_events(encoder: TagEncoder, labels: Labels) -> Way:
    """Ours."""

    def find(scene: Scene, tags: np.ndarray) -> list[Found]:
        segmenter = Segmenter(soundscapes.RATE, encoder.embed_tags, len(encoder.axis_names), labels.silence)
        hop = WINDOW * HOP_SECONDS

        def rows(clip: Clip) -> np.ndarray:
            first = round(clip.start / HOP_SECONDS)
            last = clip.end >= soundscapes.SECONDS
            return tags[first:] if last else tags[first : first + WINDOW]

        events = find_events(iter(windows(scene)), hop, segmenter, rows)
        return [(e.start, e.end, labels.of(e.tags)) for e in events]

    return find


def by_ten_seconds(labels: Labels) -> Way:
    """``--segments 10``: a segment every ten seconds."""

    def find(scene: Scene, tags: np.ndarray) -> list[Found]:
        step = round(10 / HOP_SECONDS)
        starts = np.arange(0, soundscapes.SECONDS, 10.0)
        return [(float(s), float(s) + 10.0, labels.of(tags[i * step : (i + 1) * step].mean(0)))
                for i, s in enumerate(starts)]  # fmt: skip

    return find


def by_thresholds(labels: Labels, threshold: float, *, known: bool) -> Way:
    """A class begins where it passes a threshold, and ends where it falls below.

    Where ``known``, only ESC-10's ten classes are looked at, which nobody would know beforehand; else all 521,
    and onsets of several classes in one patch are one.
    """

    def find(scene: Scene, tags: np.ndarray) -> list[Found]:
        if known:
            p = np.stack([tags[:, axes].max(1) for axes in labels.axes.values()], 1)
            names = list(labels.axes)
        else:
            p = np.delete(tags[:, :521], labels.silence, 1)
            names = []
        found: dict[tuple[int, str], int] = {}
        for c in range(p.shape[1]):
            edges = np.diff(np.concatenate([[0], (p[:, c] >= threshold).astype(int), [0]]))
            for a, z in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
                name = names[c] if known else labels.of(tags[a:z].mean(0))
                key = (int(a), name if known else "")
                found[key] = max(found.get(key, 0), int(z))
        half = HOP_SECONDS / 2
        return [(a * HOP_SECONDS + half, z * HOP_SECONDS + half, name or labels.of(tags[a:z].mean(0)))
                for (a, name), z in sorted(found.items())]  # fmt: skip

    return find


def hits(found: Sequence[float], truth: Sequence[float], collar: float = COLLAR) -> int:
    """The most onsets that can be paired, each with one at most ``collar`` away."""
    found, truth = sorted(found), sorted(truth)
    i = j = count = 0
    while i < len(found) and j < len(truth):
        gap = found[i] - truth[j]
        if abs(gap) <= collar:
            count, i, j = count + 1, i + 1, j + 1
        elif gap < 0:
            i += 1
        else:
            j += 1
    return count


def onset_scores(
    all_found: Sequence[list[Found]], scenes: Sequence[Scene], *, named: bool
) -> dict[str, float]:
    """Onset precision, recall and F1 over all scenes; of each class by itself where ``named``."""
    count = found_count = truth_count = 0
    for found, scene in zip(all_found, scenes, strict=True):
        for label in soundscapes.BACKGROUNDS + soundscapes.FOREGROUNDS if named else (None,):
            f = [x[0] for x in found if label in (None, x[2])]
            t = [x.onset for x in scene.truth if label in (None, x.label)]
            count, found_count, truth_count = count + hits(f, t), found_count + len(f), truth_count + len(t)
    precision, recall = count / max(found_count, 1), count / max(truth_count, 1)
    return {"f1": 2 * count / max(found_count + truth_count, 1), "precision": precision, "recall": recall}


def overlap(all_found: Sequence[list[Found]], scenes: Sequence[Scene]) -> float:
    """Segment-based F1 with segments of one second: which classes sound in each."""
    both = found_count = truth_count = 0
    for found, scene in zip(all_found, scenes, strict=True):
        f, t = _grid([x for x in found]), _grid([(x.onset, x.offset, x.label) for x in scene.truth])
        both, found_count, truth_count = both + len(f & t), found_count + len(f), truth_count + len(t)
    return 2 * both / max(found_count + truth_count, 1)


def _grid(found: Sequence[Found]) -> set[tuple[int, str]]:
    return {
        (s, label) for a, z, label in found for s in range(int(a), int(np.ceil(min(z, soundscapes.SECONDS))))
    }


def sed_eval_scores(all_found: Sequence[list[Found]], scenes: Sequence[Scene]) -> tuple[float, float] | None:
    """Onset F1 of all sounds as one, and segment-based F1, by the library; None where it is not installed."""
    try:
        import dcase_util
        import sed_eval
    except ImportError:
        return None
    labels = list(CLASSES)
    onsets = sed_eval.sound_event.EventBasedMetrics(
        ["sound"], evaluate_onset=True, evaluate_offset=False, t_collar=COLLAR
    )
    segments = sed_eval.sound_event.SegmentBasedMetrics(labels, time_resolution=1.0)

    def rows(items: Sequence[Found], name: str | None, file: str) -> Any:
        return dcase_util.containers.MetaDataContainer(
            [
                {"filename": file, "onset": a, "offset": z, "event_label": name or label}
                for a, z, label in items
            ]
        )

    for found, scene in zip(all_found, scenes, strict=True):
        truth = [(x.onset, x.offset, x.label) for x in scene.truth]
        onsets.evaluate(rows(truth, "sound", scene.name), rows(found, "sound", scene.name))
        segments.evaluate(
            rows(truth, None, scene.name),
            rows(found, None, scene.name),
            evaluated_length_seconds=soundscapes.SECONDS,
        )
    return (
        float(onsets.results_overall_metrics()["f_measure"]["f_measure"]),
        float(segments.results_overall_metrics()["f_measure"]["f_measure"]),
    )


def make(folder: Path, folds: tuple[int, ...], count: int, seed: int, kept: Path, encoder: TagEncoder) -> Any:
    clips = soundscapes.load_folds(folder, folds)
    kept.mkdir(parents=True, exist_ok=True)
    out: dict[float, list[tuple[Scene, np.ndarray]]] = {}
    for level in LEVELS:
        scenes = [soundscapes.make_scene(i, clips, level, seed) for i in range(count)]
        out[level] = [(s, tags_of(s, encoder, kept)) for s in scenes]
        print(f"{count} scenes at {level:g} dB", flush=True)
    return out


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--scenes", type=int, default=200)
    parser.add_argument("--esc10", type=Path, default=Path(__file__).parents[2] / "shared/sounds/esc10")
    given = parser.parse_args()
    encoder = TagEncoder()
    labels, kept = Labels(encoder.axis_names), cache_folder() / "benchmarks" / "events"
    chosen = make(given.esc10, (1, 2), given.scenes // 2, 1, kept / "tune", encoder)
    ways: dict[str, Way] = {"events": by_events(encoder, labels), "every 10 s": by_ten_seconds(labels)}
    for name, known in (("thresholds, 521 classes", False), ("thresholds, the 10 classes", True)):
        best = max(
            THRESHOLDS,
            key=lambda t: sum(_f1(by_thresholds(labels, t, known=known), chosen[x]) for x in LEVELS),
        )
        ways[f"{name}, ≥ {best:g}"] = by_thresholds(labels, best, known=known)
    tested = make(given.esc10, (3, 4, 5), given.scenes, 2, kept / "test", encoder)
    PAGE.write_text(page(ways, tested, chosen, given.scenes), encoding="utf-8")


def _f1(way: Way, data: Sequence[tuple[Scene, np.ndarray]]) -> float:
    return onset_scores([way(*d) for d in data], [d[0] for d in data], named=False)["f1"]


def page(ways: dict[str, Way], tested: Any, chosen: Any, count: int) -> str:
    truth: list[Truth] = [t for s, _ in tested[LEVELS[0]] for t in s.truth]
    lines = [
        "# Events in time",
        "",
        f"{count} scenes of {soundscapes.SECONDS:g} s from ESC-10's folds 3 to 5 at each of three levels of the foregrounds",
        f"over the background; {len(truth)} onsets a level ({sum(t.background for t in truth)} of backgrounds). An onset is",
        f"right within ±{COLLAR:g} s, whatever the class; each is paired once. Defaults and thresholds were chosen on folds 1",
        "and 2. Written by `benchmarks/events.py`.",
        "",
        "| way | level | onset F1 | precision | recall | onset F1, class right | segment F1 (1 s), class right |",
        "|---|---|---|---|---|---|---|",
    ]
    first: dict[str, dict[float, float]] = {}
    checks = []
    for name, way in ways.items():
        for level in LEVELS:
            scenes = [s for s, _ in tested[level]]
            found = [way(s, t) for s, t in tested[level]]
            plain, named = onset_scores(found, scenes, named=False), onset_scores(found, scenes, named=True)
            shared = overlap(found, scenes)
            first.setdefault(name, {})[level] = plain["f1"]
            lines.append(
                f"| {name} | {level:g} dB | **{plain['f1']:.3f}** | {plain['precision']:.3f} | {plain['recall']:.3f} "
                f"| {named['f1']:.3f} | {shared:.3f} |"
            )
            checked = sed_eval_scores(found, scenes)
            if checked is not None:
                checks += [abs(checked[0] - plain["f1"]), abs(checked[1] - shared)]
        print(lines[-len(LEVELS) :], flush=True)
    ours, plain_ways = first["events"], [v for k, v in first.items() if k != "events"]
    lines += ["", "| level | events | the better plain way | ratio |", "|---|---|---|---|"]
    for level in LEVELS:
        other = max(v[level] for v in plain_ways)
        lines.append(f"| {level:g} dB | {ours[level]:.3f} | {other:.3f} | {ours[level] / other:.2f} |")
    on_chosen = ", ".join(f"{_f1(ways['events'], chosen[x]):.3f} at {x:g} dB" for x in LEVELS)
    lines += ["", f"On the folds that the defaults were chosen on: {on_chosen}."]
    if checks:
        lines.append(f"`sed_eval` gives the same figures (greatest difference {max(checks):.4f}).")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
