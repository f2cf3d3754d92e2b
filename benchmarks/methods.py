"""Every method that exists so far on real sounds; writes benchmarks/methods.md.

    python benchmarks/methods.py SHARED_FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from bridges import EMBEDDED, HERE, esc_hits

from earwitness.audio import read_clip
from earwitness.encoders.runtime import asset
from earwitness.encoders.tags import TagEncoder
from earwitness.evaluation import EvaluationOptions, evaluate
from earwitness.methods.decoder import OnnxDecoder
from earwitness.methods.memory import Memory
from earwitness.methods.presets import PAPER
from earwitness.methods.scoring import tags_background
from earwitness.methods.wsac import Wsac

METRICS = ("bleu", "rouge_l", "cider_d")
METHODS = {"wsac, embedded preset": EMBEDDED, "wsac, as published (projection, greedy)": PAPER}


def main(shared: Path) -> None:
    encoder, decoder = TagEncoder(), OnnxDecoder(asset("decoder"))
    memory, background = Memory.read(asset("memory.safetensors")), tags_background()
    captioned = sorted((shared / "sounds" / "captioned").glob("*.flac"))
    esc = sorted((shared / "sounds" / "esc10").glob("*/*.ogg"))
    references = {r["file"]: r["captions"] for r in json.loads((captioned[0].parent / "captions.json").read_text())}
    vectors = np.concatenate([encoder.embed_audio([read_clip(p, encoder.rate)]) for p in [*captioned, *esc]])
    rows, header = [], ""
    for name, options in METHODS.items():
        texts = [w.sentences[0].text for w in Wsac(encoder, decoder, options, memory, background).write(vectors)]
        predictions = dict(zip((p.name for p in captioned), texts, strict=False))
        scores = evaluate(predictions, references, EvaluationOptions(metrics=METRICS)).scores
        header = " | ".join(scores)
        cells = [
            "–" if s.value is None else f"{s.value:.3f} ({s.low:.2f}–{s.high:.2f})"
            if s.low is not None and s.high is not None
            else f"{s.value:.3f}"
            for s in scores.values()
        ]
        rows.append(f"| {name} | tags | {' | '.join(cells)} | {esc_hits(shared, esc, texts[len(captioned) :])[0]:.3f} |")
    columns = header.count("|") + 4
    page = f"""# Methods on real sounds

Written by `benchmarks/methods.py`. Ten clips with two human captions each (95 % intervals over clips in brackets; they
are wide because ten clips are few), and the share of 398 ESC-10 clips whose caption names the class: its class names
are no captions, so nothing else is scored there. ZerAuCap and audibility guidance join the table when they exist.

| method | encoder | {header} | ESC-10 hits |
|{"---|" * columns}
{chr(10).join(rows)}
"""
    (HERE / "methods.md").write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parent.parent / "shared")
