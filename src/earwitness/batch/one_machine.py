"""``earwitness caption`` on every core of a machine, and of what is at an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, cast

from earwitness.audio import FoundSound, Search, search_sounds
from earwitness.batch.places import allow, is_address, place_of
from earwitness.methods.resolve import resolve

if TYPE_CHECKING:
    from earwitness.batch.fetching import RemembersSounds

THREADS = 2  # cores that threads of one process keep busy; benchmarks/batch.md


def search_named(names: Sequence[str], remote: bool = False) -> Search:
    """The sounds in files and folders, here and then at addresses, each with a name of its own.

    Parameters
    ----------
    names : sequence of str
    remote : bool
        Whether addresses may be asked what they hold.

    Raises
    ------
    OptionError
        There is an address among the names, and ``remote`` is not set; or there is nothing at it.
    """
    allow(names, remote)
    found = search_sounds([name for name in names if not is_address(name)])
    files = [file for name in names if is_address(name) for file in _found_at(name)]
    # an address is no path, whose double slash would go: it stays the text that it is
    sounds = (FoundSound(cast(Path, name), _relative(name)) for name in dict.fromkeys(files))
    return Search((*found.sounds, *sounds), found.passed_over)


def _found_at(address: str) -> list[str]:
    from earwitness.batch.inputs import find_files
    from earwitness.batch.options import BatchOptions

    return [file.name for file in find_files(address, place_of(address), BatchOptions(remote=True))]


def _relative(address: str) -> PurePosixPath:
    """A name for folders that mirror sounds: without scheme, query, and steps upwards."""
    path = PurePosixPath(address.split("://", 1)[1].partition("?")[0])
    return PurePosixPath(*(part for part in path.parts if part not in ("..", "/")))


def captioner_for(names: Sequence[str], given: Mapping[str, Any], workers: int) -> RemembersSounds:
    """A captioner that uses so many cores, and fetches what is at addresses.

    Parameters
    ----------
    names : sequence of str
        What will be captioned.
    given : mapping
        Of ``earwitness.load``.
    workers : int
        Cores. The embedded model is held once by each process; models of torch, which use every core by
        themselves, are held once, and sounds are listened to by threads.
    """
    from earwitness.captioning.loading import load

    count = min(workers, len(names))
    captioner: RemembersSounds
    if count > THREADS and "-" not in names and _alone_on_its_core(given):
        # other processes and the ways to them are loaded by those who need them
        from earwitness.batch.crew import Crew
        from earwitness.batch.options import Captioning

        captioner = Crew(count, Captioning(given))
    else:
        captioner = load(**{**given, "workers": workers})
    if not any(map(is_address, names)):
        return captioner
    from earwitness.batch.fetching import Fetching

    return Fetching(captioner)


def _alone_on_its_core(given: Mapping[str, Any]) -> bool:
    """Whether the models run in the thread that calls them."""
    settings = resolve(given.get("method"), given.get("preset"), given.get("model"))
    return (
        settings.method == "wsac" and given.get("encoder") in (None, "tags") and given.get("device") is None
    )
