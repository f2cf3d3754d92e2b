"""Flags and arguments as they are typed, and the pages that explain them."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import Annotated

import pytest

from earwitness.cli.__main__ import COMMANDS, command
from earwitness.cli.flags import Argument, Command, Option, UsageError
from earwitness.cli.flags.page import help_page
from earwitness.cli.flags.parameters import parameters_of
from earwitness.cli.flags.reading import read
from tests.invoking import invoke


class Colour(str, Enum):
    """What there is."""

    red = "red"
    blue = "blue"


def paint(
    walls: Annotated[list[Path], Argument(metavar="WALL", help="What to paint.")],
    bucket: Annotated[str, Argument(help="Out of which.")],
    colour: Annotated[Colour | None, Option("--colour", "-c", help="Which colour.")] = None,
    coats: Annotated[int, Option("--coats", "-n", min=1, max=9, help="How many coats.")] = 2,
    thickness: Annotated[float | None, Option(metavar="MM", help="How thick.")] = None,
    dry: Annotated[bool, Option("--dry", help="Wait.")] = False,
    retry: Annotated[bool, Option("--retry/--no-retry", help="Again.")] = True,
    also: Annotated[list[str] | None, Option(help="What else.")] = None,
) -> None:
    """Paint walls.

    All of them.
    """


PAINT = Command("paint", paint, {})
DEFAULTS = {"colour": None, "coats": 2, "thickness": None, "dry": False, "retry": True, "also": None}


@pytest.mark.parametrize(
    ("typed", "changed"),
    [
        ("a b", {}),
        ("-c red a b", {"colour": Colour.red}),
        ("a -cblue b --dry", {"colour": Colour.blue, "dry": True}),
        ("a b --coats=3 -n 4", {"coats": 4}),
        ("--thickness -1.5 a b", {"thickness": -1.5}),
        ("a b --no-retry --also x --also=y", {"retry": False, "also": ["x", "y"]}),
    ],
)
def test_flags_are_read_wherever_they_stand(typed: str, changed: dict[str, object]) -> None:
    assert read(PAINT, typed.split()) == {"walls": [Path("a")], "bucket": "b", **DEFAULTS, **changed}


def test_several_take_all_but_what_is_needed_behind_them() -> None:
    values = read(PAINT, ["a", "--", "-b", "--dry", "pot"])
    assert values is not None and values["walls"] == [Path("a"), Path("-b"), Path("--dry")]
    assert values["bucket"] == "pot" and values["dry"] is False


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("a b --colr red", r"No such option: --colr \(Possible options: --colour"),
        ("a b -x", "No such option: -x"),
        ("a b --coats", "'--coats' requires an argument"),
        ("a b --coats 0", r"Invalid value for '--coats' / '-n': 0 is not in the range 1<=x<=9"),
        ("a b --coats two", "'two' is not a whole number"),
        ("a b --coats nan", "'nan' is not a whole number"),
        ("a b --colour green", "'green' is not one of 'red', 'blue'"),
        ("a b --dry=yes", "does not take a value"),
        ("", "Missing argument 'WALL'"),
        ("a", "Missing argument 'WALL'"),
    ],
)
def test_what_cannot_be_read_is_said(typed: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        read(PAINT, typed.split())


def test_a_number_that_is_none_is_out_of_every_range() -> None:
    with pytest.raises(UsageError, match="not in the range"):
        read(Command("share", _share, {}), ["--share", "nan"])


def _share(share: Annotated[float, Option(min=0, max=1, help="A share.")] = 0.5) -> None:
    """Share."""


def test_unknown_flags_are_left_to_commands_that_ask_for_them() -> None:
    lenient = Command("paint", paint, {"ignore_unknown_options": True})
    values = read(lenient, ["a", "--beams", "4", "b"])
    assert values is not None and values["walls"] == [Path(p) for p in ("a", "--beams", "4")]


def test_help_explains_every_flag() -> None:
    assert read(PAINT, ["a", "--help"]) is None
    page = help_page(PAINT)
    assert page.startswith(
        "Usage: earwitness paint [OPTIONS] WALL... BUCKET\n\n  Paint walls.\n\n  All of them."
    )
    assert "-c, --colour <red|blue>" in page and "[default: 2; 1<=x<=9]" in page
    assert "--retry, --no-retry" in page.replace(" / ", ", ") and "[default: retry]" in page


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_a_page_and_explains_all_of_its_flags(name: str) -> None:
    page = invoke(name, "--help")
    assert page.exit_code == 0 and page.stdout.startswith(f"Usage: earwitness {name} [OPTIONS]")
    for parameter in parameters_of(command(name).function):
        assert (parameter.stated.help and parameter.on[0] in page.stdout) or isinstance(
            parameter.stated, Argument
        )


def test_the_first_page_lists_the_commands() -> None:
    page = invoke("--help")
    assert page.exit_code == 0 and all(about in page.stdout for _, about in COMMANDS.values())
    bare = invoke()
    assert (bare.exit_code, bare.stdout) == (2, page.stdout)


def test_a_command_that_is_not_there_is_said_on_stderr() -> None:
    for typed, said in (("sing", "No such command 'sing'."), ("--loud", "No such option: --loud")):
        result = invoke(typed)
        assert result.exit_code == 2 and said in result.stderr and not result.stdout
