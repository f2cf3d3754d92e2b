"""Tables of predictions and references, read and checked."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from earwitness.common.errors import TableError
from earwitness.datasets.columns import ALL_CAPTIONS, all_captions, clip_id, one_caption
from earwitness.datasets.rows import Row, read_rows


@dataclass(frozen=True)
class Predictions:
    """One caption a clip; clips without one, with the words of the failure where there are any."""

    name: str
    captions: Mapping[str, str]
    failed: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class References:
    """Human captions by clip, and the other names that predictions may have for a clip."""

    name: str
    captions: Mapping[str, tuple[str, ...]]
    # "audiocaps" or "clotho" where the table has the layout of one
    layout: str = ""
    aliases: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def read_predictions(path: str | os.PathLike[str]) -> Predictions:
    """Read predictions: rows of clip and caption, ``{id: caption}``, or the jsonl of ``earwitness caption``.

    An empty caption is a missing one. A row with ``error`` (or ``status``) and no caption is a failure.

    Raises
    ------
    TableError
        It cannot be read, lacks a column, or has two captions for a clip; the message says what and where.
    """
    path = Path(path)
    captions: dict[str, str] = {}
    failed: dict[str, str] = {}
    seen: dict[str, str] = {}
    for row in read_rows(path):
        clip = clip_id(row)
        if clip in seen:
            raise TableError(f"{row.where}: clip {clip!r} has a caption already ({seen[clip]}).")
        seen[clip] = row.where.rpartition(", ")[2]
        reason = _failure(row)
        if reason is not None:
            failed[clip] = reason
        captions[clip] = "" if reason is not None else one_caption(row) or ""
    return Predictions(path.stem, captions, failed)


def _failure(row: Row) -> str | None:
    reason = row.cells.get("error") or row.cells.get("reason")
    return str(reason) if reason and not row.cells.get("text") and not row.cells.get("caption") else None


def read_references(path: str | os.PathLike[str]) -> References:
    """Read references: ``{id: [captions]}``, lists or numbered columns as Clotho has them, or one caption in
    each row as AudioCaps has them.

    Raises
    ------
    TableError
        It cannot be read, lacks a column, has an empty caption, or lists a clip twice; the message says what
        and where.
    """
    path = Path(path)
    found: dict[str, list[str]] = {}
    aliases: dict[str, tuple[str, ...]] = {}
    for row in read_rows(path):
        clip = clip_id(row)
        captions = all_captions(row)
        if clip in found and not _is_long(row):
            raise TableError(f"{row.where}: clip {clip!r} is there twice.")
        found.setdefault(clip, []).extend(captions)
        aliases[clip] = _audiocaps_names(row)
    captions_by_clip = {clip: tuple(captions) for clip, captions in found.items()}
    return References(path.stem, captions_by_clip, _layout(row), aliases)


def _layout(row: Row) -> str:
    if {"youtube_id", "start_time", "caption"} <= row.cells.keys():
        return "audiocaps"
    return "clotho" if {"file_name", "caption_1", "caption_5"} <= row.cells.keys() else ""


def _is_long(row: Row) -> bool:
    """Whether the table has one caption a row, so that rows of a clip belong together."""
    return "caption" in row.cells and not any(column in row.cells for column in ALL_CAPTIONS)


def _audiocaps_names(row: Row) -> tuple[str, ...]:
    """Names that copies of AudioCaps give the clip beginning at ``start_time`` seconds of a video."""
    video, start = row.cells.get("youtube_id"), row.cells.get("start_time")
    if not isinstance(video, str) or start is None or not str(start).strip().isdigit():
        return ()
    milliseconds = int(start) * 1000
    return (video, f"Y{video}", f"{video}_{milliseconds}", f"Y{video}_{milliseconds}", f"Y{video}_{start}")
