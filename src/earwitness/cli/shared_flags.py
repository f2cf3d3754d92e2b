"""Flags that several commands have, each stated once: the type of the parameter that it fills."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from earwitness.cli.flags import Option

Debug = Annotated[bool, Option("--debug", help="Show where an error came from.")]
TextFormat = Annotated[str, Option("--format", "-f", help="text, json or jsonl.")]

# what captions
Model = Annotated[str | None, Option(metavar="FOLDER", help="A model of your own; else the embedded one.")]
Method = Annotated[
    str | None, Option(metavar="NAME", help="wsac, zeraucap or audibility; see earwitness methods.")
]
Preset = Annotated[str | None, Option(metavar="NAME", help="Settings by name; see earwitness methods.")]
Encoder = Annotated[
    str | None, Option(metavar="NAME", help="Another audio-text model; see earwitness models.")
]
OneEncoder = Annotated[str, Option(metavar="NAME", help="Audio-text model; see earwitness models.")]
LanguageModel = Annotated[
    str | None, Option(metavar="NAME", help="Language model of a guided method, such as gemma3.")
]
Memory = Annotated[str | None, Option(metavar="FILE", help="Captions to remember, for wsac's bridges.")]
Device = Annotated[str | None, Option(metavar="NAME", help="Where torch models compute, such as cuda.")]
Dtype = Annotated[str, Option(metavar="KIND", help="A language model's numbers: float32, bfloat16, float16.")]

# how
Top = Annotated[int, Option(min=1, metavar="N", help="Sentences per sound, best first.")]
MinConfidence = Annotated[
    float, Option(min=0, max=1, metavar="X", help="Say something more general where it is believed less.")
]
Specific = Annotated[
    bool, Option("--specific", help="Say the sentence as it is, however little it is believed.")
]
MinEvent = Annotated[
    float | None, Option(metavar="SECONDS", help="Shortest event; half a second unless given.")
]
MaxSeconds = Annotated[
    float | None, Option(metavar="SECONDS", help="Longest sound to read; a day unless given.")
]
Stream = Annotated[str | None, Option(metavar="N|LANGUAGE", help="Which audio stream of a film, from 1.")]

# what is kept between runs
TextCacheFolder = Annotated[
    Path | None, Option(metavar="FOLDER", help="Where caption embeddings are kept between runs.")
]
