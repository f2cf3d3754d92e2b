"""``earwitness match``: which of some sentences fits a sound."""

from __future__ import annotations

from typing import Annotated

from earwitness.cli.flags import Argument
from earwitness.cli.shared_flags import Debug, OneEncoder, Stream, TextFormat
from earwitness.cli.tables import check_row_format, write_rows


def match(
    sound: Annotated[str, Argument(metavar="SOUND", help="A sound file, or - for stdin.")],
    sentences: Annotated[list[str], Argument(metavar="SENTENCE", help="What might be heard in it.")],
    format: TextFormat = "text",
    encoder: OneEncoder = "tags",
    stream: Stream = None,
    debug: Debug = False,
) -> None:
    """Rank sentences by how well they fit a sound, best first, each with its score (0 to 1)."""
    from earwitness.captioning.matching import match_sentences
    from earwitness.encoders.registry import load_encoder

    check_row_format(format)
    ranked = match_sentences(sound, sentences, load_encoder(encoder), stream=stream)
    rows = [{"text": m.text, "score": round(m.score, 4), "cosine": round(m.cosine, 4)} for m in ranked]
    write_rows(
        format, rows, lambda row: f"{row['score']:.2f}  {row['text']}",
        path=sound, encoder=encoder, matches=rows,
    )  # fmt: skip
