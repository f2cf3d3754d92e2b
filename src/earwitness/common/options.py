"""A method's options by name: what there is, and a changed copy from values or from words typed by a person.

Options that stand in a dataclass of their own inside the options (a search's) are named like the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields, is_dataclass, replace
from inspect import get_annotations
from typing import Any, TypeVar, get_args, get_type_hints

from earwitness.common.errors import OptionError

Options = TypeVar("Options")

YES, NO = ("yes", "true", "on", "1"), ("no", "false", "off", "0")


def option(default: Any, text: str) -> Any:
    """A field of an options dataclass that explains itself in ``earwitness methods``."""
    return field(default=default, metadata={"help": text})


@dataclass(frozen=True)
class Described:
    """One option: its name, its value, and one sentence about it."""

    name: str
    value: Any
    help: str


def describe(options: Any) -> list[Described]:
    """Every option of a dataclass of options, those of dataclasses inside it after its own.

    >>> from earwitness.methods.wsac.search import SearchOptions
    >>> [o.name for o in describe(SearchOptions())][:2]
    ['beams', 'max_tokens']
    """
    return [Described(f.name, getattr(of, f.name), f.metadata.get("help", "")) for of, f in _all(options)]


def changed(options: Options, given: Mapping[str, Any]) -> Options:
    """A copy with some options changed.

    Parameters
    ----------
    options : a frozen dataclass
    given : mapping
        Name to value; a value that is a string is read as the option's type.

    Raises
    ------
    OptionError
        There is no such option, or it cannot have that value.

    Examples
    --------
    >>> from earwitness.methods.wsac.method import WsacOptions
    >>> new = changed(WsacOptions(), {"temperature": "0.02", "beams": 4})
    >>> new.temperature, new.search.beams
    (0.02, 4)
    """
    own: dict[str, Any] = {}
    inner: dict[str, Any] = {}
    names = {f.name: of for of, f in _all(options)}
    for name, value in given.items():
        key = name.replace("-", "_")
        if key not in names:
            known = ", ".join(names)
            raise OptionError(f"there is no option {name!r} here; there are {known}.")
        target = own if names[key] is options else inner
        target[key] = read_value(names[key], key, value)
    for f in fields(options):  # type: ignore[arg-type]
        part = getattr(options, f.name)
        if is_dataclass(part) and inner:
            mine = {k: v for k, v in inner.items() if names[k] is part}
            own[f.name] = replace(part, **mine)  # type: ignore[type-var]
    return replace(options, **own)  # type: ignore[type-var]


def check_least(options: Any, least: float, *names: str) -> None:
    """OptionError for the first of the named options that is below ``least``; those it lacks are passed over.

    >>> from earwitness.methods.wsac.search import SearchOptions
    >>> check_least(SearchOptions(), 1, "beams")
    """
    for name in names:
        value = getattr(options, name, least)
        if value < least:
            raise OptionError(f"{name} is {least:g} or more, not {value}.")


def check_share(options: Any, *names: str) -> None:
    """OptionError for the first of the named options that is no share, from 0 to below 1."""
    for name in names:
        value = getattr(options, name)
        if not 0 <= value < 1:
            raise OptionError(f"{name} is 0 or more and below 1, not {value}.")


def _all(options: Any) -> Iterator[tuple[Any, Field[Any]]]:
    inner = []
    # what a kind of options shares with others comes after what it has of its own
    own = get_annotations(type(options))
    for f in sorted(fields(options), key=lambda f: f.name not in own):
        if is_dataclass(getattr(options, f.name)):
            inner.append(getattr(options, f.name))
        elif "help" in f.metadata:
            yield options, f
    for part in inner:
        yield from _all(part)


def read_value(options: Any, name: str, value: Any) -> Any:
    """A value as it is, or a text read as the type of the option of that name."""
    if not isinstance(value, str):
        return value
    hint = get_type_hints(type(options))[name]
    kinds = [k for k in (get_args(hint) or (hint,)) if isinstance(k, type)]
    if type(None) in kinds and value.lower() == "none":
        return None
    if bool in kinds:
        if value.lower() not in YES + NO:
            raise OptionError(f"the option {name} is yes or no, not {value!r}.")
        return value.lower() in YES
    for kind in (int, float):
        if kind in kinds:
            try:
                return kind(value)
            except ValueError:
                if kind is float or float not in kinds:
                    raise OptionError(f"the option {name} is a number, not {value!r}.") from None
    return value
