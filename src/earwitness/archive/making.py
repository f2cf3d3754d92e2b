"""What an archive is indexed with: its own settings where nothing else is asked for."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Protocol

from earwitness.archive.index import check_encoder
from earwitness.archive.options import IndexOptions
from earwitness.common.errors import OptionError
from earwitness.timeline.options import EventOptions

if TYPE_CHECKING:
    from earwitness.captioning.captioner import Captioner

TAGS = "tags"


class HasMeta(Protocol):
    """What is asked of an ``Archive`` here."""

    def meta(self) -> dict[str, str]:
        """What holds for the whole of it."""
        ...


def options_for(
    archive: HasMeta, segments: float | None, events: EventOptions | None = None, **options: Any
) -> IndexOptions:
    """Indexing options: cut as asked (segments of 0 are whole sounds), else like the archive, else as usual.

    >>> import tempfile, earwitness.archive
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with earwitness.archive.open(folder + "/sounds.db", create=True) as archive:
    ...         options_for(archive, None).cut, options_for(archive, 0).cut
    ('segments of 10 s', 'whole sounds')
    """
    if segments is not None and events is not None:
        raise OptionError("sounds are cut into segments or into events, not into both.")
    if events is not None:
        return IndexOptions(events=events, **options)
    if segments is not None:
        return IndexOptions(segments=segments or None, **options)
    known = archive.meta().get("cut")
    if known == "events":
        return IndexOptions(events=EventOptions(), **options)
    if known == "whole sounds":
        return IndexOptions(segments=None, **options)
    given = re.fullmatch(r"segments of (\S+) s", known or "")
    return IndexOptions(segments=float(given[1]), **options) if given else IndexOptions(**options)


def captioner_for(
    archive: HasMeta,
    model: str | None = None,
    *,
    method: str | None = None,
    preset: str | None = None,
    encoder: str | None = None,
    **options: Any,
) -> Captioner:
    """A captioner in the archive's space.

    An encoder that the embedded decoder does not know needs a method that knows any: zeraucap, unless another
    is named.

    Raises
    ------
    OptionError
        Another encoder is asked for than the archive's.
    """
    from earwitness import load

    known = archive.meta()
    if encoder is not None:
        check_encoder(known, encoder)
    name = encoder or known.get("encoder", TAGS)
    if method is None and preset is None and model is None and name != TAGS:
        method = "zeraucap"
    captioner = load(
        model, method=method, preset=preset, encoder=None if name == TAGS and not encoder else name, **options
    )
    try:
        check_encoder(known, captioner.encoder.name)
    except OptionError as error:
        raise OptionError(f"{error} The method or model that was named hears with another.") from error
    return captioner
