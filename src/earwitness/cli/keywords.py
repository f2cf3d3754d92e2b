"""``earwitness keywords``: the names of sounds that a sound is nearest to."""

from __future__ import annotations

import json
from typing import Annotated

from earwitness.cli.flags import Argument, Option
from earwitness.cli.shared_flags import Debug, TextFormat


def keywords(
    sound: Annotated[str, Argument(metavar="SOUND", help="A sound file, or - for stdin.")],
    encoder: Annotated[str, Option(metavar="NAME", help="Audio-text model; see earwitness models.")] = "tags",
    list: Annotated[
        str, Option(metavar="LIST", help="audioset, a file of names, or both: audioset+FILE.")
    ] = "audioset",
    top: Annotated[int, Option(min=1, metavar="N", help="Names shown, best first.")] = 10,
    format: TextFormat = "text",
    stream: Annotated[
        str | None, Option(metavar="N|LANGUAGE", help="Which audio stream of a film, from 1.")
    ] = None,
    debug: Debug = False,
) -> None:
    """Show the keywords that ZerAuCap would write from, each with its cosine."""
    from earwitness.captioning.matching import sound_keywords
    from earwitness.common.errors import OptionError
    from earwitness.encoders.registry import load_encoder
    from earwitness.methods.keyword_lists import keyword_list

    if format not in ("text", "json", "jsonl"):
        raise OptionError(f"format is text, json or jsonl, not {format!r}.")
    found = sound_keywords(sound, load_encoder(encoder), keyword_list(list), top, stream=stream)
    rows = [{"keyword": k.text, "cosine": round(k.score, 4)} for k in found]
    if format == "json":
        print(json.dumps({"path": sound, "encoder": encoder, "keywords": rows}, ensure_ascii=False, indent=1))
    for row in rows if format != "json" else ():
        print(
            json.dumps(row, ensure_ascii=False)
            if format == "jsonl"
            else f"{row['cosine']:.2f}  {row['keyword']}"
        )
