"""Times as people write them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from earwitness.common.errors import OptionError

UNITS = {"h": "hours", "d": "days", "w": "weeks"}


def since(text: str, now: datetime | None = None) -> datetime:
    """A date, a date and time, or how long ago: ``2024-05-01``, ``2024-05-01T18:30``, ``12h``, ``2w``.

    Without a zone it is the machine's own.

    Raises
    ------
    OptionError
        It is none of these.

    Examples
    --------
    >>> since("2d", datetime(2024, 5, 3)), since("2024-05-01")
    (datetime.datetime(2024, 5, 1, 0, 0), datetime.datetime(2024, 5, 1, 0, 0))
    """
    ago = re.fullmatch(r"(\d+)\s*([hdw])\w*", text.strip().lower())
    try:
        if ago:
            return (now or datetime.now()) - timedelta(**{UNITS[ago[2]]: int(ago[1])})
        # Python 3.10 knows no Z
        return datetime.fromisoformat(re.sub(r"[Zz]$", "+00:00", text.strip()))
    except (ValueError, OverflowError):
        raise OptionError(
            f"{text!r} is no time: a date such as 2024-05-01, with a time as in 2024-05-01T18:30, or 30d."
        ) from None
