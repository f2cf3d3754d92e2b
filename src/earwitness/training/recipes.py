"""What can be trained, by name: decoders on captions alone, and classifiers of what can be heard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from earwitness.common.errors import OptionError
from earwitness.training.classifier.distilbert import PaperOptions
from earwitness.training.classifier.head import HeadOptions
from earwitness.training.decoder import recipes as decoders


@dataclass(frozen=True)
class Trainable:
    """Something that ``earwitness train`` makes: what it is, and a frozen dataclass of all its options."""

    kind: Literal["decoder", "classifier", "classifier-paper"]
    options: Any
    about: str


TRAINABLE = {
    "wsac": Trainable("decoder", decoders.WSAC, "A decoder as WSAC was published."),
    "decap": Trainable("decoder", decoders.DECAP, "A decoder as DeCap was published."),
    "capdec": Trainable("decoder", decoders.CAPDEC, "A GPT-2 as CapDec was published."),
    "small": Trainable("decoder", decoders.SMALL, "A decoder for a processor: minutes on AudioCaps."),
    "classifier": Trainable(
        "classifier", HeadOptions(), "What can be heard, by a hidden layer on MiniLM: a minute or two."
    ),
    "classifier-paper": Trainable(
        "classifier-paper", PaperOptions(), "What can be heard, by DistilBERT as the paper trains it."
    ),
}
# what the classifier's recipes were called before
ALIASES = {"audibility": "classifier", "audibility-paper": "classifier-paper"}


def find_trainable(name: str) -> Trainable:
    """What is trained by that name.

    Raises
    ------
    OptionError
        Nothing is.

    >>> find_trainable("audibility") == find_trainable("classifier")
    True
    """
    name = ALIASES.get(name, name)
    if name not in TRAINABLE:
        raise OptionError(f"there is no recipe {name!r}; the recipes are {', '.join(TRAINABLE)}.")
    return TRAINABLE[name]
