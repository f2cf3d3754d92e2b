"""A batch run from beginning to end: find, plan, caption what is missing, and say what is there."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import chain, islice
from pathlib import Path
from typing import Any

from earwitness.batch.engine import count_actors, require_ray, run_parts
from earwitness.batch.inputs import Item, find_items
from earwitness.batch.notes import Notes
from earwitness.batch.options import MOST_ROWS, BatchOptions, Captioning, Report, rows_a_part
from earwitness.batch.places import Place, is_address, joined, place_of
from earwitness.batch.plan import FOLDER, Part, Plan, identity
from earwitness.batch.work import Done, Job
from earwitness.common.counting import counted, of_them
from earwitness.common.errors import OptionError, OutputError
from earwitness.common.files import is_unfinished, open_locked
from earwitness.common.version import __version__

SETTINGS = "run.json"
SUCCESS = "_SUCCESS"  # the file by which Hadoop's heirs know that a folder is complete


def batch(
    input: str,
    output: str,
    captioning: Captioning | None = None,
    options: BatchOptions | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    begun: Callable[[int, int], None] | None = None,
    done: Callable[[Done], None] | None = None,
) -> Report:
    """Caption all that an input holds into a folder of files, or go on where a run was stopped.

    Parameters
    ----------
    input : str
        A folder, a pattern, a list of names (.txt), parquet or tar files, here or at an address.
    output : str
        A folder, here or at an address; on a cluster such as every machine reaches.
    captioning : Captioning, optional
        The embedded model unless given.
    options : BatchOptions, optional
    settings : mapping, optional
        All that captions depend on beside what ``captioning`` names, as JSON types.
    begun : callable, optional
        Called with the files that are there already, and how many there will be.
    done : callable, optional
        Called with every file that was written.

    Returns
    -------
    Report

    Raises
    ------
    OptionError
        The input is not there; the output holds something else, or a run with other settings.
    OutputError
        A file cannot be written; the rest of the run is left to the next.
    MissingExtraError
        The extra ``batch`` is not installed.
    """
    captioning, options = captioning or Captioning(), options or BatchOptions()
    require_ray(alone=options.address is None)
    place = place_of(output, options.storage)
    facts = _facts(input, captioning, options, settings or {})
    with _alone(output):
        _claim(place, output, facts)
        for name in place.names(output):
            if is_unfinished(name):  # of an actor that was killed while it wrote
                place.remove(joined(output, name))
        plan = Plan(place, output, options.format)
        items, rows = _counted(find_items(input, options, count_actors(options)), options)
        changed = plan.add(items, rows)
        notes = Notes(place, output)
        again = frozenset(notes.with_errors()) if options.retry_errors else frozenset()
        there = place.names(output) - again
        todo = [part for part in plan.all() if part.name not in there]
        before = plan.parts - len(todo)
        if begun:
            begun(before, plan.parts)
        schema = {"earwitness": json.dumps(facts)}
        sounds = rows = 0
        if todo:
            place.remove(joined(output, SUCCESS))
            for one in _run(Job(output, captioning, options, schema, again), todo, done):
                sounds, rows = sounds + one.sounds, rows + one.rows
        _complete(place, output, plan)
        notes.complete()
        errors = sum(notes.with_errors().values())
    return Report(plan.parts, before, sounds, rows, errors, changed)


def _run(job: Job, todo: list[Part], done: Callable[[Done], None] | None) -> Iterator[Done]:
    for one in run_parts(job, todo):
        if one.trouble:
            raise OutputError(f"{one.trouble} The same command goes on from here.")
        if done:
            done(one)
        yield one


def _complete(place: Place, output: str, plan: Plan) -> None:
    """Look whether every file is there, and say so beside them."""
    there = place.names(output)
    missing = [part.name for part in plan.all() if part.name not in there]
    if missing:
        raise OutputError(
            f"{of_them(len(missing), plan.parts, 'file', 'is', 'are')} not in {output}, such as "
            f"{missing[0]}: do all machines reach it? The same command goes on from here."
        )
    place.write(joined(output, SUCCESS), b"")


def _counted(items: Iterator[Item], options: BatchOptions) -> tuple[Iterable[Item], int]:
    """Items, and how many of them make a part; of many, no more are counted than it takes to know."""
    actors = count_actors(options)
    first = list(islice(items, MOST_ROWS * 4 * actors))
    return chain(first, items), rows_a_part(len(first), options, actors)


def _facts(
    input: str, captioning: Captioning, options: BatchOptions, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """All that the output's content depends on."""
    named = {k: v for k, v in captioning.named.items() if k not in ("device", "workers")}
    chosen = captioning.options
    asked = {k: getattr(chosen, k) for k in ("top", "segments", "keywords", "embeddings", "min_confidence")}
    own: dict[str, Any] = {"input": identity(input, str(Path.cwd())), "format": options.format}
    own |= {"column": options.column, "id": options.id}
    facts = {"version": __version__, **own, **asked, **settings, **named}
    return dict(json.loads(json.dumps(facts, default=_named)))


def _named(given: Any) -> str:
    """An encoder that is an object: its own name, which is the same in another run."""
    return str(getattr(given, "name", None) or type(given).__name__)


def _claim(place: Place, output: str, facts: dict[str, Any]) -> None:
    """Make the output this run's, or see that it is."""
    path = joined(joined(output, FOLDER), SETTINGS)
    try:
        known = json.load(io.BytesIO(place.read(path)))
    except FileNotFoundError:
        if others := place.names(output):
            raise OptionError(
                f"{output} holds {counted(len(others), 'file')} and no batch run, such as {min(others)}; "
                "name a new folder."
            ) from None
        place.write(path, (json.dumps(facts, indent=1) + "\n").encode())
        return
    except (OSError, ValueError) as error:
        raise OptionError(f"{path} cannot be read ({error}); name a new output.") from error
    differ = [k for k in {**known, **facts} if known.get(k) != facts.get(k)]
    if differ:
        was = ", ".join(f"{k} {known.get(k)!r} then, {facts.get(k)!r} now" for k in sorted(differ)[:3])
        raise OptionError(f"{output} holds a run with other settings ({was}); name a new output.")


@contextmanager
def _alone(output: str) -> Iterator[None]:
    """One run an output: held by a lock on disk; in a store, two runs write the same files twice."""
    if is_address(output):
        yield
        return
    path = Path(output) / FOLDER / "lock"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        file = open_locked(path)
    except BlockingIOError as error:
        raise OptionError(f"{output} is in use: another run is writing it; wait for it.") from error
    except OSError as error:
        raise OutputError(f"{output} cannot be written: {error.strerror or error}.") from error
    with file:
        yield
