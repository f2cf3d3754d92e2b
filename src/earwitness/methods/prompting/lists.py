"""Lists of sound names to choose keywords from: AudioSet's, a person's own, or both.

AudioSet's names are of its ontology (Gemmeke et al. 2017), CC BY 4.0; 521 of the 527 stand in the embedded
model's class map, the others below.
"""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

from earwitness.common.errors import OptionError

# The classes that the embedded model does not know, by their place among AudioSet's 527.
LACKING = {
    1: "Male speech, man speaking",
    2: "Female speech, woman speaking",
    12: "Battle cry",
    32: "Male singing",
    33: "Female singing",
    277: "Funny music",
}
COLUMNS = ("display_name", "keyword", "keywords", "name", "tag", "label")


@lru_cache(maxsize=1)
def audioset_names() -> tuple[str, ...]:
    """AudioSet's 527 class names, in its order.

    >>> len(audioset_names()), audioset_names()[:2]
    (527, ('Speech', 'Male speech, man speaking'))
    """
    from earwitness.encoders.tags.encoder import class_names

    names = list(class_names())
    for place, name in sorted(LACKING.items()):
        names.insert(place, name)
    return tuple(names)


@lru_cache(maxsize=1)
def class_places() -> dict[str, int]:
    """Which of AudioSet's classes each of its entries is a name of, by the class's place.

    >>> class_places()["surf"] == class_places()["Waves"] != class_places()["Ocean"]
    True
    """
    names = enumerate(audioset_names())
    return {part.strip(): place for place, name in names for part in name.split(",")}


def audioset_entries() -> tuple[str, ...]:
    """AudioSet's class names split at commas: 614, of which 611 are distinct (ZerAuCap, section 3.1).

    >>> len(audioset_entries()), len(set(audioset_entries()))
    (614, 611)
    """
    return tuple(part.strip() for name in audioset_names() for part in name.split(","))


def keyword_list(spec: str, *, repeats: bool = False) -> tuple[str, ...]:
    """The names of a list, each once.

    Parameters
    ----------
    spec : str
        ``audioset``; a file with a name on each line, or a csv table with the names in a column called
        display_name, keyword, name, tag or label, or else in its first one; or several of these joined by
        ``+``. A name in a column display_name is split at its commas, as AudioSet's are.
    repeats : bool
        Keep the names that one list has twice, as the published program does; of several lists it keeps none.

    Raises
    ------
    OptionError
        A file cannot be read or holds no name.

    >>> len(keyword_list("audioset"))
    611
    """
    names: list[str] = []
    parts = [spec] if Path(spec).is_file() else spec.split("+")
    for part in parts:
        names += audioset_entries() if part == "audioset" else _read(Path(part).expanduser())
    return tuple(names) if repeats and len(parts) == 1 else tuple(dict.fromkeys(names))


def _read(path: Path) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise OptionError(
            f"the keyword list {path} cannot be read ({error}); give audioset, a text file with a name on"
            " each line, a csv file, or several joined by '+'."
        ) from error
    names = _column(text) if path.suffix.lower() == ".csv" else text.splitlines()
    kept = [name.strip() for name in names if name.strip()]
    if not kept:
        raise OptionError(f"the keyword list {path} holds no name; write one on each line.")
    return kept


def _column(text: str) -> list[str]:
    rows = [row for row in csv.reader(text.splitlines()) if row]
    header = [cell.strip().lower() for cell in rows[0]] if rows else []
    column = next((c for c in COLUMNS if c in header), None)
    if column is None:
        return [row[0] for row in rows]
    place = header.index(column)
    names = [row[place] for row in rows[1:] if len(row) > place]
    return [part for name in names for part in name.split(",")] if column == "display_name" else names
