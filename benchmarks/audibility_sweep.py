"""Sweep the weight of audibility over the paper's values; write audibility_sweep.md and .svg beside this file.

    python benchmarks/audibility_sweep.py ESC10_FOLDER CAPTIONED_FOLDER --hits HITS_PROGRAM

ESC10_FOLDER has a folder of sounds for each class; HITS_PROGRAM counts, of captions given as JSON lines, those
that name the sound. Models: tags, the best offline language model at hand (or --lm) and the embedded classifier. What was captioned is kept in --work: a run
that was stopped goes on. ``--set iterations=5`` changes any option of the method for all weights; --weights takes fewer than all.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np
import torch

from earwitness.audio import find_sounds, stream_windows
from earwitness.captioning.listener import Listener
from earwitness.classifier.embedded import load_classifier
from earwitness.common.options import changed
from earwitness.encoders.tags.encoder import TagEncoder
from earwitness.language import load_language_model
from earwitness.language.load import at_hand
from earwitness.methods.audibility.method import AudibilityGuidance
from earwitness.methods.audibility.options import PAPER

HERE = Path(__file__).resolve().parent
# λ2 and the audibility that the paper's Table 2 reports for it, in percent
PAPERS = {
    0.0: 60.9, 0.015: 62.8, 0.03: 69.8, 0.06: 85.6, 0.09: 91.9, 0.12: 94.2, 0.15: 95.8,
    0.2: 97.1, 0.25: 97.9, 0.3: 98.3, 0.35: 98.8, 0.4: 98.7, 0.45: 98.8, 0.5: 99.0,
}  # fmt: skip
TOGETHER = 5  # clips written side by side


def choose(folder: Path, count: int) -> list[Path]:
    """``count`` sounds of each class, evenly spread over its list."""
    chosen = []
    for kind in sorted(p for p in folder.iterdir() if p.is_dir()):
        sounds = sorted(sound.path for sound in find_sounds([kind]))
        chosen += [sounds[i] for i in np.linspace(0, len(sounds) - 1, count).astype(int)]
    return chosen


def hear(paths: Sequence[Path], encoder: TagEncoder) -> np.ndarray:
    """Embeddings of whole sounds (n, dim); silence has none, and is no sound to take."""
    listener, found = Listener(encoder, 0), []
    for path in paths:
        vector = listener.hear(stream_windows(path, encoder.rate, encoder.window_seconds)).vector
        assert vector is not None, f"{path} is silent; choose another number of sounds"
        found.append(vector)
    return np.stack(found)


class Sweep:
    """Captions of every clip at every weight, kept as JSON lines."""

    def __init__(self, file: Path, options: Any, language_model: str, weights: Sequence[float]) -> None:
        self.file, self.options = file, options
        self.papers = {weight: PAPERS[weight] for weight in weights}
        file.parent.mkdir(parents=True, exist_ok=True)
        lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
        known = [r for r in map(json.loads, lines) if r.get("model", "smollm2") == language_model]
        self.rows = {(r["lambda2"], r["path"]): r for r in known}
        self.encoder, self.classifier = TagEncoder(), load_classifier()
        self.model, self.background = load_language_model(language_model), TagEncoder().background()

    def run(self, paths: Sequence[Path]) -> None:
        """Caption what has not been captioned: all weights of a few clips, then the next clips."""
        vectors = hear(paths, self.encoder)
        for first in range(0, len(paths), TOGETHER):
            for weight in self.papers:
                rest = [
                    i
                    for i in range(first, min(first + TOGETHER, len(paths)))
                    if (weight, str(paths[i])) not in self.rows
                ]
                if rest:
                    self.caption(weight, [paths[i] for i in rest], vectors[rest])

    def caption(self, weight: float, paths: Sequence[Path], vectors: np.ndarray) -> None:
        options = changed(self.options, {"lambda2": weight})
        method = AudibilityGuidance(self.encoder, self.model, self.classifier, options)
        texts = [written.sentences[0].text for written in method.write(vectors)]
        cosines = (self.encoder.embed_text(texts) * vectors).sum(1)
        columns = zip(
            paths,
            texts,
            cosines,
            self.background.percentile(cosines),
            self.classifier.audibility(texts),
            strict=True,
        )
        with self.file.open("a", encoding="utf-8") as out:
            for path, text, cosine, percentile, audible in columns:
                row = {"model": self.model.name, "lambda2": weight, "path": str(path), "text": text}
                row |= {
                    "cosine": float(cosine),
                    "percentile": float(percentile),
                    "audibility": float(audible),
                }
                self.rows[weight, str(path)] = row
                out.write(json.dumps(row) + "\n")
        print(f"λ2 {weight}: {texts}", flush=True)

    def mean(self, weight: float, paths: Sequence[Path], column: str) -> float:
        return float(np.mean([self.rows[weight, str(p)][column] for p in paths]))

    def error(self, paths: Sequence[Path], column: str) -> float:
        """The largest standard error of a mean of this column."""
        values = [[self.rows[w, str(p)][column] for p in paths] for w in self.papers]
        return float(np.std(values, axis=1, ddof=1).max() / len(paths) ** 0.5)

    def hits(self, weight: float, paths: Sequence[Path], program: Path) -> int:
        lines = [json.dumps(self.rows[weight, str(p)]) for p in paths]
        command = [sys.executable, str(program)]
        found = subprocess.run(command, input="\n".join(lines), capture_output=True, text=True, check=True)
        return int(found.stdout.strip().splitlines()[-1].split()[1])


# ---- the plot

WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 640, 340, 44, 30, 150, 44
COLOURS = ("#0b6e4f", "#b5482a", "#2b59c3", "#777777", "#a3a3a3")


def plot(lines: dict[str, list[float]], weights: Sequence[float]) -> str:
    """Shares (0..1) by weight, the weights at equal distances, each line named at its end."""
    wide, high = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM

    def x(i: int) -> float:
        return LEFT + wide * i / (len(weights) - 1)

    def y(value: float) -> float:
        return TOP + high * (1 - value)

    parts = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']
    for tick in (0, 0.25, 0.5, 0.75, 1):
        parts.append(f'<path d="M{LEFT} {y(tick):.1f}h{wide}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 6}" y="{y(tick) + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for i, weight in enumerate(weights):
        label = f"{weight:g}".lstrip("0") or "0"
        parts.append(f'<text x="{x(i):.1f}" y="{TOP + high + 18}" text-anchor="middle">{label}</text>')
    parts.append(
        f'<text x="{LEFT + wide / 2}" y="{HEIGHT - 8}" text-anchor="middle">weight of audibility, λ2</text>'
    )
    ends = spread([y(values[-1]) for values in lines.values()], 14)
    for (name, values), colour, end in zip(lines.items(), COLOURS, ends, strict=False):
        points = " ".join(f"{x(i):.1f},{y(v):.1f}" for i, v in enumerate(values))
        dash = ' stroke-dasharray="4 4"' if "paper" in name else ""
        parts.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        parts.append(f'<text x="{LEFT + wide + 8}" y="{end + 4:.1f}" fill="{colour}">{escape(name)}</text>')
    size = f'viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
    style = 'font-family="sans-serif" font-size="12" xmlns="http://www.w3.org/2000/svg" role="img"'
    title = "<title>Match, audibility and hits by the weight of audibility</title>"
    return f"<svg {size} {style}>{title}{''.join(parts)}</svg>\n"


def spread(places: Sequence[float], least: float) -> list[float]:
    """Places moved apart, down, until neighbours are ``least`` apart; their order stays.

    >>> spread([10, 12, 40], 14)
    [10, 24, 40]
    """
    out, last = list(places), -np.inf
    for i in sorted(range(len(out)), key=lambda i: out[i]):
        out[i] = last = max(out[i], last + least)
    return out


# ---- the page


def page(sweep: Sweep, esc: Sequence[Path], captioned: Sequence[Path], hits: list[int], given: str) -> str:
    both, options = [*esc, *captioned], sweep.options
    rows = []
    for (weight, theirs), found in zip(sweep.papers.items(), hits, strict=True):
        cosine, percentile, audible = (
            sweep.mean(weight, both, c) for c in ("cosine", "percentile", "audibility")
        )
        rows.append(
            f"| {weight:g} | {cosine:.3f} | {percentile:.3f} | {audible:.3f} | {found} / {len(esc)} | {theirs / 100:.3f} |"
        )
    said = []
    for path in [*esc[:3], *captioned[:3]]:
        texts = [sweep.rows[w, str(path)]["text"] for w in shown(sweep)]
        said.append(f"| {path.parent.name} {path.stem} | " + " | ".join(map(cell, texts)) + " |")
    return f"""# The weight of audibility

Written by `benchmarks/audibility_sweep.py`: encoder `tags`, language model `{sweep.model.name}`, the embedded classifier;
{options.candidates} candidates, {options.iterations} iterations, {options.tokens} tokens, objective `{options.objective}`{given}.
{len(esc)} sounds of ESC-10, the same number of each class, and {len(captioned)} captioned ones.

*cosine* and *percentile*: mean match of caption and sound; *audibility*: mean P(audible) of the captions, by the
classifier that guided them, as in the paper; *hits*: sounds of ESC-10 whose caption names the sound; *paper*: the
audibility in Table 2 of the paper, with GPT-2 medium, ImageBind and the paper's own classifier.

A mean over so few sounds is sure to about {sweep.error(both, "cosine"):.2f} of cosine and {sweep.error(both, "audibility"):.2f} of audibility
(the largest standard error of a line): read the trend, not neighbouring lines.

![Match, audibility and hits by the weight of audibility](audibility_sweep.svg)

{finding(sweep, both)}

| λ2 | cosine | percentile | audibility | hits | paper |
|---:|---:|---:|---:|---:|---:|
{chr(10).join(rows)}

| sound | λ2 = {" | ".join(f"{w:g}" for w in shown(sweep))} |
|---{"|---" * len(shown(sweep))}|
{chr(10).join(said)}
"""


def finding(sweep: Sweep, paths: Sequence[Path]) -> str:
    """Whether it is as the paper finds: audibility goes up with its weight, the match first up and then down."""
    least, *_, most = sweep.papers
    best = max(sweep.papers, key=lambda w: sweep.mean(w, paths, "cosine"))
    audible = [sweep.mean(w, paths, "audibility") for w in (least, most)]
    match = [sweep.mean(w, paths, "cosine") for w in (least, best, most)]

    def sure(one: float, other: float, column: str) -> str:
        far = abs(one - other) > sweep.error(paths, column) * 2**0.5
        return "more than" if far else "no more than"

    return f"""The paper finds that audibility goes up with its weight, and the match first up, then down. Here audibility goes
from {audible[0]:.2f} to {audible[1]:.2f}, {sure(*audible, "audibility")} the standard error of such a difference. The match goes from
{match[0]:.2f} to {match[1]:.2f} at λ2 = {best:g}, {sure(match[0], match[1], "cosine")} the standard error, and to {match[2]:.2f} at the end,
{sure(match[1], match[2], "cosine")} the standard error below its best."""


def shown(sweep: Sweep) -> list[float]:
    """The weights whose captions are printed: four, from the least to the greatest."""
    weights = list(sweep.papers)
    return [weights[i] for i in np.unique(np.linspace(0, len(weights) - 1, 4).round().astype(int))]


def cell(text: str) -> str:
    """A text inside a table."""
    return " ".join(text.replace("|", "¦").split()) or "–"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("esc10", type=Path)
    parser.add_argument("captioned", type=Path)
    parser.add_argument("--hits", type=Path, required=True)
    parser.add_argument("--each", type=int, default=2, help="sounds a class")
    parser.add_argument("--set", nargs="*", default=[], metavar="OPTION=VALUE")
    parser.add_argument("--lm", default="offline", help="language model")
    parser.add_argument("--weights", nargs="*", type=float, default=list(PAPERS), help="of the paper's")
    parser.add_argument("--work", type=Path, default=Path(".cache/audibility-sweep.jsonl"))
    args = parser.parse_args()
    torch.set_num_threads(1)
    given = dict(pair.split("=", 1) for pair in args.set)
    esc, captioned = choose(args.esc10, args.each), sorted(s.path for s in find_sounds([args.captioned]))
    sweep = Sweep(args.work, changed(PAPER, given), at_hand(args.lm), args.weights)
    sweep.run([*esc, *captioned])
    hits = [sweep.hits(weight, esc, args.hits) for weight in sweep.papers]
    both = [*esc, *captioned]
    lines = {
        "audibility": [sweep.mean(w, both, "audibility") for w in sweep.papers],
        "match, percentile": [sweep.mean(w, both, "percentile") for w in sweep.papers],
        "match, cosine": [sweep.mean(w, both, "cosine") for w in sweep.papers],
        "ESC-10 hits": [h / len(esc) for h in hits],
        "audibility (paper)": [a / 100 for a in sweep.papers.values()],
    }
    (HERE / "audibility_sweep.svg").write_text(plot(lines, list(sweep.papers)), encoding="utf-8")
    others = "".join(
        f", {k} {v}" for k, v in given.items() if k not in ("candidates", "iterations", "tokens", "objective")
    )
    (HERE / "audibility_sweep.md").write_text(page(sweep, esc, captioned, hits, others), encoding="utf-8")


if __name__ == "__main__":
    main()
