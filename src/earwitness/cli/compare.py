"""``earwitness compare``: several presets over one dataset, one report."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from earwitness.cli.evaluate import (
    Audio,
    Format,
    Human,
    Match,
    Metrics,
    Missing,
    MissingOption,
    Resamples,
    Seed,
    caption_with,
    finish,
    make_options,
    score,
)


def compare(
    presets: Annotated[
        list[str],
        typer.Argument(
            help="Captioners: presets (see methods), exported folders. The first is compared with each other."
        ),
    ],
    dataset: Annotated[
        Path,
        typer.Option(
            "--dataset", "-d", help="Human captions, or a folder of sounds with captions.json in it."
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="A folder for the journals and the report.")
    ] = Path("comparison"),
    audio: Audio = None,
    format: Annotated[Format, typer.Option("--format", "-f", help="How scores are printed.")] = Format.text,
    missing: MissingOption = Missing.empty,
    metrics: Metrics = None,
    match: Match = None,
    human: Human = True,
    resamples: Resamples = 1000,
    seed: Seed = 4182,
) -> None:
    """Caption a dataset with several presets and compare their scores clip by clip.

    The report is written as html, md and json. A run that is stopped goes on where it was when started again
    with the same --output: sounds that were captioned and have not changed since are not captioned again.
    """
    from earwitness.datasets import read_dataset
    from earwitness.evaluation.report import write_report

    options = make_options(metrics, missing, resamples, seed)
    found = read_dataset(dataset, audio)
    journals = output / "journals"
    systems = [
        caption_with(preset, found, journals / f"{_file_name(preset)}.jsonl")
        for preset in dict.fromkeys(presets)
    ]
    evaluations = score(systems, found.references, options, found, match)
    contents = finish(evaluations, found.references, format, human=human)
    for extension in ("html", "md", "json"):
        write_report(contents, output / f"report.{extension}")


def _file_name(preset: str) -> str:
    """A preset's name as a file name.

    >>> _file_name("wsac: clap/large")
    'wsac_clap_large'
    """
    return re.sub(r"[^A-Za-z0-9.-]+", "_", preset)
