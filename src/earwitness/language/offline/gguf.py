"""From a quantised GGUF to a folder of safetensors that loads in a second, where the GGUF takes a minute."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from earwitness.common.errors import AssetError, MissingExtraError
from earwitness.common.extras import require_torch

if TYPE_CHECKING:
    import torch


def require_converter(name: str) -> None:
    """Raise MissingExtraError, before anything is downloaded, where a model could not be converted."""
    require_torch(f"converting {name}")
    for module in ("gguf", "accelerate"):
        try:
            __import__(module)
        except ImportError as error:
            raise MissingExtraError(
                f"converting {name} needs {module}, which is not installed;"
                " run: pip install 'earwitness[torch]'"
            ) from error


def convert(gguf: Path, folder: Path, name: str, beside: Mapping[str, str] | None = None) -> Path:
    """Write a GGUF's model as safetensors with its config and tokenizer; the folder appears whole or not.

    Parameters
    ----------
    gguf : Path
    folder : Path
        Where the model is kept from then on.
    name : str
        The model's, for messages.
    beside : mapping, optional
        Texts that are kept beside the model, by file name.

    Raises
    ------
    AssetError
        The file holds no model that transformers can read, or the folder cannot be written.
    """
    from transformers import AutoTokenizer

    from earwitness.encoders.pretrained.hub import load_pretrained

    model = dequantised(gguf, name)
    tokenizer = load_pretrained(
        AutoTokenizer.from_pretrained, str(gguf.parent), f"{name}'s tokenizer", gguf_file=gguf.name
    )
    folder.parent.mkdir(parents=True, exist_ok=True)
    half_done = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=folder.parent))
    try:
        with no_bars():
            model.save_pretrained(half_done)
        tokenizer.save_pretrained(half_done)
        for name_beside, text in (beside or {}).items():
            (half_done / name_beside).write_text(text, encoding="utf-8")
        for file in half_done.iterdir():  # who may read the folder may read all of it
            file.chmod(0o644)
        half_done.chmod(0o755)
        with suppress(OSError):  # another process was first: its copy is as good
            half_done.replace(folder)
    finally:
        shutil.rmtree(half_done, ignore_errors=True)
    if not (folder / "config.json").is_file():
        raise AssetError(f"{name} could not be put into {folder}; is the folder writable?")
    return folder


def dequantised(gguf: Path, name: str) -> Any:
    """A transformers model of a GGUF's weights: in bfloat16 where that loses nothing, else in float32."""
    import torch
    from transformers import AutoModelForCausalLM

    from earwitness.encoders.pretrained.hub import load_pretrained

    with no_bars():
        packed = load_pretrained(
            AutoModelForCausalLM.from_pretrained,
            str(gguf.parent),
            name,
            gguf_file=gguf.name,
            dtype=torch.float32,
        )
    # The loaded model still counts as quantised and refuses to be saved; one made of its config does not.
    config = packed.config
    if hasattr(config, "quantization_config"):
        del config.quantization_config
    weights = packed.state_dict()
    kind = torch.bfloat16 if all(map(fits_bfloat16, weights.values())) else torch.float32
    make: Any = AutoModelForCausalLM.from_config
    model = make(config, dtype=kind)
    model.load_state_dict(weights)
    return model


def fits_bfloat16(tensor: torch.Tensor) -> bool:
    """Whether bfloat16 holds every number of a tensor exactly.

    >>> import torch
    >>> fits_bfloat16(torch.tensor([1.5, -0.25])), fits_bfloat16(torch.tensor([0.1]))
    (True, False)
    """
    import torch

    return not tensor.is_floating_point() or torch.equal(tensor.bfloat16().to(tensor.dtype), tensor)


@contextmanager
def no_bars() -> Iterator[None]:
    """The GGUF reader draws a bar that no setting switches off; what goes wrong is raised, not written."""
    with Path(os.devnull).open("w") as nowhere, redirect_stderr(nowhere):
        yield
