"""What was tried between sound and sentence; writes benchmarks/bridges.md.

    python benchmarks/bridges.py SHARED_FOLDER

Every setting is run on the ten captioned clips (CIDEr-D against two human captions each: tiny, look at the
sentences) and on ESC-10 (does the caption name the class?). The sounds are listened to once.
"""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "src"))

from earwitness.audio import read_clip
from earwitness.encoders.runtime import asset
from earwitness.encoders.tags.encoder import TagEncoder, class_names
from earwitness.evaluation import EvaluationOptions, evaluate
from earwitness.methods.presets import EMBEDDED
from earwitness.methods.wsac.decoder import OnnxDecoder
from earwitness.methods.wsac.memory import Memory
from earwitness.methods.wsac.method import Wsac, WsacOptions

GREEDY = replace(EMBEDDED.search, beams=1, group=0)
BEAMS = replace(EMBEDDED, search=replace(EMBEDDED.search, beams=8, group=0))
OURS = "audio, 8 diverse, re-rank, parts must be supported (embedded)"
SETTINGS: dict[str, WsacOptions] = {
    "audio, greedy (WSAC's AD)": WsacOptions(bridge="audio", search=GREEDY),
    "nearest caption, greedy (NND)": WsacOptions(bridge="nearest", search=GREEDY),
    "projection 0.01, greedy (PD)": WsacOptions(bridge="projection", search=GREEDY),
    "nearest caption, standardised, greedy": WsacOptions(bridge="nearest", standardise=True, search=GREEDY),
    "projection 0.2, standardised, greedy": WsacOptions(
        bridge="projection", standardise=True, temperature=0.2, search=GREEDY
    ),
    "audio, 8 beams": replace(BEAMS, rerank=0, support=0),
    "audio, 8 beams, re-rank": replace(BEAMS, support=0),
    "audio, 8 beams, re-rank, parts must be supported": BEAMS,
    "audio, 8 diverse": replace(EMBEDDED, rerank=0, support=0),
    "audio, 8 diverse, re-rank": replace(EMBEDDED, support=0),
    OURS: EMBEDDED,
    "the same, shorter sentences (length power 0.7)": replace(
        EMBEDDED, search=replace(EMBEDDED.search, length_power=0.7)
    ),
    "the same, longer sentences (length power 1.3)": replace(
        EMBEDDED, search=replace(EMBEDDED.search, length_power=1.3)
    ),
    "the same, part needs a whole standard deviation": replace(EMBEDDED, support_least=1.0),
}


def main(shared: Path) -> None:
    encoder, decoder = TagEncoder(), OnnxDecoder(asset("decoder"))
    memory, background = Memory.read(asset("memory.safetensors")), TagEncoder().background()
    captioned = sorted((shared / "sounds" / "captioned").glob("*.flac"))
    esc = sorted((shared / "sounds" / "esc10").glob("*/*.ogg"))
    references = {
        r["file"]: r["captions"] for r in json.loads((captioned[0].parent / "captions.json").read_text())
    }
    with ThreadPoolExecutor(2) as pool:
        tags = list(pool.map(lambda p: encoder.window_tags(read_clip(p, encoder.rate)), [*captioned, *esc]))
    vectors = np.stack([encoder.embed_tags(t) for t in tags])
    heard = tags[len(captioned) :]
    rows, sentences, said = [], {}, {}
    for name, options in SETTINGS.items():
        written = Wsac(encoder, decoder, options, memory, background).write(vectors)
        texts = [w.sentences[0].text for w in written]
        own = dict(zip((p.name for p in captioned), texts, strict=False))
        sentences[name] = own
        hits = esc_hits(shared, esc, texts[len(captioned) :])
        speech = np.mean(["speak" in t or "talk" in t or "speech" in t for t in texts[len(captioned) :]])
        words = np.mean([len(t.split()) for t in texts])
        rows.append(
            f"| {name} | {cider(own, references):.2f} | {hits['all']:.3f} | {worst(hits)} | {speech:.3f} | {words:.1f} |"
        )
        if name == OURS:
            said["the caption"] = hits
            every = [" ".join(s.text for s in w.sentences) for w in written[len(captioned) :]]
            said["any of the eight sentences"] = esc_hits(shared, esc, every)
    for k, name in enumerate(("the strongest class", "the two strongest", "the three strongest"), 1):
        said[name] = esc_hits(shared, esc, [" ".join(names_of(t, k)) for t in heard])
    page = f"""# Between sound and sentence

Written by `benchmarks/bridges.py`. One decoder, trained on captions alone; only what happens at run time differs.
CIDEr-D (0 to 10) is on ten clips with two human captions each, which is tiny: believe no single figure, read the
sentences below. Diverse: as many greedy sentences, each kept from the words that those before it chose at the same
place (diverse beam search, groups of one). Supported: each part fits the sound better than it fits any sound,
and than it fits the sounds that a better part of the sentence fits. ESC-10: share of 398 clips whose caption names the class, the worst class, and how often speech is
spoken of although no clip holds any.

| setting | CIDEr-D | ESC-10 | worst class | speech invented | words |
|---|---|---|---|---|---|
{chr(10).join(rows)}

## How far the tags reach

Share of each class's clips that are named by the caption, by any of the eight sentences that it was chosen from,
and by the names of YAMNet's own classes that stand out most from what sounds usually have. What it hears as something
else (a crackling fire as rustling paper or typing, a distant helicopter as an engine) no decoder brings back. A choice
among the ten class names only is easier, 0.94: there, nothing else can be said.

{ceilings(said)}

## The ten clips

| clip | people | {" | ".join(("embedded", "projection 0.01 (paper)"))} |
|---|---|---|---|
{chr(10).join(clip_rows(references, sentences))}
"""
    (HERE / "bridges.md").write_text(page, encoding="utf-8")
    print(page)


def clip_rows(references: dict[str, list[str]], sentences: dict[str, dict[str, str]]) -> list[str]:
    ours = sentences[OURS]
    paper = sentences["projection 0.01, greedy (PD)"]
    return [f"| {c} | {' / '.join(r)} | {ours[c]} | {paper[c]} |" for c, r in references.items()]


def cider(predictions: dict[str, str], references: dict[str, list[str]]) -> float:
    options = EvaluationOptions(metrics=("cider_d",))
    scores = evaluate(predictions, references, options).scores
    value = next(iter(scores.values())).value
    return float("nan") if value is None else value


def names_of(tags: np.ndarray, k: int) -> list[str]:
    """Names of the ``k`` classes that stand out most from the background sounds."""
    sounds = TagEncoder().background().sounds[:, : len(class_names())]
    a = TagEncoder.embed_tags(tags)[: sounds.shape[1]]
    z = (a - sounds.mean(0)) / (sounds.std(0) + 0.01)
    return [class_names()[i] for i in np.argsort(-z)[:k]]


def ceilings(said: dict[str, dict[str, float]]) -> str:
    """A table of what names each class: a row a class, a column for each thing said."""
    lines = ["| class | " + " | ".join(said) + " |", "|---|" + "---|" * len(said)]
    for name in next(iter(said.values())):
        lines.append(f"| {name} | " + " | ".join(f"{hits[name]:.2f}" for hits in said.values()) + " |")
    return "\n".join(lines)


def worst(hits: dict[str, float]) -> str:
    """The class that is named most rarely, and how often."""
    name = min(hits, key=lambda c: hits[c])
    return f"{name} {hits[name]:.2f}"


def esc_hits(shared: Path, paths: list[Path], texts: list[str]) -> dict[str, float]:
    """Share of hits of each class and of all clips, by the shared program."""
    lines = "\n".join(json.dumps({"path": str(p), "text": t}) for p, t in zip(paths, texts, strict=True))
    program = [sys.executable, str(shared / "tools" / "esc10_hits.py")]
    out = subprocess.run(program, input=lines, capture_output=True, text=True, check=True).stdout.splitlines()
    hits = {row.split()[0]: int(row.split()[1]) / int(row.split()[3]) for row in out[:-1]}
    return {**hits, "all": float(out[-1].split("=")[1])}


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent.parent / "shared")
