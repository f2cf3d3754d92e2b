"""The border between the core and the research extra: torch is asked for where it is used, never before."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from earwitness.common.errors import MissingExtraError, OptionError


def require_torch(what: str) -> None:
    """Make sure that torch and transformers are there.

    Parameters
    ----------
    what : str
        What needs them, for the message.

    Raises
    ------
    MissingExtraError
        One of them is not installed.
    """
    calm_threads()
    for module in ("torch", "transformers", "safetensors"):
        try:
            import_module(module)
        except ImportError as error:
            raise MissingExtraError(
                f"{what} needs {module}, which is not installed; run: pip install 'earwitness[torch]'"
            ) from error


def calm_threads() -> None:
    """See that torch's threads sleep while they wait for each other, if torch is not there yet.

    A guided method does thousands of small products a token. On a machine that has other work, too, threads
    that spin at the end of each take the core from the one that they wait for: two threads took 26 s of
    processor time and 177 s in all where one took 2.7 s and 24 s, and two that sleep 4.0 s and 14 s. Whoever
    has set OMP_WAIT_POLICY keeps it.
    """
    if "torch" not in sys.modules:
        os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


def set_threads(count: int) -> None:
    """Let torch use so many cores."""
    require_torch("--threads")
    import torch

    torch.set_num_threads(count)


def check_device(device: str) -> str:
    """The device's name, if torch can use it here; OptionError if not.

    >>> check_device("cpu")
    'cpu'
    """
    import torch

    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise OptionError(f"the device {device!r} cannot be used here ({reason}); 'cpu' can.") from error
    return device
