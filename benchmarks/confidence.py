"""How far the confidence beside a caption can be believed; writes benchmarks/confidence.md and confidence.svg.

    python benchmarks/confidence.py SHARED_FOLDER [--cache FOLDER]

Every figure but the last table's is of sounds that the fit did not see: each of ESC-10's classes is judged by a
fit without it, its cut sounds included, and each of the other two sets by a fit without the whole set.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tools"), str(HERE.parent / "src")]

from build_confidence import GENERALS, SENTENCES, learned_from, parsed, told
from labelled_sounds import SETS, Example, Truth

import earwitness
from earwitness.confidence import LEAST
from earwitness.confidence.estimator import LOOKED_AT, Features, General
from earwitness.confidence.features import GENERAL, SENTENCE, near
from earwitness.confidence.speech import claims_speech
from earwitness.confidence.stepping_back import GAIN, SURE, more_general
from earwitness.training.confidence.figures import BINS, Reliability, reliability, reliability_svg
from earwitness.training.confidence.fitting import fit, unseen

LEASTS = (0.0, 0.2, 0.3, 0.4, 0.5, 0.6)


@dataclass(frozen=True)
class Said:
    """What is said of a whole sound: the method's sentence or a general one, and whether that is right."""

    set: str
    group: str
    text: str
    confidence: float
    general: bool
    right: bool
    people: bool | None


def main() -> None:
    arguments = parsed()
    captioner = earwitness.load()
    heard, truth, features, sentences, generals = learned_from(captioner, arguments.shared, arguments.cache)
    believed = unseen(sentences, SENTENCE, SENTENCES, ("esc10",))
    general = unseen(generals, GENERAL, GENERALS, ("esc10",))
    shipped = fit(sentences, SENTENCE, SENTENCES).probability(sentences.features, SENTENCE)
    curves, rows, own = {}, [], []
    for name in SETS:
        picked = sentences.judged & (sentences.set == name)
        curves[name] = believed[picked], sentences.right[picked]
        rows.append(row(name, reliability(believed[picked], sentences.right[picked])))
        own.append(row(name, reliability(shipped[picked], sentences.right[picked])))
    whole = [e for e in heard if e.sound.whole]
    first = believed[sentences.judged]
    could = whole_generals(whole, features, general[generals.judged])
    steps, speech = [], ""
    for least in LEASTS:
        said = [say(e, p, g, truth, features, least) for e, p, g in zip(whole, first, could, strict=True)]
        steps += [stepped(name, least, [s for s in said if s.set == name]) for name in ("esc10", "named")]
        if least == LEAST:
            speech = "; ".join(
                invented(name, [s for s in said if s.set == name]) for name in ("esc10", "named")
            )
    (HERE / "confidence.svg").write_text(reliability_svg(curves), encoding="utf-8")
    page = f"""# How far a caption is to be believed

Written by `benchmarks/confidence.py`. `confidence` is the probability that a caption names what is there. It is a
logistic regression over {len(SENTENCES.features)} numbers ({", ".join(SENTENCES.features)}; see
`src/earwitness/confidence/features.py`) fitted on three labelled sets: ESC-10 (398
clips of ten classes), 272 named recordings, and 70 clips of AudioCaps with five captions each. A caption is right
when it names the class (ESC-10: the words of esc10_hits.py; named: data/confidence/labels.tsv), or when at least half
of its words are in what people said (AudioCaps). No sentence is learned from any of them.

## On sounds that the fit did not see

Each class of ESC-10 by a fit without it, each other set by a fit without the set. AUROC: the chance that a right
caption is said with more than a wrong one. ECE: mean distance of said and right over ten bins.

| set | captions | right | AUROC | ECE | said with 0.9 or more | of these right |
|---|---|---|---|---|---|---|
{chr(10).join(rows)}

![Reliability: share of right captions against what was said](confidence.svg)

{bins(curves)}

## Stepping back

Where the best sentence is believed less than `--min-confidence` (default {LEAST}), the most specific general sentence
that reaches {SURE} is said instead, or else the likeliest, out of the ontology's nodes (`assets/ontology.json`). A general sentence names a
right source when the sound's class lies below its node. Least 0 never steps back (`--specific`).

| set | least | named right | named wrong | general, right | general, wrong | unsure |
|---|---|---|---|---|---|---|
{chr(10).join(steps)}

Speech spoken of where no one is heard, at {LEAST}: {speech}.

## On the sounds fitted on

The shipped fit (assets/confidence.json) on the same sounds looks better than it is:

| set | captions | right | AUROC | ECE | said with 0.9 or more | of these right |
|---|---|---|---|---|---|---|
{chr(10).join(own)}
"""
    (HERE / "confidence.md").write_text(page, encoding="utf-8")
    print(page)


def row(name: str, found: Reliability) -> str:
    return (
        f"| {name} | {found.n} | {found.right:.3f} | {found.auroc:.3f} | {found.ece:.3f} | {found.high:.2f} "
        f"| {found.high_right:.3f} |"
    )


def bins(curves: dict[str, tuple[np.ndarray, np.ndarray]]) -> str:
    """A table of what was said and what was right, bin by bin."""
    lines = [
        "| said | " + " | ".join(f"{name}: captions, right" for name in curves) + " |",
        "|---|" + "---|" * len(curves),
    ]
    for k in range(BINS):
        cells = []
        for said, right in curves.values():
            inside = np.minimum((said * BINS).astype(int), BINS - 1) == k
            cells.append(f"{inside.sum()}, {right[inside].mean():.2f}" if inside.any() else "")
        lines.append(f"| {k / BINS:.1f} to {(k + 1) / BINS:.1f} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def whole_generals(
    whole: list[Example], features: Features, confidences: np.ndarray
) -> list[list[tuple[int, General]]]:
    """For each whole sound, the nodes that could be spoken of, with confidences by fits that did not see it."""
    nodes, at, out = features.ontology.spoken(), 0, []
    for example in whole:
        found = []
        if example.sound.set != "audiocaps":
            table = features.general(example.evidence, told(example, features)[:LOOKED_AT])
            for i in np.flatnonzero(near(table)):
                found.append(
                    (int(i), General(nodes[i].sentence, float(confidences[at]), int(features.covers[i])))
                )
                at += 1
        out.append(found)
    return out


def say(
    example: Example,
    confidence: float,
    generals: list[tuple[int, General]],
    truth: Truth,
    features: Features,
    least: float,
) -> Said:
    """What is said of a sound with a least confidence, as ``stepping_back.believed`` does."""
    sound, text = example.sound, told(example, features)[0]
    people = truth.people(sound)
    chosen = (
        None
        if confidence >= least
        else more_general([g for _, g in generals], confidence + GAIN, max(SURE, least))
    )
    if chosen is None:
        return Said(sound.set, sound.group, text, confidence, False, truth.right(sound, text), people)
    node = next(i for i, g in generals if g is chosen)
    nodes = truth.nodes(sound)
    right = nodes is not None and bool(nodes[node])
    return Said(sound.set, sound.group, chosen.text, chosen.confidence, True, right, people)


def stepped(name: str, least: float, said: list[Said]) -> str:
    """A row of the table of stepping back."""

    def share(general: bool, right: bool) -> str:
        return f"{np.mean([s.general == general and s.right == right for s in said]):.3f}"

    cells = [share(False, True), share(False, False), share(True, True), share(True, False)]
    unsure = f"{np.mean([s.confidence < least for s in said]):.3f}"
    return f"| {name} | {least} | {' | '.join(cells)} | {unsure} |"


def invented(name: str, said: list[Said]) -> str:
    """How often someone talks in the captions of sounds without people."""
    without = [s for s in said if s.people is False]
    return f"{np.mean([claims_speech(s.text) for s in without]):.3f} of {len(without)} in {name}"


if __name__ == "__main__":
    main()
