"""``earwitness batch``: more sounds than one run, one core or one machine is for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any

from earwitness.cli import console
from earwitness.cli.flags import Argument, Exit, Option
from earwitness.cli.method_options import CONTEXT, split_options
from earwitness.cli.outputs import stamps
from earwitness.cli.progress import progress
from earwitness.cli.shared_flags import (
    Debug,
    Device,
    Dtype,
    Encoder,
    LanguageModel,
    MaxSeconds,
    Memory,
    Method,
    MinConfidence,
    Model,
    Preset,
    Specific,
    Top,
)
from earwitness.cli.timing import event_options
from earwitness.common.counting import counted, of_them
from earwitness.common.errors import OptionError
from earwitness.confidence import LEAST

if TYPE_CHECKING:
    from earwitness.batch.options import Report
    from earwitness.batch.work import Done

__all__ = ["CONTEXT", "batch"]


class Format(str, Enum):
    """What files of captions can be."""

    parquet = "parquet"
    jsonl = "jsonl"
    csv = "csv"


def batch(
    places: Annotated[
        list[str],
        Argument(
            metavar="INPUT OUTPUT",
            help="A folder, 'pattern', list of names (.txt), .parquet or .tar files; a folder for captions."
            " Both may be addresses, such as s3://bucket/sounds.",
        ),
    ],
    format: Annotated[Format, Option("--format", "-f", help="What is written.")] = Format.parquet,
    actors: Annotated[
        int | None,
        Option(min=1, metavar="N", help="Processes with the model; one a core unless given."),
    ] = None,
    cpus: Annotated[int, Option(min=1, metavar="N", help="Cores of each.")] = 1,
    gpus: Annotated[float, Option(min=0, metavar="N", help="Graphics cards of each, or a share.")] = 0.0,
    address: Annotated[
        str | None, Option(metavar="ADDRESS", help="A Ray cluster, such as auto; else this machine.")
    ] = None,
    rows: Annotated[
        int | None, Option(min=1, metavar="N", help="Sounds a file; a thousand unless given or few.")
    ] = None,
    column: Annotated[
        str, Option(metavar="NAME", help="Of parquet: the column of sounds, as bytes or names.")
    ] = "audio",
    id: Annotated[str | None, Option(metavar="NAME", help="Of parquet: the column that names a row.")] = None,
    embeddings: Annotated[
        bool, Option("--embeddings", help="Keep the vector of what was heard; parquet only.")
    ] = False,
    retry_errors: Annotated[
        bool, Option("--retry-errors", help="Caption files again that hold sounds which failed.")
    ] = False,
    remote: Annotated[
        bool, Option("--remote", help="Fetch addresses that stand in a list or a table.")
    ] = False,
    storage: Annotated[
        list[str] | None,
        Option(metavar="NAME=VALUE", help="For the store's client, such as anonymous=true."),
    ] = None,
    segments: Annotated[
        float | None, Option(metavar="SECONDS", help="A row every so many seconds, with times.")
    ] = None,
    events: Annotated[bool, Option("--events", help="A row for each sound event.")] = False,
    top: Top = 1,
    model: Model = None,
    method: Method = None,
    preset: Preset = None,
    encoder: Encoder = None,
    lm: LanguageModel = None,
    memory: Memory = None,
    classifier: Annotated[
        str | None, Option(metavar="NAME", help="Judge audibility: embedded, or a folder.")
    ] = None,
    min_confidence: MinConfidence = LEAST,
    specific: Specific = False,
    device: Device = None,
    dtype: Dtype = "float32",
    max_seconds: MaxSeconds = None,
    debug: Debug = False,
) -> None:
    """Caption a whole store of sounds into a folder of files, on every core or on many machines.

    A run that was stopped, by whatever, goes on where it was when the same command is given again; sounds
    that were added since are captioned into files of their own. A sound that cannot be read is a row that
    says why, and the exit code is 1. Options of a method are listed by 'earwitness methods NAME'.
    """
    from earwitness.audio import AudioLimits
    from earwitness.batch.options import BatchOptions, Captioning
    from earwitness.batch.run import batch as run
    from earwitness.captioning.options import CaptionOptions
    from earwitness.methods.resolve import resolve

    places, given = split_options(places, resolve(method, preset, model, memory=memory is not None).options)
    if len(places) != 2:
        raise OptionError(f"batch takes an INPUT and an OUTPUT, not {len(places)} names; quote patterns.")
    if embeddings and format is not Format.parquet:
        raise OptionError(f"--embeddings are kept in parquet; {format.value} has no room for them.")
    options = CaptionOptions(
        segments=segments,
        events=event_options(events, segments, None, None, None),
        top=top,
        embeddings=embeddings,
        min_confidence=min_confidence,
        specific=specific,
        limits=AudioLimits() if max_seconds is None else AudioLimits(max_seconds=max_seconds),
    )
    named: dict[str, Any] = {"model": model, "method": method, "preset": preset, "encoder": encoder, "lm": lm}
    named |= {"memory": memory, "classifier": classifier, "device": device, "dtype": dtype, **given}
    how = BatchOptions(
        format.value, rows, actors, cpus, gpus, address, column, id, remote, _storage(storage), retry_errors
    )
    settings = {"files": stamps(model) + stamps(memory), "specific": specific, "max_seconds": max_seconds}
    settings |= {"events": options.events and asdict(options.events)}
    console.upon_interruption(lambda: "interrupted: files that are written stay; the same command goes on.")
    with _watching() as (begun, done):
        report = run(places[0], places[1], Captioning(named, options), how,
                     settings=settings, begun=begun, done=done)  # fmt: skip
    _say(report, places[1])


def _storage(given: list[str] | None) -> dict[str, str]:
    pairs = [text.partition("=") for text in given or []]
    for name, equals, _ in pairs:
        if not name or not equals:
            raise OptionError("--storage is given as NAME=VALUE, such as anonymous=true.")
    return {name: value for name, _, value in pairs}


@contextmanager
def _watching() -> Iterator[tuple[Callable[[int, int], None], Callable[[Done], None]]]:
    """A bar of files on a terminal; how many were there before is said everywhere."""
    count, total = 0, 0
    with progress("files") as bar:

        def begun(before: int, parts: int) -> None:
            nonlocal count, total
            count, total = before, parts
            if before:
                console.complain(f"{of_them(before, parts, 'file', 'was', 'were')} there before.")

        def done(one: Done) -> None:
            nonlocal count
            count += 1
            if bar:
                bar(count, total)

        yield begun, done


def _say(report: Report, output: str) -> None:
    if report.changed:
        changed = counted(report.changed, "file has", "files have")
        console.complain(
            f"{changed} another size than when captioned; the rows of then are kept. Name a new output to "
            "caption anew."
        )
    console.complain(
        f"{counted(report.sounds, 'sound')} captioned, {counted(report.rows, 'row')}; "
        f"{counted(report.parts, 'file is', 'files are')} in {output}."
    )
    if report.errors:
        console.complain(
            f"{counted(report.errors, 'sound')} could not be captioned; the column error says why, "
            "--retry-errors tries again."
        )
        raise Exit(1)
