"""``earwitness keywords``: the names of sounds that a sound is nearest to."""

from __future__ import annotations

from typing import Annotated

from earwitness.cli.flags import Argument, Option
from earwitness.cli.shared_flags import Debug, OneEncoder, Stream, TextFormat
from earwitness.cli.tables import check_row_format, write_rows


def keywords(
    sound: Annotated[str, Argument(metavar="SOUND", help="A sound file, or - for stdin.")],
    encoder: OneEncoder = "tags",
    list: Annotated[
        str, Option(metavar="LIST", help="audioset, a file of names, or both: audioset+FILE.")
    ] = "audioset",
    top: Annotated[int, Option(min=1, metavar="N", help="Names shown, best first.")] = 10,
    format: TextFormat = "text",
    stream: Stream = None,
    debug: Debug = False,
) -> None:
    """Show the keywords that ZerAuCap would write from, each with its cosine."""
    from earwitness.captioning.matching import sound_keywords
    from earwitness.encoders.registry import load_encoder
    from earwitness.methods.prompting.lists import keyword_list

    check_row_format(format)
    found = sound_keywords(sound, load_encoder(encoder), keyword_list(list), top, stream=stream)
    rows = [{"keyword": k.text, "cosine": round(k.score, 4)} for k in found]
    write_rows(
        format, rows, lambda row: f"{row['cosine']:.2f}  {row['keyword']}",
        path=sound, encoder=encoder, keywords=rows,
    )  # fmt: skip
