"""``earwitness evaluate``: score a table of captions, or a captioner on a dataset."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from earwitness.cli.flags import Argument, Option, echo

if TYPE_CHECKING:
    from earwitness.captioning.specs import CaptionerSpec
    from earwitness.datasets import Dataset, Predictions, References
    from earwitness.evaluation import Evaluation, EvaluationOptions
    from earwitness.evaluation.report import Report


class Format(str, Enum):
    """How scores are printed."""

    text = "text"
    json = "json"
    markdown = "markdown"


class Missing(str, Enum):
    """What becomes of clips without a caption."""

    empty = "empty"
    skip = "skip"
    error = "error"


Metrics = Annotated[
    list[str] | None,
    Option("--metrics", "-m", help="Only these, separated by commas: bleu, rouge_l, cider_d, meteor …"),
]
MissingOption = Annotated[
    Missing, Option(help="Clips without a caption: scored as empty ones, left out, or an error.")
]
Resamples = Annotated[int, Option(help="Bootstrap resamples behind each interval.")]
Seed = Annotated[int, Option(help="Seed of the bootstrap.")]
Human = Annotated[bool, Option("--human/--no-human", help="People's agreement as the ceiling.")]
Match = Annotated[
    str | None, Option("--match", help="An encoder that judges how captions match their sounds.")
]
Audio = Annotated[Path | None, Option(help="The folder of the sounds.")]


def evaluate(
    predictions: Annotated[Path | None, Argument(help="Captions by clip: csv, tsv, jsonl or json.")] = None,
    references: Annotated[
        Path | None, Argument(help="Human captions by clip: AudioCaps, Clotho, csv, jsonl or json.")
    ] = None,
    format: Annotated[Format, Option("--format", "-f", help="How scores are printed.")] = Format.text,
    against: Annotated[Path | None, Option(help="Other predictions, compared clip by clip.")] = None,
    report: Annotated[
        Path | None, Option("--report", "-r", help="Write a page (.html), .md or .json here too.")
    ] = None,
    missing: MissingOption = Missing.empty,
    metrics: Metrics = None,
    captioner: Annotated[
        str | None,
        Option(help="Caption the dataset with this: a preset or folder, audibility:lambda2=0.06."),
    ] = None,
    dataset: Annotated[
        Path | None, Option(help="Human captions, or a folder of sounds with captions.json in it.")
    ] = None,
    audio: Audio = None,
    match: Match = None,
    human: Human = True,
    resamples: Resamples = 1000,
    seed: Seed = 4182,
) -> None:
    """Score captions against what people said, with intervals and reasons.

    Either PREDICTIONS and REFERENCES, two tables, or --captioner and --dataset, a preset and its task.
    Scores are printed in hundredths; a score that cannot be computed here is named with the reason.
    """
    from earwitness.captioning.specs import parse_spec
    from earwitness.common.errors import OptionError
    from earwitness.datasets import read_dataset, read_references
    from earwitness.evaluation.report import check_report_path, write_report

    if report is not None:
        check_report_path(report)
    options = make_options(metrics, missing, resamples, seed)
    tables, run = (predictions, references), (captioner, dataset)
    if all(tables) and not any(run):
        assert predictions and references
        truth = read_references(references)
        found = read_dataset(references, audio) if audio else None
        systems = [_aligned(table, truth) for table in (predictions, against) if table]
    elif all(run) and not any(tables):
        assert captioner and dataset
        found = read_dataset(dataset, audio)
        truth = found.references
        systems = [caption_with(parse_spec(captioner), found)]
        systems += [_aligned(against, truth)] if against else []
    else:
        raise OptionError("Give PREDICTIONS and REFERENCES, or --captioner and --dataset.")
    contents = finish(score(systems, truth, options, found, match), truth, format, human=human)
    if report is not None:
        write_report(contents, report)


def make_options(metrics: list[str] | None, missing: Missing, resamples: int, seed: int) -> EvaluationOptions:
    """Options of the command line as the library's."""
    from earwitness.evaluation import BootstrapOptions, EvaluationOptions

    names = tuple(name for group in metrics for name in group.split(",") if name.strip()) if metrics else None
    return EvaluationOptions(names, missing.value, BootstrapOptions(resamples, seed))


def caption_with(spec: CaptionerSpec, dataset: Dataset, journal: Path | None = None) -> Predictions:
    """Caption a dataset, showing how far it is; ``journal`` is a file."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TimeRemainingColumn

    from earwitness.captioning.journal import Journal
    from earwitness.cli.outputs import stamps
    from earwitness.evaluation.run import caption_dataset

    captioner = spec.load()
    files = [stamp for name in spec.files() for stamp in stamps(name)]
    settings = {"captioner": spec.name, **spec.given, "files": files}
    console = Console(stderr=True)
    columns = (*Progress.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(spec.name)
        return caption_dataset(
            dataset,
            captioner,
            name=spec.name,
            journal=None if journal is None else Journal(journal, settings, keep=True),
            progress=lambda done, clips: bar.update(task, completed=done, total=clips),
        )


def score(
    systems: Sequence[Predictions],
    truth: References,
    options: EvaluationOptions,
    dataset: Dataset | None,
    match: str | None,
) -> list[Evaluation]:
    """Evaluate each system on the same references."""
    from earwitness.evaluation import evaluate as evaluate_captions
    from earwitness.evaluation import match_metric

    judges = []
    if match is not None:
        from earwitness.encoders.registry import load_encoder

        judges.append(match_metric(load_encoder(match)))
    return [
        evaluate_captions(
            system.captions,
            truth.captions,
            options,
            name=system.name,
            failed=system.failed,
            sounds=dataset.sounds if dataset else None,
            replacing=judges,
        )
        for system in systems
    ]


def finish(evaluations: Sequence[Evaluation], truth: References, format: Format, *, human: bool) -> Report:
    """Print the scores; the report they are part of."""
    from earwitness.evaluation.human import human_agreement
    from earwitness.evaluation.published import published_rows
    from earwitness.evaluation.report import Report, to_json, to_markdown, to_text

    agreement = human_agreement(truth.captions, bootstrap=evaluations[0].options.bootstrap) if human else {}
    contents = Report(tuple(evaluations), truth.name, agreement, published_rows(truth.layout))
    writers = {Format.text: to_text, Format.json: to_json, Format.markdown: to_markdown}
    echo(writers[format](contents), nl=False)
    return contents


def _aligned(table: Path, truth: References) -> Predictions:
    from earwitness.datasets import align, read_predictions

    return align(read_predictions(table), truth)
