"""The ``earwitness`` command: sub-commands, and one place where errors become sentences."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

from earwitness.cli import console
from earwitness.cli.flags import Command, Exit, UsageError, echo
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
USAGE = 2  # and for one that was called in a way it does not know

ABOUT = "Captions for any sound, learned without one audio-caption pair."


def command(name: str) -> Command:
    """A command by its name; UsageError where there is none."""
    if name not in COMMANDS:
        if name.startswith("-"):
            raise UsageError(f"No such option: {name}")
        raise UsageError(f"No such command {name!r}.")
    module, function = COMMANDS[name][0].split(":")
    found = import_module(f"earwitness.cli.{module}")
    return Command(name, getattr(found, function), getattr(found, "CONTEXT", {}))


def run(arguments: list[str]) -> int:
    """Run what was typed, and give its exit code; errors raised on purpose pass through."""
    asked = arguments[0] if arguments else ""
    if asked in ("", "-h", "--help"):
        from earwitness.cli.flags.page import root_page

        echo(root_page(ABOUT, {name: about for name, (_, about) in COMMANDS.items()}))
        return USAGE if not asked else 0
    if asked == "--version":
        echo(f"earwitness {__version__}")
        return 0
    from earwitness.cli.flags.reading import read

    called: Command | None = None
    try:
        called = command(asked)
        values = read(called, [a for a in arguments[1:] if a != "--debug"])
        if values is None:
            from earwitness.cli.flags.page import help_page

            echo(help_page(called))
            return 0
        called.function(**values)
    except UsageError as error:
        return _misread(called, str(error))
    except Exit as end:
        return end.code
    return 0


def _misread(called: Command | None, message: str) -> int:
    """Say how a command is called, and what is wrong with this call."""
    from earwitness.cli.flags.page import usage

    how, name = "Usage: earwitness [OPTIONS] COMMAND [ARGS]...", "earwitness"
    if called is not None:
        how, name = usage(called), f"earwitness {called.name}"
    echo(f"{how}\nTry '{name} -h' for help.\n\nError: {message}", err=True)
    return USAGE


def main(argv: list[str] | None = None) -> None:
    """Run the command line; errors raised on purpose are one sentence on stderr and exit code 1."""
    arguments = sys.argv[1:] if argv is None else argv
    debug = "--debug" in arguments
    if argv is None:
        # sounds are worked on side by side: were numpy's products cut in pieces besides, the pieces would
        # wait for each other, spinning. Read when numpy is loaded, and only then.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        if argv is None:
            console.prepare()  # from here on Ctrl-C is an exception, which must find its handler
        sys.exit(run(arguments))
    except EarwitnessError as error:
        if debug:
            raise
        _fail(str(error), 1)
    except console.InterruptedRun as interruption:
        console.say_farewell(interruption.code)
    except KeyboardInterrupt:
        _fail("interrupted", INTERRUPTED)
    except RuntimeError as error:
        # up to Python 3.11 what interrupts the making of a class arrives as the cause of a RuntimeError
        if not isinstance(error.__cause__, console.InterruptedRun):
            raise
        console.say_farewell(error.__cause__.code)
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
