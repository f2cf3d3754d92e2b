"""Where the Java programs behind METEOR and SPICE are, or why they cannot be used.

They come with ``pycocoevalcap`` (extra ``eval``), which is looked up but never imported: its wrappers
download and write into the installed package. The programs are run from here instead.
"""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path


class JavaUnavailableError(Exception):
    """A Java program cannot be run or has failed; the message is the reason for the missing score."""


def java() -> str:
    """The Java runtime.

    Raises
    ------
    JavaUnavailableError
        there is none on the path.
    """
    found = shutil.which("java")
    if found is None:
        raise JavaUnavailableError("no Java runtime was found (any from 8 on will do)")
    return found


def package_file(*parts: str) -> Path:
    """A file inside the installed pycocoevalcap.

    Raises
    ------
    JavaUnavailableError
        the package or the file is not there.
    """
    spec = importlib.util.find_spec("pycocoevalcap")
    if spec is None or not spec.submodule_search_locations:
        raise JavaUnavailableError("pycocoevalcap is not installed (pip install 'earwitness[eval]')")
    path = Path(spec.submodule_search_locations[0], *parts)
    if not path.is_file():
        raise JavaUnavailableError(f"{path.name} is missing from the installed pycocoevalcap")
    return path


def last_line(text: str) -> str:
    """What a failed program said last, for the reason.

    >>> last_line("Exception in thread main\\n\\n  at Scorer.java:3 \\n")
    'at Scorer.java:3'
    """
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"
