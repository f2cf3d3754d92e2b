"""Numbers in messages: one sound, two sounds."""

from __future__ import annotations


def counted(count: int, one: str, many: str = "") -> str:
    """A number and what there are so many of.

    Parameters
    ----------
    count : int
    one : str
        What one of them is called, with a verb where one follows.
    many : str
        What several are called; with an s unless given.

    Examples
    --------
    >>> counted(1, "sound"), counted(2, "sound"), counted(0, "entry", "entries")
    ('1 sound', '2 sounds', '0 entries')
    """
    return f"{count} {agreeing(count, one, many or one + 's')}"


def of_them(some: int, count: int, one: str, verb: str, verbs: str) -> str:
    """Some of so many: the verb goes with those that it is said of.

    >>> of_them(1, 3, "sound", "was", "were"), of_them(0, 1, "sound", "was", "were")
    ('1 of 3 sounds was', '0 of 1 sound were')
    """
    return f"{some} of {counted(count, one)} {agreeing(some, verb, verbs)}"


def agreeing(count: int, one: str, many: str) -> str:
    """The word that goes with a number.

    >>> f"it was {agreeing(1, 'file', 'files')}"
    'it was file'
    """
    return one if count == 1 else many
