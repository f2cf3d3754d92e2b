"""Notes beside the output: which parts were begun how often, and which hold sounds that failed.

A part that was begun and never finished killed its actor, perhaps by one sound; begun a third time, it is
taken sound by sound in a process that may die (``work.py``).
"""

from __future__ import annotations

from earwitness.batch.places import Place, joined
from earwitness.batch.plan import FOLDER
from earwitness.common.files import is_unfinished


class Notes:
    """What is known of an output's parts.

    Parameters
    ----------
    place : Place
    folder : str
        The output.
    """

    def __init__(self, place: Place, folder: str) -> None:
        self._place = place
        self._begun = joined(joined(folder, FOLDER), "begun")
        self._errors = joined(joined(folder, FOLDER), "errors")

    def begin(self, part: str) -> int:
        """Note that a part is begun; how often it was begun before, without coming to its end."""
        note = joined(self._begun, part)
        before = self._number(note)
        self._place.write(note, str(before + 1).encode())
        return before

    def failures(self, part: str, count: int) -> None:
        """Note how many sounds of a part failed, before the part itself is there."""
        note = joined(self._errors, part)
        if count:
            self._place.write(note, str(count).encode())
        else:
            self._place.remove(note)

    def end(self, part: str) -> None:
        """Note that a part is there."""
        self._place.remove(joined(self._begun, part))

    def complete(self) -> None:
        """Forget what was begun, and what an actor left that was killed while it noted that: all is there."""
        for name in self._place.names(self._begun):
            self._place.remove(joined(self._begun, name))

    def with_errors(self) -> dict[str, int]:
        """The parts that hold sounds which failed, and how many."""
        parts = [name for name in self._place.names(self._errors) if not is_unfinished(name)]
        return {part: self._number(joined(self._errors, part)) for part in parts}

    def _number(self, note: str) -> int:
        try:
            return int(self._place.read(note))
        except (FileNotFoundError, ValueError):
            return 0
