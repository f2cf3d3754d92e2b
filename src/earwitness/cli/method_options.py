"""A method's own options on the command line: every field of its dataclass is a flag of that name.

The commands take flags that they do not know among their paths, and this module tells them apart: so the help
page of ``caption`` stays short for who wants a caption, and no option of a method has to be written twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from earwitness.cli.published_arguments import hint
from earwitness.common.errors import OptionError
from earwitness.common.options import describe

# unknown flags are left among the arguments instead of ending the run
CONTEXT = {"ignore_unknown_options": True}


def split_options(arguments: Sequence[str], options: Any) -> tuple[list[str], dict[str, str]]:
    """Tell paths from the flags of a method.

    Parameters
    ----------
    arguments : sequence of str
        As typed, such as ``["a.wav", "--beta", "0.7", "--k=20", "--legacy-penalty"]``.
    options : a dataclass of options

    Returns
    -------
    paths : list of str
    given : dict
        Option to the text of its value.

    Raises
    ------
    OptionError
        A flag is none of the method's, or its value is missing.

    >>> from earwitness.methods.wsac.method import WsacOptions
    >>> split_options(["a.wav", "--beams", "4", "--standardise", "--bridge=audio"], WsacOptions())
    (['a.wav'], {'beams': '4', 'standardise': 'yes', 'bridge': 'audio'})
    """
    paths: list[str] = []
    given: dict[str, str] = {}
    known = {o.name: o.value for o in describe(options)}
    rest = iter(arguments)
    for argument in rest:
        if not argument.startswith("-") or argument == "-" or Path(argument).exists():
            paths.append(argument)
            continue
        name, equals, value = argument.lstrip("-").partition("=")
        name = name.replace("-", "_")
        if not argument.startswith("--") or name not in known:
            typed = argument.partition("=")[0]
            said = hint(typed) or (
                "; see earwitness caption --help, and earwitness methods for the options of each method"
            )
            raise OptionError(f"there is no option {typed}{said}.")
        if not equals:
            value = "yes" if isinstance(known[name], bool) else next(rest, "")
        if not value:
            raise OptionError(f"the option --{name.replace('_', '-')} needs a value.")
        given[name] = value
    return paths, given
