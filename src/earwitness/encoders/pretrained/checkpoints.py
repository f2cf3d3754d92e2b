"""Old ``.pt`` checkpoints: read as data only, taken apart by name, every name accounted for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from earwitness.common.errors import AssetError
from earwitness.encoders.pretrained.hub import check_keys, first_line

if TYPE_CHECKING:
    from torch import Tensor, nn

Rename = Callable[[str], tuple[str, "int | None"]]
"""Our name for a weight -> the checkpoint's, and which third of it where three are stored as one."""


class Checkpoint:
    """The weights in a file, and which of them have been taken.

    Parameters
    ----------
    path : str or Path
        A ``.pt`` or ``.pth`` file, read with ``weights_only=True``, or a ``.safetensors`` one.
    what : str
        What it should be, for messages.

    Raises
    ------
    AssetError
        There is no such file, it is truncated, or it is no checkpoint.
    """

    def __init__(self, path: str | Path, what: str) -> None:
        self.path, self.what = Path(path).expanduser(), what
        self.weights = read_weights(self.path, what)
        self._taken: set[str] = set()
        self._missing: list[str] = []
        self._mismatched: list[str] = []

    def part(self, prefix: str) -> dict[str, Tensor]:
        """The weights whose names begin with ``prefix``, without it."""
        return {k.removeprefix(prefix): v for k, v in self.weights.items() if k.startswith(prefix)}

    def shape(self, name: str) -> tuple[int, ...]:
        """The shape of a weight that there has to be."""
        if name not in self.weights:
            check_keys(self.what, self.path.name, [name], [])
        return tuple(self.weights[name].shape)

    def count(self, pattern: str) -> int:
        """How many numbers 0, 1, ... stand where ``pattern`` has its group: layers of a stack."""
        found = (re.match(pattern, name) for name in self.weights)
        return 1 + max((int(match.group(1)) for match in found if match), default=-1)

    def ignore(self, pattern: str) -> None:
        """Weights that nothing here needs: heads for other tasks, tables that are rebuilt."""
        self._taken.update(name for name in self.weights if re.search(pattern, name))

    def fill(self, module: nn.Module, prefix: str, rename: Rename = lambda name: (name, None)) -> None:
        """Copy weights into a module, whose names after ``rename`` are the checkpoint's after ``prefix``."""
        import torch

        state = module.state_dict()
        for name, target in state.items():
            theirs, third = rename(name)
            given = self._take(prefix + theirs)
            if given is None:
                continue
            given = given if third is None else given.chunk(3)[third]
            if given.shape != target.shape:
                self._mismatched.append(prefix + theirs)
            else:
                with torch.no_grad():
                    target.copy_(given)

    def finish(self) -> None:
        """Raise AssetError that lists the weights missing, of another shape, and never taken."""
        rest = [name for name in self.weights if name not in self._taken]
        check_keys(self.what, self.path.name, set(self._missing), rest, set(self._mismatched))

    def _take(self, name: str) -> Tensor | None:
        if name not in self.weights:
            self._missing.append(name)
            return None
        self._taken.add(name)
        return self.weights[name]


def read_weights(path: Path, what: str) -> dict[str, Tensor]:
    """The tensors of a checkpoint by name, without the ``module.`` of parallel training.

    Looks under ``model`` and ``state_dict``, where training programs put them.
    """
    if not path.is_file():
        raise AssetError(f"there is no file {path}; give the checkpoint of {what}.")
    try:
        content = _read(path)
    except Exception as error:  # torch raises half a dozen types for a file that is not one of its own
        raise AssetError(
            f"{path} cannot be read as the checkpoint of {what} ({first_line(error)});"
            " it is truncated, another kind of file, or holds more than weights."
        ) from error
    for key in ("model", "state_dict"):
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    return _only_tensors(content, path, what)


def _read(path: Path) -> Any:
    import torch

    if path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    with torch.serialization.safe_globals(_numpy_scalars()):
        return torch.load(path, map_location="cpu", weights_only=True)


def _numpy_scalars() -> list[Any]:
    """What a training program's own numbers (an epoch, a best score) are made of; harmless."""
    import numpy as np

    scalar = np.float64(0).__reduce__()[0]
    kinds = [type(np.dtype(kind)) for kind in ("f4", "f8", "i4", "i8")]
    return [scalar, (scalar, "numpy.core.multiarray.scalar"), np.dtype, *kinds]


def _only_tensors(content: Any, path: Path, what: str) -> dict[str, Tensor]:
    import torch

    if isinstance(content, Mapping):
        tensors = {str(k).removeprefix("module."): v for k, v in content.items() if torch.is_tensor(v)}
        if tensors and len(tensors) == len(content):
            return tensors
    raise AssetError(f"{path} holds no table of weights, so it is not the checkpoint of {what}.")
