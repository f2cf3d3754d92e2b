"""Playing a hit with a player that is there."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable

from earwitness.archive.results import Hit
from earwitness.common.errors import ArchiveError

# Those that begin and end where they are told come first.
PLAYERS: tuple[tuple[str, Callable[[Hit], list[str]]], ...] = (
    ("mpv", lambda h: ["--no-video", f"--start={h.start:.3f}", f"--end={h.end:.3f}", "--", h.path]),
    (
        "ffplay",
        lambda h: [
            *("-nodisp", "-autoexit", "-loglevel", "error", "-ss", f"{h.start:.3f}"),
            *("-t", f"{h.end - h.start:.3f}", "-i", f"file:{h.path}"),
        ],
    ),
    (
        "cvlc",
        lambda h: ["--play-and-exit", f"--start-time={h.start:.3f}", f"--stop-time={h.end:.3f}", h.path],
    ),
    ("play", lambda h: [h.path, "trim", f"{h.start:.3f}", f"{h.end - h.start:.3f}"]),
    ("afplay", lambda h: [h.path]),
    ("open" if sys.platform == "darwin" else "xdg-open", lambda h: [h.path]),
)


def player_command(hit: Hit) -> list[str]:
    """The command that plays a hit, by the first player that is installed.

    Raises
    ------
    ArchiveError
        None is.
    """
    for name, arguments in PLAYERS:
        program = shutil.which(name)
        if program:
            return [program, *arguments(hit)]
    names = ", ".join(name for name, _ in PLAYERS)
    raise ArchiveError(f"no player was found to play {hit.path}; install one of {names}.")


def play(hit: Hit) -> None:
    """Play a hit, and come back when it has ended.

    Raises
    ------
    ArchiveError
        There is no player, or it failed.
    """
    command = player_command(hit)
    done = subprocess.run(command, check=False)
    if done.returncode:
        raise ArchiveError(f"{command[0]} could not play {hit.path} (exit code {done.returncode}).")
