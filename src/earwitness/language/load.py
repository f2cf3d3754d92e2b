"""From a name to a language model: a hub id, a folder, or ``smollm2``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from earwitness.common.errors import AssetError, OptionError
from earwitness.common.extras import check_device, require_torch

if TYPE_CHECKING:
    from earwitness.language.model import LanguageModel


def load_language_model(name: str, *, device: str = "cpu", dtype: str = "float32") -> LanguageModel:
    """Load a causal language model by name.

    Parameters
    ----------
    name : str
        A hub id (gpt2, gpt2-medium, facebook/opt-1.3b), a folder, or ``smollm2`` once it was fetched.
    device : str
        Where to compute, by torch's name.
    dtype : str
        float32, bfloat16 or float16: numbers inside the model. Logits and hidden states come as float32.

    Raises
    ------
    AssetError
        The model cannot be loaded, or ``smollm2`` was not fetched.
    OptionError
        An option has a value it cannot have.
    MissingExtraError
        torch or transformers is not installed.
    """
    require_torch("a language model")
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from earwitness.encoders.pretrained.hub import load_pretrained
    from earwitness.language.model import LanguageModel

    kinds = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
    if dtype not in kinds:
        raise OptionError(f"a language model computes in {', '.join(kinds)}, not {dtype!r}.")
    check_device(device)
    source, what = _source(name), "the language model"
    model = load_pretrained(AutoModelForCausalLM.from_pretrained, source, what, dtype=kinds[dtype])
    tokenizer = load_pretrained(AutoTokenizer.from_pretrained, source, f"the tokenizer of {what}")
    return LanguageModel(model.to(device), tokenizer, name)


def _source(name: str) -> str:
    from earwitness.language.smollm2 import smollm2_folder

    if name != "smollm2":
        return name
    folder = smollm2_folder()
    if not (folder / "config.json").is_file():
        raise AssetError(
            "the language model smollm2 has not been fetched yet; run: earwitness models get smollm2"
        )
    return str(folder)
