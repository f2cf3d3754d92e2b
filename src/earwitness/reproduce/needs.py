"""What a table's rows need that is not shipped, and which of it is missing here, a sentence each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from earwitness.captioning.catalogue import hub_cache
from earwitness.methods.presets import PRESETS
from earwitness.reproduce.row import Row, Table

AUDIO = "audio"


def data_files(row: Row, data: Path) -> list[tuple[Path, str]]:
    """The files and folders that a row reads, each with what it is."""
    told = [
        (data / row.data / "test.csv", f"the test captions of {row.data}"),
        (data / row.data / AUDIO, f"the sounds of {row.data}'s test set"),
    ]
    if row.training is not None:
        source = row.training.data
        told.append((data / source / "train.csv", f"the training captions of {source}"))
        if row.training.shift:
            told.append((data / source / "train-audio", f"unlabelled sounds like those of {source}"))
    for value in row.options.values():
        told += [
            (Path(part.format(data=data)), "the published list of ChatGPT's sound words")
            for part in str(value).split("+")
            if "{data}" in part
        ]
    return told


def hub_ids(row: Row) -> list[str]:
    """The models that a row takes from the hub."""
    preset = PRESETS[row.preset]
    encoder = str(row.options.get("encoder", preset.encoder))
    kind, _, name = encoder.partition(":")
    return [*([name] if kind in ("clap", "pe-audio") else []), *filter(None, [preset.language_model])]


def missing(rows: Iterable[Row], data: Path) -> list[str]:
    """One sentence for each thing that is not here: what it is, where it comes from, where it goes."""
    told: dict[str, None] = {}
    for row in rows:
        preset = PRESETS[row.preset]
        for path, what in data_files(row, data):
            if not path.exists():
                told[f"{what} is not here: put it at {path}."] = None
        for need in preset.needs:
            replaced = need.part in row.options or (need.part == "model" and row.training is not None)
            if need.is_missing() and not replaced:
                told[f"{need.what} is not here: put it here as {need.file} (from: {need.source})."] = None
        for name in hub_ids(row):
            if not any(hub_cache().glob(f"models--{name.replace('/', '--')}/snapshots/*/config.json")):
                told[
                    f"{name} is not in the hub's cache: it is fetched when the row runs, where a hub is."
                ] = None
        if row.training is not None and not Path(TRAINED_WITH).exists():
            told[f"WavCaps' checkpoint {TRAINED_WITH} is not here: put it here by that name."] = None
    return list(told)


TRAINED_WITH = "cnn14-bert.pt"


def summary(table: Table, rows: Sequence[Row]) -> str:
    """What a table needs, for ``--list``."""
    models = sorted({n.what for r in rows for n in PRESETS[r.preset].needs})
    hub = sorted({name for r in rows for name in hub_ids(r)})
    sets = sorted({r.data for r in rows})
    return (
        f"{table.name}: {table.about} {len(rows)} rows.\n"
        f"  data: {', '.join(f'{s}/test.csv, {s}/{AUDIO}/' for s in sets)}\n"
        f"  files: {'; '.join(models) or 'none'}\n"
        f"  hub: {', '.join(hub) or 'none'}\n"
        f"  about {table.memory} GB of a graphics card's memory, {table.hours:g} hours on one\n"
        f"  {table.left_out}"
    ).rstrip()
