"""Write src/earwitness/assets/README.md: source, licence, size and hash of every shipped file.

python tools/describe_assets.py
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from sources import AISFX, MINILM, SOUND_PACKAGES, YAMNET

ASSETS = Path(__file__).resolve().parents[1] / "src" / "earwitness" / "assets"
MOST = 75_000_000  # bytes, all together

OURS = "this project, MIT"
DECODER = (
    "the decoder, trained on AudioCaps' training captions (MIT), put right by data/corrections.tsv, "
    "and on data/class-captions, float16"
)
SOURCES = {
    "yamnet.onnx": (
        f"YAMNet's weights in the wheel {YAMNET.name} {YAMNET.version}, batch norms folded, float16",
        "Apache-2.0",
    ),
    "yamnet-classes.csv": (
        f"YAMNet's class map in the wheel {YAMNET.name} {YAMNET.version}",
        "Apache-2.0; names from AudioSet, CC BY 4.0",
    ),
    "minilm.onnx": (
        f"all-MiniLM-L6-v2 in the wheel {MINILM.name} {MINILM.version}, int8 (tools/minilm_int8.py)",
        "Apache-2.0",
    ),
    "minilm-tokenizer.json": (
        f"all-MiniLM-L6-v2 in the wheel {MINILM.name} {MINILM.version}, unchanged",
        "Apache-2.0",
    ),
    "tags.safetensors": ("MiniLM's embeddings of the class names, split at commas", OURS),
    "background.safetensors": (
        "tag vectors of 512 unlabelled sounds (see below) and quantiles of mismatched cosines",
        OURS,
    ),
    "memory.safetensors": ("embeddings of AudioCaps' training captions, eight axes each; no sentence", OURS),
    "decoder/config.json": ("sizes of the decoder", OURS),
    "decoder/prefix.onnx": (DECODER, OURS),
    "decoder/step.onnx": (DECODER, OURS),
    "decoder/tokenizer.json": ("byte pairs learned from the same captions", OURS),
    "audible.safetensors": ("a head on MiniLM, trained on data/audibility, float16", OURS),
    "effects.onnx": (
        f"the checkpoint in the wheel {AISFX.name} {AISFX.version} (Alison B. Ma and Alexander Lerch, "
        '"Representation Learning for the Automatic Indexing of Sound Effects Libraries", ISMIR 2022), '
        "batch norms folded, heads 0 and 1 of nine, convolutions int8",
        "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/",
    ),
    "effects-categories.csv": (
        "names of the Universal Category System's categories, in the order of the heads' outputs, and words for them",
        OURS,
    ),
    "ontology.json": (
        "sound classes and their parents, after AudioSet's ontology (Gemmeke et al. 2017), and words for them",
        OURS,
    ),
    "confidence.json": (
        "a dozen numbers fitted on labelled sounds by tools/build_confidence.py; its card is inside",
        OURS,
    ),
    "words.txt": ("the words of AudioCaps' training captions (MIT) and of data/class-captions", OURS),
    "examples.tsv": (
        "data/class-captions, each with the three names of sounds nearest to it as text (tools/build_examples.py)",
        "this project, MIT; names from AudioSet, CC BY 4.0",
    ),
    "queries.safetensors": (
        "MiniLM's embeddings of data/class-captions, a class their mean, int8, and quantiles of mismatched cosines "
        "(tools/build_queries.py)",
        OURS,
    ),
    "also-heard.csv": (
        "kinds of sounds that are named beside others, how sure they have to be, and their words",
        OURS,
    ),
    "LICENSE-APACHE-2.0.txt": ("the licence's text", "Apache-2.0"),
}

HEAD = f"""# The embedded model's files

Built by `make assets` from pinned sources (`tools/sources.py`) and checked against the float32 originals while they
are built. Sources' hashes: `{YAMNET.name}` {YAMNET.version} sha256 `{YAMNET.sha256}`,
`{MINILM.name}` {MINILM.version} sha256 `{MINILM.sha256}`,
`{AISFX.name}` {AISFX.version} sha256 `{AISFX.sha256}`.

No audio–caption pair was used anywhere: the decoder saw captions only, and the sounds were unlabelled.

| file | source | licence | bytes | sha256 |
|---|---|---|---|---|
"""


def main() -> None:
    files = sorted(p for p in ASSETS.rglob("*") if p.is_file() and p.name != "README.md")
    names = [p.relative_to(ASSETS).as_posix() for p in files]
    unknown = set(names) ^ set(SOURCES)
    if unknown:
        raise SystemExit(f"files without a source, or sources without a file: {sorted(unknown)}")
    rows, total = [], 0
    for path, name in zip(files, names, strict=True):
        data = path.read_bytes()
        total += len(data)
        source, licence = SOURCES[name]
        rows.append(
            f"| `{name}` | {source} | {licence} | {len(data):,} | `{hashlib.sha256(data).hexdigest()}` |"
        )
    if total > MOST:
        raise SystemExit(f"{total:,} bytes in all, more than {MOST:,}")
    packages = ", ".join(f"`{p}`" for p in SOUND_PACKAGES)
    tail = (
        f"\nAll together {total:,} bytes.\n\n## Unlabelled sounds\n\n"
        f"Recordings in the Debian packages {packages} (free licences, see each package's copyright file) were heard by "
        "YAMNet; only its class probabilities were used, to learn what sounds look like in tag space. None is shipped.\n"
    )
    (ASSETS / "README.md").write_text(HEAD + "\n".join(rows) + "\n" + tail, encoding="utf-8")
    print(f"{len(rows)} files, {total:,} bytes")


if __name__ == "__main__":
    sys.exit(main())
