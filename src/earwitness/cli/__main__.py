"""The ``earwitness`` command: sub-commands, and one place where errors become sentences."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Annotated, Any

import typer

from earwitness.cli import console
from earwitness.common.errors import EarwitnessError
from earwitness.common.version import __version__

# name -> module and function, and what it does, in the order of the help page. Each module imports what it
# needs inside its function, so that a command pays for nothing but itself.
COMMANDS = {
    "caption": ("caption:caption", "Say in a sentence what can be heard."),
    "show": ("show:show", "Draw a sound with its events, as a page or a picture."),
    "match": ("match:match", "Rank sentences by how well they fit a sound."),
    "keywords": ("keywords:keywords", "Show the names of sounds that are nearest to a sound."),
    "index": ("index:index", "Listen to folders once, into an archive."),
    "search": ("search:search", "Find sounds in an archive by words, by sound, by time."),
    "archive": ("archive:archive", "See what is in an archive, find duplicates, export it."),
    "audible": ("audible:audible", "Say how likely a sentence speaks of what can be heard."),
    "live": ("live:live", "Say what is heard, as it happens."),
    "serve": ("serve:serve", "Open a page and an API that caption sounds."),
    "batch": ("batch:batch", "Caption folders, tables and object stores, by many."),
    "evaluate": ("evaluate:evaluate", "Score captions against what people said."),
    "compare": ("compare:compare", "Caption a dataset in several ways and compare them."),
    "prepare": ("prepare:prepare", "Make one list of captions, or an evaluation table."),
    "gap": ("gap:gap", "Estimate what bridges text and sound in a space."),
    "train": ("train:train", "Train a decoder on captions alone, or a classifier."),
    "recipes": ("recipes:recipes", "List what can be trained, and the options of each."),
    "reproduce": ("reproduce:reproduce", "Run a published table, and set it beside what was printed."),
    "study": ("study:study", "Make a listening study, and read its answers."),
    "import": ("import_:import_", "Make files of ours out of a published program's."),
    "export": ("export:export", "Write a trained decoder as a folder that captions."),
    "models": ("models:models", "List the models that can be named; fetch gemma3 or smollm2."),
    "methods": ("methods:methods", "List the ways of captioning, and their options."),
}
INTERRUPTED = 130  # the shell's number for a run ended by Ctrl-C

app = typer.Typer(
    name="earwitness",
    help="Captions for any sound, learned without one audio-caption pair.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:
    if value:
        typer.echo(f"earwitness {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version and leave.")
    ] = False,
) -> None:
    """Captions for any sound, learned without one audio-caption pair."""


def build(argv: list[str]) -> typer.Typer:
    """The app with the one command that is asked for, or all of them where none is recognised."""
    asked = [name for name in argv if name in COMMANDS][:1]
    wanted = asked if asked and argv[0] == asked[0] else list(COMMANDS)
    for name in wanted:
        place, summary = COMMANDS[name]
        module, function = place.split(":")
        found = import_module(f"earwitness.cli.{module}")
        context = getattr(found, "CONTEXT", None)
        app.command(name, short_help=summary, context_settings=context)(getattr(found, function))
    return app


def main(argv: list[str] | None = None) -> None:
    """Run the command line; errors raised on purpose are one sentence on stderr and exit code 1."""
    arguments = sys.argv[1:] if argv is None else argv
    debug = "--debug" in arguments
    if argv is None:
        console.prepare()
    try:
        build(arguments)(args=[a for a in arguments if a != "--debug"], prog_name="earwitness")
    except EarwitnessError as error:
        if debug:
            raise
        _fail(str(error), 1)
    except console.InterruptedRun as interruption:
        console.say_farewell(interruption.code)
    except KeyboardInterrupt:
        _fail("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # the reader has gone (``| head``): leave quietly, and keep Python from flushing into nothing
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(console.READER_GONE)
    except OSError as error:
        if debug:
            raise
        _fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", 1)


def _fail(message: str, code: int) -> Any:
    console.complain(message)
    sys.exit(code)


if __name__ == "__main__":
    main()
