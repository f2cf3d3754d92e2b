"""``earwitness match``: which of some sentences fits a sound."""

from __future__ import annotations

import json
from typing import Annotated

from earwitness.cli.flags import Argument, Option
from earwitness.cli.shared_flags import Debug, TextFormat


def match(
    sound: Annotated[str, Argument(metavar="SOUND", help="A sound file, or - for stdin.")],
    sentences: Annotated[list[str], Argument(metavar="SENTENCE", help="What might be heard in it.")],
    format: TextFormat = "text",
    encoder: Annotated[str, Option(metavar="NAME", help="Audio-text model; see earwitness models.")] = "tags",
    stream: Annotated[
        str | None, Option(metavar="N|LANGUAGE", help="Which audio stream of a film, from 1.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Rank sentences by how well they fit a sound, best first, each with its score (0 to 1)."""
    from earwitness.captioning.matching import match_sentences
    from earwitness.common.errors import OptionError
    from earwitness.encoders.registry import load_encoder

    if format not in ("text", "json", "jsonl"):
        raise OptionError(f"format is text, json or jsonl, not {format!r}.")
    ranked = match_sentences(sound, sentences, load_encoder(encoder), stream=stream)
    rows = [{"text": m.text, "score": round(m.score, 4), "cosine": round(m.cosine, 4)} for m in ranked]
    if format == "json":
        print(json.dumps({"path": sound, "encoder": encoder, "matches": rows}, ensure_ascii=False, indent=1))
    for row in rows if format != "json" else ():
        print(
            json.dumps(row, ensure_ascii=False) if format == "jsonl" else f"{row['score']:.2f}  {row['text']}"
        )
