"""Build the second ear's graph from its pinned source, and check it.

    python tools/build_effects.py

Writes effects.onnx (int8, calibrated on unlabelled sounds) into src/earwitness/assets. Needs apt for the
sounds, as tools/build_sounds.py does. The categories' names beside it, effects-categories.csv, are kept by
hand: the Universal Category System's in alphabetical order, which output of heads 0 and 1 each one is (both
lack a few), and words for it as captions use them.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from effects import Effects
from sources import AISFX, SOUND_PACKAGES, sound_folder

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from earwitness.audio import AudioLimits, find_sounds, stream_windows
from earwitness.common.errors import AudioError
from earwitness.encoders.runtime import ASSETS, session
from earwitness.encoders.tags import effects as runtime
from earwitness.training.decoder.export.half_precision import strip

CALIBRATION, CHECKED = 48, 112
AGREEMENT = 0.9  # least share of the checked sounds whose strongest category stays what it is in float32
FAINTEST = 0.02  # sounds that are fainter than this (RMS) are not heard


def blocks(count: int, seed: int = 0) -> np.ndarray:
    """The loudest 2.3 s of unlabelled sounds as log-mel: (count, 100, 96)."""
    rng = np.random.default_rng(seed)
    paths = [f.path for package in SOUND_PACKAGES for f in find_sounds([sound_folder(package)])]
    out: list[np.ndarray] = []
    for i in rng.permutation(len(paths)):
        try:
            clip = next(iter(stream_windows(paths[i], runtime.RATE, 10.0, limits=AudioLimits())))
        except AudioError:
            continue
        if np.sqrt(np.mean(clip.samples**2)) < FAINTEST:
            continue
        frames, _ = runtime.spectrogram(runtime.loudest_block(clip.samples))
        block = np.zeros((runtime.BLOCK_FRAMES, runtime.BANDS), np.float32)
        block[: len(frames)] = frames[: runtime.BLOCK_FRAMES]
        out.append(block)
        if len(out) == count:
            break
    return np.stack(out)


def export(model: Effects, target: Path, heard: np.ndarray) -> None:
    """Trace the network and store its convolutions as int8."""
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static

    class Reader(CalibrationDataReader):
        def __init__(self) -> None:
            self.rows = iter(heard)

        def get_next(self) -> dict[str, np.ndarray] | None:
            row = next(self.rows, None)
            return None if row is None else {"blocks": row[None]}

    with tempfile.TemporaryDirectory() as folder:
        whole = Path(folder) / "effects.onnx"
        program = torch.onnx.export(
            model,
            (torch.zeros(3, runtime.BLOCK_FRAMES, runtime.BANDS),),
            input_names=["blocks"],
            output_names=["head0", "head1"],
            dynamic_shapes=({0: torch.export.Dim("n")},),
            dynamo=True,
            verbose=False,
        )
        graph = program.model_proto
        strip(graph)
        onnx.save(graph, whole)
        quantize_static(
            whole,
            target,
            Reader(),
            quant_format=QuantFormat.QDQ,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,  # without it, 8-bit products overflow where there is no VNNI
            op_types_to_quantize=["Conv", "MaxPool", "Relu"],
            # the first layer sees the spectrogram itself, and costs little
            nodes_to_exclude=[next(n.name for n in graph.graph.node if n.op_type == "Conv")],
        )
    stored = onnx.load(target)
    strip(stored)
    onnx.save(stored, target)


def check(model: Effects, heard: np.ndarray) -> float:
    """Share of blocks whose strongest output of head 0 is the float32 network's."""
    with torch.inference_mode():
        expected = [h.numpy() for h in model(torch.from_numpy(heard))]
    graph = session(ASSETS / "effects.onnx")
    got = [graph.run(None, {"blocks": row[None]}) for row in heard]
    same = [
        np.mean([g[i][0].argmax() == e.argmax() for g, e in zip(got, expected[i], strict=True)])
        for i in (0, 1)
    ]
    return float(np.mean(same))


def main() -> None:
    source = AISFX.folder() / "aisfx" / "models" / "checkpoint.pth"
    model = Effects(source).eval()
    heard = blocks(CALIBRATION + CHECKED)
    export(model, ASSETS / "effects.onnx", heard[:CALIBRATION])
    share = check(model, heard[CALIBRATION:])
    print(f"effects.onnx: the strongest category stays the same for {share:.3f} (at least {AGREEMENT})")
    if share < AGREEMENT:
        raise SystemExit("the file was written but does not agree with its source; do not ship it")


if __name__ == "__main__":
    main()
