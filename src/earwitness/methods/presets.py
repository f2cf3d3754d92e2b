"""Named settings: what each published result used, and what the embedded model uses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from earwitness.common.errors import OptionError
from earwitness.methods.audibility import options as audibility
from earwitness.methods.published import (
    DISTILBERT,
    GPT2_MEDIUM,
    IMAGEBIND_FILE,
    OPT,
    WAVCAPS_FILE,
    WSAC_DECODER,
    Needed,
)
from earwitness.methods.wsac.method import WsacOptions
from earwitness.methods.wsac.search import SearchOptions
from earwitness.methods.zeraucap.options import PUBLISHED as ZERAUCAP_PUBLISHED
from earwitness.methods.zeraucap.options import ZERAUCAP, ZERAUCAP_BEST

EMBEDDED = WsacOptions(
    bridge="audio",
    drafts="whole+peak",
    search=SearchOptions(beams=5, group=1, max_tokens=24, no_repeat=3, length_power=1.0),
    rerank=0.2,
    support=1.0,
    support_least=0.6,
    also=2,
    ordered=True,
)
"""The embedded model: chosen on the tables in benchmarks/bridges.md and benchmarks/captions.md."""

PAPER = WsacOptions()
"""WSAC as published: projection decoding at temperature 0.01, greedy."""

WSAC_PUBLISHED = WsacOptions(
    search=SearchOptions(legacy_tokens=True), legacy_text=True, legacy_tidy=True, legacy_memory=True
)
"""WSAC's program to the last option: docs/as-published.md."""

DECAP = PAPER
"""DeCap as published (Li et al. 2023): its projection and its greedy search are what WSAC took over."""

CAPDEC = WsacOptions(bridge="audio", search=SearchOptions(beams=5, max_tokens=67))
"""CapDec as published (Nukrai et al. 2022): the other modality's embedding itself, five beams."""


@dataclass(frozen=True)
class Preset:
    """Settings by name: the method, its options, and the models that it was used with."""

    # which way of captioning, and how it is set
    method: str
    options: Any
    # what it is, in a sentence
    about: str
    # with which models, unless others are named
    encoder: str = "tags"
    language_model: str = ""
    classifier: str = ""
    # of the encoder, whichever it is, where it has them: name and value
    encoder_options: tuple[tuple[str, Any], ...] = ()
    # what has to be brought along: see ``published``
    needs: tuple[Needed, ...] = ()


# "offline" is the best language model of the package index that was fetched (language/offline/choosing.py).
OFFLINE: dict[str, Any] = {"encoder": "tags", "language_model": "offline"}

PRESETS = {
    "embedded": Preset("wsac", EMBEDDED, "What 'earwitness caption' does: chosen on benchmarks/bridges.md."),
    "wsac": Preset("wsac", PAPER, "The paper's settings: projection decoding, greedy."),
    "wsac-paper": Preset(
        "wsac",
        WSAC_PUBLISHED,
        "As published to the last option, whole files and bare words; the models are yours to bring.",
        encoder="wavcaps:cnn14-bert.pt?length=whole",
        encoder_options=(("length", "whole"),),
        needs=(WSAC_DECODER,),
    ),
    "decap": Preset("wsac", DECAP, "DeCap as published: projection, greedy."),
    "capdec": Preset("wsac", CAPDEC, "CapDec as published: the sound's own embedding, five beams."),
    "zeraucap": Preset(
        "zeraucap",
        ZERAUCAP,
        "The published settings with models that can be had offline, for which zeraucap-best writes better.",
        **OFFLINE,
    ),
    "zeraucap-paper": Preset(
        "zeraucap",
        ZERAUCAP_PUBLISHED,
        "As published to the last option, models included; the checkpoint is yours to bring.",
        encoder="wavcaps:HTSAT-BERT-PT.pt",
        language_model="facebook/opt-1.3b",
        needs=(WAVCAPS_FILE, OPT),
    ),
    "zeraucap-best": Preset(
        "zeraucap",
        ZERAUCAP_BEST,
        "Beyond the paper: after captions of other sounds, the best of three dozen: benchmarks/methods.md.",
        **OFFLINE,
    ),
    "audibility": Preset(
        "audibility",
        audibility.PAPER,
        "The paper's settings with models that can be had offline, for which audibility-best writes better.",
        **OFFLINE,
    ),
    "audibility-paper": Preset(
        "audibility",
        audibility.PUBLISHED,
        "As published to the last option, models included; checkpoint and classifier are yours to bring.",
        encoder="imagebind:imagebind_huge.pth",
        language_model="gpt2-medium",
        classifier="audibility-classifier#0",
        needs=(IMAGEBIND_FILE, GPT2_MEDIUM, DISTILBERT),
    ),
    "audibility-best": Preset(
        "audibility",
        audibility.BEST,
        "Beyond the paper: after captions of other sounds, the best of three dozen: benchmarks/methods.md.",
        **OFFLINE,
    ),
    "audibility-small": Preset(
        "audibility", audibility.SMALL, "For small language models: a shorter step, other words.", **OFFLINE
    ),
    "audibility-program": Preset(
        "audibility", audibility.PROGRAM, "What the published program does when nothing is set.", **OFFLINE
    ),
}


PAPERS = {
    "wsac": "Kouzelis and Katsouros, Weakly-supervised automated audio captioning via text only training, "
    "DCASE 2023, arXiv 2309.12242.",
    "zeraucap": "Salewski, Fauth, Koepke and Akata, Zero-shot audio captioning with audio-language model "
    "guidance and audio context keywords, NeurIPS 2023 workshop on machine learning for audio, "
    "arXiv 2311.08396.",
    "audibility": "Shaharabany, Shaulov and Wolf, Zero-shot audio captioning via audibility guidance, 2023, "
    "arXiv 2309.03884.",
}
"""The paper of each method, to be cited where the method is used."""


def find_preset(name: str) -> Preset:
    """Settings by name.

    Raises
    ------
    OptionError
        There are none of that name.

    >>> find_preset("capdec").options.search.beams
    5
    """
    if name not in PRESETS:
        raise OptionError(f"there is no method or preset {name!r}; there are {', '.join(PRESETS)}.")
    return PRESETS[name]
