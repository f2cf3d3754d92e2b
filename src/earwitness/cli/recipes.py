"""``earwitness recipes``: what can be trained, and the options of each."""

from __future__ import annotations

from typing import Annotated

from earwitness.cli.flags import Argument, Option
from earwitness.cli.tables import write_options, write_table


def recipes(
    name: Annotated[str | None, Argument(metavar="[NAME]", help="One of them, to see its options.")] = None,
    format: Annotated[str, Option("--format", "-f", help="text or json.")] = "text",
) -> None:
    """List what 'earwitness train' can train; with a name, its options and their values.

    Each option is a flag of 'earwitness train', such as --epochs 20.
    """
    from earwitness.training.recipes import TRAINABLE, find_trainable

    if name is None:
        write_table(format, [{"name": n, "about": t.about} for n, t in TRAINABLE.items()], ("name", "about"))
        return
    found = find_trainable(name)
    write_options(format, found.options, f"{name}: {found.about}\n")
