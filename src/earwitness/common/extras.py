"""The border between the core and the research extra: torch is asked for where it is used, never before."""

from __future__ import annotations

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
    for module in ("torch", "transformers", "safetensors"):
        try:
            import_module(module)
        except ImportError as error:
            raise MissingExtraError(
                f"{what} needs {module}, which is not installed; run: pip install 'earwitness[torch]'"
            ) from error


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
