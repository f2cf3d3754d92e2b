"""One tensor out of a pickle, without unpickling: nothing in the file is ever called.

The published WSAC program loads its modality gap with ``pickle``, which runs whatever a file says. Here the
opcodes are read, not run (``pickletools``), on a stack of plain values. A name that the file would call is
looked up in a short list of what a pickled tensor consists of; any other name, and any opcode that a tensor
does not need, is refused.
"""

from __future__ import annotations

import io
import pickletools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from earwitness.common.errors import AssetError

LARGEST = 64 * 1024 * 1024  # bytes of a file; a gap of a thousand numbers has some five thousand
KINDS = {"FloatStorage": "<f4", "DoubleStorage": "<f8", "HalfStorage": "<f2"}
MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001  # what torch's own format of the time begins with


@dataclass(frozen=True)
class _Name:
    """A name that the file would call, from the list."""

    text: str


@dataclass(frozen=True, eq=False)
class _Made:
    """What calling a listed name would have made: the name and what it was given."""

    name: str
    given: tuple[Any, ...]


class _RefusedError(Exception):
    """Something that one pickled tensor does not contain."""


NAMES = {
    "torch._utils _rebuild_tensor_v2",
    "torch._utils _rebuild_parameter",
    "torch.storage _load_from_bytes",
    "collections OrderedDict",
    "_codecs encode",  # how bytes were written before pickle had them
    *(f"torch {kind}" for kind in KINDS),
}
_MARK = object()


def read_pickled_tensor(path: Path) -> npt.NDArray[np.float32]:
    """A pickled torch tensor as an array.

    Parameters
    ----------
    path : Path
        What ``pickle.dump(tensor, file)`` wrote, of a tensor of floats on any device.

    Raises
    ------
    AssetError
        There is no such file, or it holds anything but one tensor; the message says what.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise AssetError(f"{path} is larger than {LARGEST // 2**20} MB; a modality gap is one vector.")
        data = path.read_bytes()
    except OSError as error:
        raise AssetError(f"{path} cannot be read ({error}); give the pickled modality gap.") from error
    try:
        return _tensor(_walk(io.BytesIO(data)))
    except (_RefusedError, ValueError, IndexError, TypeError, KeyError, OverflowError) as error:
        raise AssetError(
            f"{path} is not one pickled tensor ({error}); save it anew with pickle.dump(tensor.cpu(), file)."
        ) from error


def _tensor(made: Any) -> npt.NDArray[np.float32]:
    """The array that the noted calls describe."""
    if isinstance(made, _Made) and made.name == "torch._utils _rebuild_parameter":
        made = made.given[0]
    if not isinstance(made, _Made) or made.name != "torch._utils _rebuild_tensor_v2":
        raise _RefusedError(f"it holds {type(made).__name__ if not isinstance(made, _Made) else made.name}")
    storage, offset, shape, strides = made.given[:4]
    if not isinstance(storage, _Made) or storage.name != "torch.storage _load_from_bytes":
        raise _RefusedError("its numbers are not stored in it")
    numbers = _storage(storage.given[0])
    sizes = [int(n) for n in shape]
    last = int(offset) + sum((n - 1) * int(s) for n, s in zip(sizes, strides, strict=True))
    negative = min([*sizes, *map(int, strides), int(offset)]) < 0
    if negative or (0 not in sizes and last >= len(numbers)):
        raise _RefusedError("its shape reaches beyond its numbers")
    steps = [int(s) * numbers.itemsize for s in strides]
    viewed = np.lib.stride_tricks.as_strided(numbers[int(offset) :], sizes, steps)
    return np.array(viewed, np.float32)


def _storage(data: Any) -> npt.NDArray[Any]:
    """The numbers in torch's format before zip files: three headers, one storage, its key, its bytes."""
    if isinstance(data, _Made) and data.name == "_codecs encode" and data.given[1:] == ("latin1",):
        data = str(data.given[0]).encode("latin1")
    if not isinstance(data, bytes):
        raise _RefusedError("its numbers are not bytes")
    stream = io.BytesIO(data)
    if (_walk(stream), _walk(stream)) != (MAGIC, PROTOCOL):
        raise _RefusedError("its numbers are of another format")
    _walk(stream)  # byte order and sizes of types, which have been the same on every machine since
    described, keys = _walk(stream), _walk(stream)
    if not isinstance(described, _Made) or described.name != "storage":
        raise _RefusedError("its numbers have no kind")
    kind, key, _, count = described.given[:4]
    if not isinstance(kind, _Name) or list(keys) != [key]:
        raise _RefusedError("its numbers are in several pieces")
    dtype = np.dtype(KINDS[kind.text.removeprefix("torch ")])
    body = stream.read()
    if int.from_bytes(body[:8], "little") != count or len(body) != 8 + count * dtype.itemsize:
        raise _RefusedError("some of its numbers are missing")
    return np.frombuffer(body, dtype, offset=8)


def _walk(stream: io.BytesIO) -> Any:
    """Read one pickle's opcodes up to its end, on a stack of plain values."""
    stack: list[Any] = []
    memo: dict[int, Any] = {}
    for opcode, argument, _ in pickletools.genops(stream):
        name = opcode.name
        if name == "STOP":
            return stack[-1]
        if name in _PUSHED:
            stack.append(_PUSHED[name](argument))
        elif name in ("PUT", "BINPUT", "LONG_BINPUT", "MEMOIZE"):
            memo[len(memo) if name == "MEMOIZE" else _number(argument)] = stack[-1]
        elif name in ("GET", "BINGET", "LONG_BINGET"):
            stack.append(memo[_number(argument)])
        elif name in _TAKING:
            _TAKING[name](stack)
        elif name not in ("PROTO", "FRAME"):
            raise _RefusedError(f"a tensor has no {name} in it")
    raise _RefusedError("it is cut short")


def _listed(name: str) -> _Name:
    if name not in NAMES:
        raise _RefusedError(f"it would call {name.replace(' ', '.')}")
    return _Name(name)


def _since_mark(stack: list[Any]) -> list[Any]:
    at = len(stack) - 1 - stack[::-1].index(_MARK)
    items = stack[at + 1 :]
    del stack[at:]
    return items


def _tuple(count: int | None) -> Callable[[list[Any]], None]:
    def take(stack: list[Any]) -> None:
        items = _since_mark(stack) if count is None else stack[len(stack) - count :]
        if count is not None:
            del stack[len(stack) - count :]
        stack.append(tuple(items))

    return take


def _reduce(stack: list[Any]) -> None:
    given, name = stack.pop(), stack.pop()
    if not isinstance(name, _Name) or not isinstance(given, tuple):
        raise _RefusedError("it would call something that is no name")
    stack.append(_Made(name.text, given))


def _global(stack: list[Any]) -> None:
    name, module = stack.pop(), stack.pop()
    stack.append(_listed(f"{module} {name}"))


def _persistent(stack: list[Any]) -> None:
    kind, *rest = stack.pop()
    if kind != "storage":
        raise _RefusedError(f"it refers to {kind!r}")
    stack.append(_Made("storage", tuple(rest)))


def _append(many: bool) -> Callable[[list[Any]], None]:
    def take(stack: list[Any]) -> None:
        items = _since_mark(stack) if many else [stack.pop()]
        if not isinstance(stack[-1], list):
            raise _RefusedError("it fills what is no list")
        stack[-1].extend(items)

    return take


def _set(many: bool) -> Callable[[list[Any]], None]:
    def take(stack: list[Any]) -> None:
        items = _since_mark(stack) if many else [stack.pop(-2), stack.pop()]
        if not isinstance(stack[-1], dict):
            raise _RefusedError("it fills what is no table")
        stack[-1].update(zip(items[0::2], items[1::2], strict=True))

    return take


def _number(argument: Any) -> int:
    return int(argument)


def _same(argument: Any) -> Any:
    return argument


_PUSHED: dict[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4"), _same),
    **dict.fromkeys(("BINUNICODE", "SHORT_BINUNICODE", "BINUNICODE8", "UNICODE"), _same),
    **dict.fromkeys(("BINBYTES", "SHORT_BINBYTES", "BINBYTES8"), _same),
    "NONE": lambda _: None,
    "NEWTRUE": lambda _: True,
    "NEWFALSE": lambda _: False,
    "EMPTY_TUPLE": lambda _: (),
    "EMPTY_LIST": lambda _: [],
    "EMPTY_DICT": lambda _: {},
    "MARK": lambda _: _MARK,
    "GLOBAL": _listed,
}
_TAKING: dict[str, Callable[[list[Any]], None]] = {
    "TUPLE": _tuple(None),
    "TUPLE1": _tuple(1),
    "TUPLE2": _tuple(2),
    "TUPLE3": _tuple(3),
    "REDUCE": _reduce,
    "STACK_GLOBAL": _global,
    "BINPERSID": _persistent,
    "APPEND": _append(False),
    "APPENDS": _append(True),
    "SETITEM": _set(False),
    "SETITEMS": _set(True),
}
