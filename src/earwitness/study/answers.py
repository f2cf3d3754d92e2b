"""What participants sent back: read, checked file by file, and never half believed."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from earwitness.common.errors import OptionError
from earwitness.study.design import OPINION, PREFERENCE, SCALE
from earwitness.study.page import FORMAT


@dataclass(frozen=True)
class Answers:
    """One participant's answers: clip and question to the place of the system chosen, or to the grade."""

    participant: str
    answers: Mapping[tuple[str, str], int]


@dataclass(frozen=True)
class Spoiled:
    """A file that is not counted, and why."""

    file: str
    reason: str


@dataclass(frozen=True)
class Returned:
    """Everything that came back of one study."""

    study: str
    systems: tuple[str, ...]
    clips: tuple[str, ...]
    participants: tuple[Answers, ...]
    spoiled: tuple[Spoiled, ...]

    @property
    def questions(self) -> tuple[tuple[str, str], ...]:
        """The questions that were asked: name and words."""
        return OPINION if len(self.systems) == 1 else PREFERENCE


def read_answers(paths: Iterable[Path]) -> Returned:
    """Read the files of a study's participants.

    The study is that of most files; files of others, unreadable or incomplete ones, and a participant's
    second file are named as spoiled and not counted.

    Raises
    ------
    OptionError
        No file can be used.
    """
    rows: list[tuple[str, dict[str, Any]]] = []
    spoiled: list[Spoiled] = []
    for path in paths:
        try:
            rows.append((path.name, _row(path)))
        except ValueError as error:
            spoiled.append(Spoiled(path.name, str(error)))
    names = [row["study"] for _, row in rows]
    study = max(sorted(set(names)), key=names.count) if names else ""
    systems, items, people = (), {}, {}  # type: tuple[str, ...], dict[str, list[int]], dict[str, Answers]
    for file, row in rows:
        try:
            if row["study"] != study:
                raise ValueError(f"is of another study, {row['study']}")
            if not items:
                systems, items = _unsealed(row["seal"])
            one = _participant(row, systems, items)
            if one.participant in people:
                raise ValueError(f"is participant {one.participant}'s second file")
            people[one.participant] = one
        except ValueError as error:
            spoiled.append(Spoiled(file, str(error)))
    if not people:
        told = "; ".join(f"{s.file} {s.reason}" for s in spoiled) or "none was named"
        raise OptionError(f"no file of answers can be used: {told}.")
    return Returned(study, systems, tuple(items), tuple(people.values()), tuple(spoiled))


def _row(path: Path) -> dict[str, Any]:
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise ValueError(f"is not whole JSON ({error})") from error
    if not isinstance(row, dict) or row.get("format") != FORMAT:
        raise ValueError("holds no answers of a listening study")
    kinds = {"study": str, "seal": str, "participant": str, "answers": dict}
    for key, kind in kinds.items():
        if not isinstance(row.get(key), kind):
            raise ValueError(f"lacks its {key}")
    return row


def _unsealed(seal: str) -> tuple[tuple[str, ...], dict[str, list[int]]]:
    try:
        row = json.loads(base64.b64decode(seal, validate=True))
        systems, items = tuple(map(str, row["systems"])), dict(row["items"])
        whole = bool(items) and all(sorted(order) == list(range(len(systems))) for order in items.values())
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"has a damaged seal ({type(error).__name__})") from error
    if not whole or len(systems) not in (1, 2):
        raise ValueError("has a damaged seal")
    return systems, items


def _participant(row: dict[str, Any], systems: tuple[str, ...], items: Mapping[str, list[int]]) -> Answers:
    scale = len(systems) == 1
    found: dict[tuple[str, str], int] = {}
    for clip, order in items.items():
        for question, _ in OPINION if scale else PREFERENCE:
            given = row["answers"].get(clip, {})
            value = given.get(question) if isinstance(given, dict) else None
            allowed = range(1, len(SCALE) + 1) if scale else range(len(systems))
            if isinstance(value, bool) or not isinstance(value, int) or value not in allowed:
                raise ValueError(f"has no valid answer to {question!r} for {clip}")
            found[clip, question] = value if scale else order[value]
    return Answers(str(row["participant"]), found)
