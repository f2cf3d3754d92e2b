"""Parts spread over actors by Ray Data: a machine's cores, or a cluster's."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

from earwitness.batch.options import BatchOptions
from earwitness.batch.places import EXTRA
from earwitness.batch.plan import Part
from earwitness.batch.work import Done, Job, Worker, to_row
from earwitness.common.errors import EarwitnessError, MissingExtraError, OptionError

STORE = 128 * 1024**2  # bytes of Ray's own memory: only names go through it, sounds do not
BLOCKS = 16  # a task's share is so small that every actor has this many of them, or a part


class ClusterError(EarwitnessError):
    """Ray gave up; the message carries its own words."""


def require_ray(*, alone: bool = True) -> Any:
    """Ray with its data sets.

    Parameters
    ----------
    alone : bool
        For this machine only: nothing of Ray listens on an address that others reach.

    Raises
    ------
    MissingExtraError
        It is not installed.
    """
    # what Ray would tell its makers of its use stays here
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    if alone:
        # Ray's switch for machines that form no cluster; read when it is imported
        os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")
        # actors are all that runs here, so they need not stand behind everything else
        os.environ.setdefault("RAY_worker_niceness", "0")
    try:
        import ray
        import ray.data
    except ImportError as error:
        raise MissingExtraError(f"batch needs ray, which is not installed ({error}); {EXTRA}") from error
    return ray


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def count_actors(options: BatchOptions) -> int:
    """How many actors there will be; of a cluster that nobody has looked at yet, a guess."""
    if options.actors is not None:
        return options.actors
    return max(1, cores() // options.cpus) if options.address is None else 64


def run_parts(job: Job, parts: Sequence[Part]) -> Iterator[Done]:
    """Have every part written; in no order.

    Parameters
    ----------
    job : Job
    parts : sequence of Part

    Yields
    ------
    Done
        One a part.

    Raises
    ------
    MissingExtraError
        Ray is not installed.
    OptionError
        There is no such cluster.
    ClusterError
        Ray gave up.
    """
    ray = require_ray(alone=job.options.address is None)
    with _cluster(ray, job.options):
        options = job.options
        actors = options.actors or _fitting(ray, options)
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        # an actor that died is replaced as often as it takes: what kills actors is taken aside (work.py)
        context.max_consecutive_actor_init_deaths = 10
        share = max(1, len(parts) // (actors * BLOCKS))
        found = ray.data.from_arrow(list(_blocks(parts, share))).map_batches(
            Worker,
            fn_constructor_args=(job,),
            batch_size=1,
            batch_format="pyarrow",
            compute=ray.data.ActorPoolStrategy(size=min(actors, len(parts)), max_tasks_in_flight_per_actor=2),
            num_cpus=options.cpus,
            num_gpus=options.gpus or None,
        )
        try:
            for row in found.iter_rows():
                yield Done(**row)
        except (ray.exceptions.RayError, RuntimeError, OSError) as error:
            words = str(error).strip().splitlines() or [type(error).__name__]
            raise ClusterError(f"Ray gave up ({words[-1]}); the same command goes on from here.") from error


def _blocks(parts: Sequence[Part], share: int) -> Iterator[Any]:
    import pyarrow as pa

    kinds = [("number", pa.int64()), ("name", pa.string()), ("base", pa.binary())]
    item = [("source", pa.binary()), ("size", pa.int64()), ("first", pa.int64()), ("count", pa.int64())]
    columns = pa.schema([*kinds, ("items", pa.list_(pa.struct(item)))])
    rest = iter(parts)
    while some := list(islice(rest, share)):
        yield pa.Table.from_pylist([to_row(part) for part in some], schema=columns)


def _fitting(ray: Any, options: BatchOptions) -> int:
    """Actors that there is room for at once."""
    there = ray.cluster_resources()
    room = int(there.get("CPU", 1)) // options.cpus
    if options.gpus:
        room = min(room, int(there.get("GPU", 0) / options.gpus))
    if room < 1:
        raise OptionError(
            f"an actor of {options.cpus} cores and {options.gpus:g} graphics cards has no room here: "
            f"there are {there.get('CPU', 0):g} and {there.get('GPU', 0):g}."
        )
    return room


@contextmanager
def _cluster(ray: Any, options: BatchOptions) -> Iterator[None]:
    """Ray, joined or started; what was started here is stopped here."""
    if ray.is_initialized():
        yield
        return
    if options.address is not None:
        _init(ray, address=options.address)
    else:
        start_here(ray, max(cores(), (options.actors or 1) * options.cpus))
    try:
        yield
    finally:
        ray.shutdown()


def start_here(ray: Any, room: int) -> None:
    """Start Ray on this machine, with room for so many cores' actors; OptionError where it does not start.

    Ray gives itself half a minute; on a machine that is busy, the second try finds its programs read already.
    """
    told = {"num_cpus": room, "include_dashboard": False, "object_store_memory": STORE}
    try:
        _init(ray, **told)
    except OptionError:
        ray.shutdown()
        _init(ray, **told)


def _init(ray: Any, **told: Any) -> None:
    for name in ("ray", "ray.data", "ray.util"):
        logging.getLogger(name).setLevel(logging.ERROR)
    try:
        with _hushed():
            ray.init(log_to_driver=False, logging_level=logging.ERROR, **told)
    except Exception as error:
        place = f"at {told['address']}" if "address" in told else "on this machine"
        raise OptionError(f"Ray cannot be reached or started {place}: {error}") from error


@contextmanager
def _hushed() -> Iterator[None]:
    """Ray's C++ half says on standard error how it was told not to; what goes wrong is raised."""
    if sys.stderr is not None:
        sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
