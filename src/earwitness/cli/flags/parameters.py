"""A function's parameters as flags and arguments."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from types import CodeType, NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from earwitness.cli.flags import Argument, Option, UsageError

REQUIRED = object()


@dataclass(frozen=True)
class Parameter:
    """One parameter: what is stated of it, the type of its values, whether it takes several, its default."""

    name: str
    stated: Option | Argument
    kind: type[Any]
    several: bool
    default: Any

    @property
    def on(self) -> tuple[str, ...]:
        """The flag's names; those that turn a switch off are left out."""
        names = self.stated.names if isinstance(self.stated, Option) else ()
        return tuple(n.partition("/")[0] for n in names) or ("--" + self.name.replace("_", "-"),)

    @property
    def off(self) -> tuple[str, ...]:
        """The names that turn a switch off."""
        names = self.stated.names if isinstance(self.stated, Option) else ()
        if not names and self.is_switch:
            return (f"--no-{self.name.replace('_', '-')}",)
        return tuple(n.partition("/")[2] for n in names if "/" in n)

    @property
    def is_switch(self) -> bool:
        """Whether it takes no value."""
        return self.kind is bool and isinstance(self.stated, Option)

    @property
    def shown(self) -> str:
        """What stands for its value on a help page."""
        if self.stated.metavar:
            return self.stated.metavar
        if isinstance(self.stated, Argument):
            return self.name.upper()
        if issubclass(self.kind, Enum):
            return f"<{'|'.join(str(member.value) for member in self.kind)}>"
        return {int: "<int>", float: "<float>", Path: "<path>"}.get(self.kind, "<str>")

    def read(self, text: str) -> Any:
        """A value as the parameter's type.

        Raises
        ------
        UsageError
            It cannot be read, or is out of bounds.
        """
        try:
            value = self._converted(text)
        except ValueError as error:
            label = " / ".join(f"'{n}'" for n in self.on) if isinstance(self.stated, Option) else self.shown
            raise UsageError(f"Invalid value for {label}: {error}.") from None
        return value

    def _converted(self, text: str) -> Any:
        if issubclass(self.kind, Enum):
            values = [str(member.value) for member in self.kind]
            if text not in values:
                raise ValueError(f"{text!r} is not one of {', '.join(map(repr, values))}")
            return self.kind(text)
        if self.kind is bool:
            if text.lower() not in ("yes", "true", "1", "no", "false", "0"):
                raise ValueError(f"{text!r} is not yes or no")
            return text.lower() in ("yes", "true", "1")
        if self.kind not in (int, float):
            return self.kind(text)
        try:
            value = self.kind(text)
        except ValueError:
            raise ValueError(f"{text!r} is not a {'whole ' if self.kind is int else ''}number") from None
        least, most = self.stated.min, self.stated.max
        if (least is not None and not value >= least) or (most is not None and not value <= most):
            raise ValueError(f"{text} is not in the range {self.bounds}")
        return value

    @property
    def bounds(self) -> str:
        """As ``x>=1``, "" for none."""
        least, most = self.stated.min, self.stated.max
        if least is None or most is None:
            return f"x>={least:g}" if least is not None else f"x<={most:g}" if most is not None else ""
        return f"{least:g}<=x<={most:g}"


def parameters_of(function: Callable[..., Any]) -> list[Parameter]:
    """The parameters of a command, in order."""
    hints = get_type_hints(function, vars(sys.modules[function.__module__]), include_extras=True)
    code: CodeType = function.__code__
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    values = function.__defaults__ or ()
    defaults = dict(zip(names[code.co_argcount - len(values) : code.co_argcount], values, strict=True))
    defaults.update(function.__kwdefaults__ or {})
    return [_parameter(name, hints[name], defaults.get(name, REQUIRED)) for name in names]


def _parameter(name: str, hint: Any, default: Any) -> Parameter:
    if get_origin(hint) is Union:  # Python 3.10 wraps what is None by default: Optional[Annotated[…]]
        hint = next(kind for kind in get_args(hint) if kind is not NoneType)
    hint, stated = get_args(hint)
    if get_origin(hint) in (Union, UnionType):
        hint = next(kind for kind in get_args(hint) if kind is not NoneType)
    several = get_origin(hint) is list
    kind = get_args(hint)[0] if several else hint
    return Parameter(name, stated, kind if isinstance(kind, type) else str, several, default)
