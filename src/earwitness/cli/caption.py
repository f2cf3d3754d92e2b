"""``earwitness caption``: files and folders in, sentences out."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from itertools import count
from typing import TYPE_CHECKING, Annotated, Any

from earwitness.cli import console
from earwitness.cli.flags import Argument, Exit, Option
from earwitness.cli.method_options import CONTEXT, split_options
from earwitness.cli.outputs import Format, Output, ending, stamps
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
    MinEvent,
    Model,
    Preset,
    Specific,
    Top,
)
from earwitness.cli.timing import Style, event_options, subtitle_style
from earwitness.common.counting import counted, of_them
from earwitness.common.errors import EarwitnessError, OptionError
from earwitness.confidence import LEAST

if TYPE_CHECKING:
    from earwitness.audio import Search
    from earwitness.captioning.journal import CaptionsMany, Journal
    from earwitness.captioning.options import CaptionOptions, Outcome


__all__ = ["CONTEXT", "caption"]

MOST_ENDINGS = 5


def caption(
    paths: Annotated[
        list[str], Argument(metavar="PATH", help="Sound files, folders of them, or - for stdin.")
    ],
    format: Annotated[
        Format | None,
        Option("--format", "-f", help="What to write; else what the output's ending says, or text."),
    ] = None,
    output: Annotated[
        str | None,
        Option("--output", "-o", help="File to write to, or folder for a file per sound; else the screen."),
    ] = None,
    segments: Annotated[
        float | None, Option(metavar="SECONDS", help="Caption every so many seconds, with times.")
    ] = None,
    events: Annotated[bool, Option("--events", help="Caption each sound event, with its times.")] = False,
    min_event: MinEvent = None,
    max_event: Annotated[
        float | None, Option(metavar="SECONDS", help="Longest event; no limit unless given.")
    ] = None,
    style: Annotated[
        Style | None,
        Option(help="Subtitles: sentences, or sound descriptions for people who cannot hear."),
    ] = None,
    into: Annotated[
        str | None, Option(metavar="FILE", help="Weave them into these .srt or .vtt subtitles.")
    ] = None,
    marks: Annotated[
        str, Option(metavar="LANGUAGE", help="Whose marks they stand between: en [ ], de * *, fr ( ).")
    ] = "en",
    top: Top = 1,
    keywords: Annotated[
        bool, Option("--show-keywords", "--keywords", help="Show the sounds that were heard, too.")
    ] = False,
    model: Model = None,
    method: Method = None,
    preset: Preset = None,
    encoder: Encoder = None,
    lm: LanguageModel = None,
    memory: Memory = None,
    audibility: Annotated[
        bool, Option("--audibility", help="Say how sure it is that a caption tells of sound.")
    ] = False,
    audible_weight: Annotated[
        float, Option(min=0, max=1, help="Weight of that when sentences are ranked.")
    ] = 0.0,
    classifier: Annotated[
        str | None, Option(metavar="FOLDER", help="Judges audibility; else the embedded one.")
    ] = None,
    min_confidence: MinConfidence = LEAST,
    specific: Specific = False,
    explain: Annotated[
        bool, Option("--explain", help="Show what was weighed for each word or sentence.")
    ] = False,
    device: Device = None,
    dtype: Dtype = "float32",
    threads: Annotated[
        int | None,
        Option(min=1, metavar="N", help="Cores for torch models; all unless given. 1 on a busy machine."),
    ] = None,
    workers: Annotated[
        int, Option(min=1, metavar="N", help="Cores to use: up to two by threads, more by processes.")
    ] = 2,
    remote: Annotated[
        bool, Option("--remote", help="Fetch addresses, such as s3://… or https://….   (extra batch)")
    ] = False,
    stream: Annotated[
        str | None,
        Option(
            metavar="N|LANGUAGE", help="Which audio stream of a film, from 1; its default one unless given."
        ),
    ] = None,
    bom: Annotated[bool, Option("--bom", help="Begin csv with the mark that Excel needs.")] = False,
    max_seconds: MaxSeconds = None,
    debug: Debug = False,
) -> None:
    """Say in a sentence what can be heard.

    A folder is searched through and through. A sound that cannot be read is named at the end, and the exit
    code is 1; the others are captioned all the same. Options of a method, such as --beams 4, are listed by
    'earwitness methods NAME'. A run over several sounds that was stopped goes on where it was when the same
    command is given again.
    """
    from earwitness.audio import AudioLimits
    from earwitness.batch.one_machine import captioner_for, search_named
    from earwitness.captioning.options import CaptionOptions
    from earwitness.methods.resolve import resolve

    if threads is not None:
        from earwitness.common.extras import set_threads

        set_threads(threads)

    paths, given = split_options(paths, resolve(method, preset, model, memory=memory is not None).options)
    limits = AudioLimits() if max_seconds is None else AudioLimits(max_seconds=max_seconds)
    options = CaptionOptions(
        segments=segments,
        top=top,
        limits=limits,
        audible_weight=audible_weight,
        min_confidence=min_confidence,
        specific=specific,
        stream=stream,
    )
    judge = classifier or ("embedded" if audibility or audible_weight else None)
    search = search_named(paths, remote)
    sounds = search.sounds
    if not sounds:
        raise OptionError(f"no sound files were found in {', '.join(paths)}{passed_over(search, '; ')}.")
    form = format or ending(output, into)
    sdh = subtitle_style(style, form, events or segments is not None, into, marks, len(sounds))
    cut = event_options(events, segments, sdh, min_event, max_event)
    options = replace(options, events=cut)
    to = Output.plan(form, output, sounds, segments is not None or cut is not None, sdh)
    named: dict[str, Any] = {"method": method, "preset": preset, "encoder": encoder, "lm": lm}
    named |= {"classifier": judge, "memory": memory, "dtype": dtype, "explain": explain, **given}
    asked: dict[str, Any] = {"top": top, "segments": segments, "audible_weight": audible_weight}
    asked |= {"max_seconds": max_seconds, "stream": stream, "events": cut and asdict(cut)}
    asked |= {"min_confidence": min_confidence, "specific": specific}
    settings = {**named, **asked, "model": model, "files": stamps(model) + stamps(memory)}
    failed: list[tuple[Any, EarwitnessError]] = []
    with (
        # the journal goes when the output has its place, for a run may be killed between the two
        to.journal(sounds, settings) as journal,
        to.writer(sounds, keywords=keywords, explain=explain, bom=bom) as writer,
        _progress(len(sounds), output) as tick,
    ):
        writer.on_failure = lambda sound, error: failed.append((sound, error))
        if output in (None, "-"):
            console.end_with_reader()
        console.upon_interruption(lambda: journal.farewell(len(sounds)))
        names = [str(s.path) for s in sounds]
        captioner = captioner_for(names, {"model": model, "device": device, **named}, workers)
        for outcome in _captioned(captioner, names, options, journal, tick):
            for line in outcome.captions:
                writer.write(line)
            if outcome.error:
                failed.append((outcome.source, outcome.error))
    if search.passed_over:
        console.complain(passed_over(search) + ".")
    _report(failed, len(sounds))


def _captioned(
    captioner: CaptionsMany,
    sounds: list[str],
    options: CaptionOptions,
    journal: Journal,
    tick: Callable[[Any], None] | None,
) -> Iterator[Outcome]:
    from earwitness.captioning.journal import caption_on

    if journal.other is not None:
        console.complain(
            f"a run with other options was not finished, and can go on: {journal.other} is kept for it."
        )
    if journal.finished:
        before = of_them(journal.finished, len(sounds), "sound", "was", "were")
        console.complain(f"{before} captioned before.")
    return caption_on(captioner, sounds, options, journal, heard=tick)


def passed_over(search: Search, before: str = "") -> str:
    """How many files did not look like sounds, the most frequent endings first; "" where none are."""
    if not search.passed_over:
        return ""
    counts = sorted(search.passed_over.items(), key=lambda item: (-item[1], item[0]))
    kinds = [f"{suffix or 'no ending'} {count}" for suffix, count in counts[:MOST_ENDINGS]]
    kinds += ["others"] if len(counts) > MOST_ENDINGS else []
    total = sum(search.passed_over.values())
    return f"{before}{counted(total, 'other file was', 'other files were')} passed over ({', '.join(kinds)})"


@contextmanager
def _progress(total: int, output: str | None) -> Iterator[Callable[[Any], None] | None]:
    """A bar on a terminal, where it does not mix with captions on the same screen."""
    shares_the_screen = output in (None, "-") and sys.stdout is not None and sys.stdout.isatty()
    if total < 2 or shares_the_screen:
        yield None
        return
    done = count()
    with progress("captioning") as show:
        if show is None:
            yield None
        else:
            show(next(done), total)
            yield lambda _: show(next(done), total)


def _report(failed: list[tuple[Any, EarwitnessError]], total: int) -> None:
    if not failed:
        return
    for _, error in failed:
        console.complain(str(error))
    if total > 1:
        console.complain(f"{len(failed)} of {counted(total, 'sound')} could not be captioned, see above.")
    raise Exit(1)
