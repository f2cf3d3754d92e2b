"""A table's rows, one after the other: captioned, scored, kept on disk, so that a stopped run goes on."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from earwitness.captioning.journal import Journal
from earwitness.captioning.specs import CaptionerSpec
from earwitness.common.errors import OptionError
from earwitness.common.files import whole_file
from earwitness.datasets import Dataset, read_dataset
from earwitness.evaluation import EvaluationOptions, evaluate
from earwitness.evaluation.run import caption_dataset
from earwitness.reproduce.needs import AUDIO
from earwitness.reproduce.row import Row, Table
from earwitness.reproduce.standins import StandIns
from earwitness.reproduce.training import trained

Progress = Callable[[str, int, int], None]
"""Told a row, and how many of its clips are done, of how many."""


@dataclass(frozen=True)
class ReproduceOptions:
    """Where the data are, and how much of a table is run."""

    # the folder of the data sets; with stand-ins any dataset of sounds and captions
    data: Path
    # gets journals, trained decoders, rows and the report
    output: Path
    # clips of each test set; None: all
    limit: int | None = None
    # names of rows, with * and ?; empty: all
    rows: tuple[str, ...] = ()
    # small models in place of the published ones
    small: StandIns | None = None

    def __post_init__(self) -> None:
        if self.limit is not None and self.limit < 1:
            raise OptionError(f"limit is a number of clips, 1 or more, not {self.limit}.")


def chosen_rows(table: Table, options: ReproduceOptions) -> list[Row]:
    """The rows that were asked for, with stand-ins where asked.

    Raises
    ------
    OptionError
        No row has such a name.
    """
    rows = [r for r in table.rows if not options.rows or _is_named(r, options.rows)]
    if not rows:
        raise OptionError(
            f"the table {table.name} has no row called {' or '.join(options.rows)}; its rows are "
            f"{', '.join(sorted({r.name for r in table.rows}))}."
        )
    return [options.small.row(r) for r in rows] if options.small else rows


def run_rows(
    table: Table, options: ReproduceOptions, progress: Progress | None = None
) -> Iterator[dict[str, Any]]:
    """Run rows one after the other, or take them from disk where they were run with the same settings.

    Yields
    ------
    dict
        Plain JSON types: the row's settings, each score with its interval or why there is none, and the
        seconds that it took.
    """
    for row in chosen_rows(table, options):
        path = options.output / "rows" / f"{row.file}.json"
        key = _key(row, options)
        done = _read(path)
        if done is None or done["key"] != key:
            done = {"key": key, **_run(row, options, key, progress)}
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(path) as file:
                file.write(json.dumps(done, ensure_ascii=False, indent=1).encode("utf-8"))
        yield done


def _is_named(row: Row, patterns: Sequence[str]) -> bool:
    return any(fnmatch(row.name.lower(), p.lower()) or fnmatch(row.file.lower(), p.lower()) for p in patterns)


def _key(row: Row, options: ReproduceOptions) -> dict[str, Any]:
    """All that a row's scores depend on."""
    plain: dict[str, Any] = json.loads(json.dumps(asdict(row), default=str))
    return {
        "row": plain,
        "limit": options.limit,
        "data": str(options.data),
        "small": options.small is not None,
    }


def _read(path: Path) -> dict[str, Any] | None:
    try:
        row = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return row if isinstance(row, dict) and "key" in row else None


def _run(
    row: Row, options: ReproduceOptions, key: Mapping[str, Any], progress: Progress | None
) -> dict[str, Any]:
    began = time.monotonic()
    dataset = _dataset(row, options)
    spec = _spec(row, options)
    journal = Journal(options.output / "journals" / f"{row.file}.jsonl", {"row": key}, keep=True)
    predictions = caption_dataset(
        dataset,
        spec.load(),
        name=row.name,
        journal=journal,
        progress=None if progress is None else lambda done, of: progress(row.name, done, of),
    )
    found = evaluate(
        predictions.captions,
        dataset.references.captions,
        EvaluationOptions(),
        name=row.name,
        failed=predictions.failed,
        sounds=dataset.sounds,
    )
    scores = {
        name: {"value": s.value, "low": s.low, "high": s.high, "reason": s.reason}
        for name, s in found.scores.items()
    }
    return {
        "name": row.name,
        "data": row.data,
        "clips": len(dataset.references.captions),
        "data_sha256": _hash(dataset.references.captions),
        "seed": EvaluationOptions().bootstrap.seed,
        "failed": len(predictions.failed),
        "scores": scores,
        "captions": dict(list(predictions.captions.items())[:3]),
        "seconds": round(time.monotonic() - began, 1),
    }


def _hash(captions: Mapping[str, Any]) -> str:
    """Of the clips and what people said of them, in their order."""
    plain = json.dumps({clip: list(texts) for clip, texts in captions.items()}, ensure_ascii=False)
    return hashlib.sha256(plain.encode("utf-8")).hexdigest()


def _dataset(row: Row, options: ReproduceOptions) -> Dataset:
    if options.small:
        dataset = read_dataset(options.data)
    else:
        dataset = read_dataset(options.data / row.data / "test.csv", options.data / row.data / AUDIO)
    if options.limit is None:
        return dataset
    # clips whose sound is there come first: a few are to be heard, not counted
    clips = sorted(dataset.references.captions, key=lambda clip: clip not in dataset.sounds)[: options.limit]
    references = replace(dataset.references, captions={c: dataset.references.captions[c] for c in clips})
    sounds = {c: dataset.sounds[c] for c in clips if c in dataset.sounds}
    return Dataset(references, sounds, tuple(c for c in clips if c not in sounds))


def _spec(row: Row, options: ReproduceOptions) -> CaptionerSpec:
    given = {
        name: value.format(data=options.data) if isinstance(value, str) else value
        for name, value in row.options.items()
    }
    if row.training is not None:
        given["model"] = str(_model(row, options))
    return CaptionerSpec(row.name, {"preset": row.preset, **given})


def _model(row: Row, options: ReproduceOptions) -> Path:
    assert row.training is not None
    folder = options.output / "trained"
    if options.small:
        from earwitness.datasets.folder import table_in

        captions = table_in(options.data) if options.data.is_dir() else options.data
        sounds = options.data if options.data.is_dir() else options.data.parent
        return trained(row.training, captions, sounds, folder, encoder=options.small.encoder)
    source = options.data / row.training.data
    return trained(row.training, source / "train.csv", source / "train-audio", folder)
