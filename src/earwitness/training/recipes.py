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
    "wsac": Trainable("decoder", decoders.WSAC, "A decoder as WSAC was published, to the last option."),
    "wsac-best": Trainable(
        "decoder", decoders.WSAC_BEST, "WSAC's without what is an accident of its program."
    ),
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


def encoder_for(recipe: str, named: str | None) -> str:
    """The encoder of a run: the one that was named, or else tags, but for a recipe that says "as published".

    Raises
    ------
    OptionError
        None was named for the recipe wsac.

    >>> encoder_for("small", None), encoder_for("wsac", "tags")
    ('tags', 'tags')
    """
    if named is None and recipe == "wsac":
        raise OptionError(
            "the recipe wsac is as published, and the published program reads WavCaps' space; name the "
            "encoder: --encoder wavcaps:cnn14-bert.pt, or another, such as --encoder tags."
        )
    return named or "tags"
