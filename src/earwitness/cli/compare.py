"""``earwitness compare``: several presets over one dataset, one report."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Annotated

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
from earwitness.cli.flags import Argument, Option


def compare(
    presets: Annotated[
        list[str],
        Argument(
            metavar="CAPTIONER...",
            help="Presets and exported folders, with options such as audibility:lambda2=0.06, or a .toml of "
            "runs. The first is compared with each other.",
        ),
    ],
    dataset: Annotated[
        Path,
        Option("--dataset", "-d", help="Human captions, or a folder of sounds with captions.json in it."),
    ],
    output: Annotated[
        Path, Option("--output", "-o", help="A folder for the journals and the report.")
    ] = Path("comparison"),
    audio: Audio = None,
    format: Annotated[Format, Option("--format", "-f", help="How scores are printed.")] = Format.text,
    missing: MissingOption = Missing.empty,
    metrics: Metrics = None,
    match: Match = None,
    human: Human = True,
    resamples: Resamples = 1000,
    seed: Seed = 4182,
) -> None:
    """Caption a dataset in several ways and compare their scores clip by clip.

    Options stand behind a colon, joined by commas: those of the method, and encoder, lm, classifier, memory.
    So a sweep is one line: compare audibility audibility:lambda2=0 audibility:lambda2=0.06. A .toml file has
    a [[run]] each, with name, captioner and the same options.

    The report is written as html, md and json. A run that is stopped goes on where it was when started again
    with the same --output: sounds that were captioned and have not changed since are not captioned again.
    """
    from earwitness.captioning.specs import read_specs
    from earwitness.datasets import read_dataset
    from earwitness.evaluation.report import write_report

    options, specs = make_options(metrics, missing, resamples, seed), read_specs(presets)
    found = read_dataset(dataset, audio)
    journals = output / "journals"
    systems = [caption_with(spec, found, journals / f"{_file_name(spec.name)}.jsonl") for spec in specs]
    evaluations = score(systems, found.references, options, found, match)
    contents = finish(evaluations, found.references, format, human=human)
    for extension in ("html", "md", "json"):
        write_report(contents, output / f"report.{extension}")


def _file_name(name: str) -> str:
    """A captioner's name as a file name; two names that would have the same one are told apart by a hash.

    >>> _file_name("embedded"), _file_name("wsac:beams=2")
    ('embedded', 'wsac_beams_2-af25eb2c')
    """
    plain = re.sub(r"[^A-Za-z0-9.-]+", "_", name)
    return plain if plain == name else f"{plain[:100]}-{hashlib.sha256(name.encode()).hexdigest()[:8]}"
