"""The ``earwitness`` command: sub-commands, and one place where errors become sentences."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Annotated, Any

import typer

import earwitness
from earwitness.errors import EarwitnessError

# name -> module and function, in the order of the help page. Each module imports what it needs inside its
# function, so that a command pays for nothing but itself.
COMMANDS = {
    "caption": "caption:caption",
    "match": "match:match",
    "keywords": "keywords:keywords",
    "audible": "audible:audible",
    "evaluate": "evaluate:evaluate",
    "compare": "compare:compare",
    "prepare": "prepare:prepare",
    "gap": "gap:gap",
    "train": "train:train",
    "export": "export:export",
    "models": "models:models",
    "methods": "methods:methods",
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
        typer.echo(f"earwitness {earwitness.__version__}")
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
        module, function = COMMANDS[name].split(":")
        found = import_module(f"earwitness.cli.{module}")
        app.command(name, context_settings=getattr(found, "CONTEXT", None))(getattr(found, function))
    return app


def main(argv: list[str] | None = None) -> None:
    """Run the command line; errors raised on purpose are one sentence on stderr and exit code 1."""
    arguments = sys.argv[1:] if argv is None else argv
    debug = "--debug" in arguments
    try:
        build(arguments)(args=[a for a in arguments if a != "--debug"], prog_name="earwitness")
    except EarwitnessError as error:
        if debug:
            raise
        _fail(str(error), 1)
    except KeyboardInterrupt:
        _fail("interrupted", INTERRUPTED)
    except BrokenPipeError:
        # The reader has gone (``| head``): leave quietly, and keep Python from flushing into nothing.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:
        if debug:
            raise
        _fail(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", 1)


def _fail(message: str, code: int) -> Any:
    print(f"earwitness: {message}", file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
