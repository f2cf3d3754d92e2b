"""``accelerate launch -m earwitness train``: two processes learn what one learns from the same batches."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import torch

pytest.importorskip("accelerate")

from earwitness.cli.__main__ import main
from tests.reference import wsac_tiny as tiny

# an odd batch, and a last one of a single caption: one process has more than the other, or all there is
CAPTIONS = [*tiny.CAPTIONS, *(f"{c} far away" for c in tiny.CAPTIONS)][:13]
WORDS = ["--epochs", 2, "--batch", 3, "--warmup", 2, "--width", 32, "--layers", 1, "--heads", 2, "--prefix", 2,
         "--words", "learned:120", "--noise", 0.01, "--dropout", 0, "--rate", 0.01, "--device", "auto",
         "--drop-last=no", "--hold-out", 0]  # fmt: skip


def words(captions: Path, folder: Path) -> list[str]:
    return ["train", "wsac-best", *map(str, (captions, "-o", folder / "run", *WORDS))]


def figures(folder: Path) -> list[dict[str, float]]:
    return [
        json.loads(line)
        for name in ("steps.jsonl", "epochs.jsonl")
        for line in (folder / "run" / name).read_text().splitlines()
    ]


def test_two_processes_learn_what_one_learns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if not torch.distributed.is_available() or not torch.distributed.is_gloo_available():
        pytest.skip("this torch has no gloo")
    captions = tmp_path / "captions.txt"
    captions.write_text("\n".join(CAPTIONS) + "\n")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    launch = [sys.executable, "-m", "accelerate.commands.launch", "--cpu", "--num_processes", "2"]
    launch += ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
    launch += ["--main_process_ip", "127.0.0.1", "--main_process_port", str(port)]
    monkeypatch.setenv("EARWITNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    torch.set_num_threads(1)
    with pytest.raises(SystemExit) as left:
        main(words(captions, tmp_path / "one"))
    assert not left.value.code
    told = {k: v for k, v in os.environ.items() if not k.startswith(("ACCELERATE", "MASTER_"))}
    launch += ["-m", "earwitness", *words(captions, tmp_path / "two")]
    done = subprocess.run(
        launch, env={**told, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=500
    )
    assert done.returncode == 0, done.stderr
    one, two = figures(tmp_path / "one"), figures(tmp_path / "two")
    steps = [row for row in one if "step" in row]
    assert len(one) == len(two) == len(steps) + 2 and steps[-1]["loss"] < steps[0]["loss"]
    for a, b in zip(one, two, strict=True):
        assert b["loss"] == pytest.approx(a["loss"], rel=1e-5)
        assert "step" in a or b["validation"] == pytest.approx(a["validation"], rel=1e-4)
    states = [torch.load(tmp_path / n / "run" / "checkpoint.pt", weights_only=True) for n in ("one", "two")]
    for name, value in states[0]["model"].items():
        torch.testing.assert_close(states[1]["model"][name], value, rtol=1e-3, atol=1e-5)
