"""From a name to a language model: a hub id, a folder, or one of the package index's."""

from __future__ import annotations

import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING

from earwitness.common.errors import AssetError, OptionError
from earwitness.common.extras import check_device, require_torch
from earwitness.language.offline.choosing import OFFLINE, best_offline

if TYPE_CHECKING:
    from earwitness.language.model import LanguageModel

logger = logging.getLogger(__name__)

BEST = "offline"
"""Names the best model of the package index that was fetched."""

# What can be an id on the hub: one name, or an owner's.
HUB_ID = re.compile(r"[\w][\w.-]*(?:/[\w][\w.-]*)?")


def load_language_model(name: str, *, device: str = "cpu", dtype: str = "float32") -> LanguageModel:
    """Load a causal language model by name.

    Parameters
    ----------
    name : str
        A hub id (gpt2, gpt2-medium, facebook/opt-1.3b), a folder, ``gemma3`` or ``smollm2`` once it was
        fetched, or ``offline``: the better of the two that was.
    device : str
        Where to compute, by torch's name.
    dtype : str
        float32, bfloat16 or float16: numbers inside the model. Logits and hidden states come as float32.

    Raises
    ------
    AssetError
        The model cannot be loaded, or was not fetched.
    OptionError
        An option has a value it cannot have.
    MissingExtraError
        torch or transformers is not installed.
    """
    require_torch("a language model")
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from earwitness.encoders.pretrained.hub import load_pretrained
    from earwitness.encoders.pretrained.nets.packed import pack
    from earwitness.language.model import LanguageModel

    kinds = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}
    if dtype not in kinds:
        raise OptionError(f"a language model computes in {', '.join(kinds)}, not {dtype!r}.")
    check_device(device)
    name = at_hand(name)
    source, what = _source(name), "the language model"
    model = load_pretrained(AutoModelForCausalLM.from_pretrained, source, what, dtype=kinds[dtype])
    tokenizer = load_pretrained(AutoTokenizer.from_pretrained, source, f"the tokenizer of {what}")
    return LanguageModel(pack(model.to(device)), tokenizer, name)


def at_hand(name: str) -> str:
    """The name of the model that ``offline`` stands for here; any other name as it is.

    Raises
    ------
    AssetError
        No model of the package index was fetched.
    """
    if name != BEST:
        return name
    found, best = best_offline(), next(iter(OFFLINE.values()))
    if found is best:
        logger.info("the language model is %s", found.name)
    else:
        logger.warning(
            "the language model is %s; %s writes better sentences and can be had with: %s"
            " (downloads %d MB, keeps %d MB)",
            found.name,
            best.name,
            best.command,
            best.download_megabytes,
            best.kept_megabytes,
        )
    return found.name


def _source(name: str) -> str:
    """The folder or the hub id behind a name; AssetError where it can be neither."""
    if name in OFFLINE:
        model = OFFLINE[name]
        if not model.present:
            raise AssetError(f"the language model {name} has not been fetched yet; run: {model.command}")
        return str(model.folder)
    path = Path(name).expanduser()
    if path.is_dir():
        if not (path / "config.json").is_file():
            raise AssetError(f"the folder {name} holds no language model: there is no config.json in it.")
        return str(path)
    if path.is_file():
        raise AssetError(f"{name} is a file; give the folder that holds the language model's files.")
    # With a folder before the last part a path is meant, were it only mistyped: "models/gtp2".
    if not HUB_ID.fullmatch(name) or ("/" in name and path.parent.is_dir()):
        raise AssetError(
            f"there is no folder {name}; give the folder of a language model, a hub id such as gpt2, or"
            f" {' or '.join(OFFLINE)}."
        )
    return name
