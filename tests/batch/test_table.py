"""Captions beside the sounds in other people's tables: the same whatever kind of table it is."""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

import earwitness
from earwitness.common.errors import AudioError, OptionError
from tests.batch.helpers import folder

NEW = ["caption", "confidence", "fit", "keywords", "notes", "error"]


@pytest.fixture(scope="module")
def sounds(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return sorted(folder(tmp_path_factory.mktemp("sounds"), 3, bad=[1]).iterdir())


@pytest.fixture(scope="module")
def expected(sounds: list[Path]) -> list[dict[str, Any]]:
    rows = earwitness.caption_table([{"audio": str(p)} for p in sounds])
    captioner = earwitness.load()
    assert [r["caption"] for r in rows[::2]] == [captioner.caption(p).text for p in sounds[::2]]
    assert rows[1]["caption"] is None and "0001.wav" in rows[1]["error"]
    return list(rows)


def same(rows: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    assert [list(r)[-6:] for r in rows] == [NEW] * len(expected)
    for row, other in zip(rows, expected, strict=True):
        assert row["caption"] == other["caption"] and (row["error"] is None) == (other["error"] is None)
        if other["caption"] is not None:
            assert row["fit"] == pytest.approx(other["fit"])
            assert list(row["keywords"]) == other["keywords"] and list(row["notes"]) == other["notes"]


@pytest.mark.parametrize("kind", ["paths", "bytes", "pairs", "arrays"])
def test_sounds_of_every_form(kind: str, sounds: list[Path], expected: list[dict[str, Any]]) -> None:
    def cell(path: Path) -> Any:
        if kind == "arrays":
            try:
                samples, rate = soundfile.read(path)
            except soundfile.LibsndfileError:
                samples, rate = np.array([np.nan, 1.0]), 16000
            return {"array": samples, "sampling_rate": rate}
        content = path.read_bytes()
        return {"paths": path, "bytes": content, "pairs": {"bytes": content, "path": path.name}}[kind]

    same(earwitness.caption_table([{"audio": cell(p)} for p in sounds]), expected)


def test_pandas(sounds: list[Path], expected: list[dict[str, Any]]) -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"id": [7, 8, 9], "clip": [str(p) for p in sounds]}, index=[5, 3, 1])
    new = earwitness.caption_table(table, audio="clip")
    assert list(new.columns) == ["id", "clip", *NEW] and list(new.index) == [5, 3, 1]
    assert list(table.columns) == ["id", "clip"] and new["fit"].dtype == "float64"
    same(new.astype(object).where(new.notna(), None).to_dict("records"), expected)
    assert len(earwitness.caption_table(table[:0], audio="clip")) == 0


def test_polars(sounds: list[Path], expected: list[dict[str, Any]]) -> None:
    polars = pytest.importorskip("polars")
    table = polars.DataFrame({"audio": [p.read_bytes() for p in sounds]})
    new = earwitness.caption_table(table)
    assert new.schema["keywords"] == polars.List(polars.String)
    same(new.to_dicts(), expected)


def test_pyarrow(sounds: list[Path], expected: list[dict[str, Any]]) -> None:
    pa = pytest.importorskip("pyarrow")
    table = pa.table({"audio": [str(p) for p in sounds]})
    new = earwitness.caption_table(table)
    assert new.schema.field("notes").type == pa.list_(pa.string())
    same(new.to_pylist(), expected)
    same(earwitness.caption_table(table.to_batches()[0]).to_pylist(), expected)


def test_datasets(sounds: list[Path], expected: list[dict[str, Any]]) -> None:
    datasets = pytest.importorskip("datasets")
    table = datasets.Dataset.from_dict({"audio": [str(p) for p in sounds]})
    same(earwitness.caption_table(table).to_list(), expected)
    encoded = table.cast_column("audio", datasets.Audio(decode=False))
    new = earwitness.caption_table(encoded)
    same([{k: new[n][k] for k in new.column_names} for n in range(3)], expected)
    assert isinstance(new.features["audio"], datasets.Audio)


def test_what_is_wrong_with_a_table_is_said(sounds: list[Path]) -> None:
    rows = [{"audio": str(p)} for p in sounds]
    with pytest.raises(OptionError, match="has no column 'sound'; it has audio"):
        earwitness.caption_table(rows, audio="sound")
    with pytest.raises(OptionError, match="a column 'caption' already"):
        earwitness.caption_table([{**row, "caption": ""} for row in rows])
    assert (
        "said_caption"
        in earwitness.caption_table([{**row, "caption": ""} for row in rows], prefix="said_")[0]
    )
    with pytest.raises(OptionError, match=r"not builtins\.int"):
        earwitness.caption_table(3)
    with pytest.raises(AudioError, match=r"0001\.wav"):
        earwitness.caption_table(rows, on_error="raise")
    nothing = earwitness.caption_table([{"audio": None}, {"audio": 3}])
    assert "holds no sound" in nothing[0]["error"] and nothing[1]["error"]


def test_the_spark_example(sounds: list[Path], tmp_path: Path, expected: list[dict[str, Any]]) -> None:
    pytest.importorskip("pyspark")
    pytest.importorskip("pandas")
    if shutil.which("java") is None:
        pytest.skip("Spark runs in Java, which is not here")
    path = Path(__file__).parents[2] / "examples" / "batch" / "spark_captions.py"
    spec = importlib.util.spec_from_file_location("spark_captions", path)
    assert spec is not None and spec.loader is not None
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    example.main(str(sounds[0].parent), str(tmp_path / "out"))
    pq = pytest.importorskip("pyarrow.parquet")
    rows = sorted(pq.read_table(tmp_path / "out").to_pylist(), key=lambda row: row["path"])
    assert [Path(r["path"]).name for r in rows] == [p.name for p in sounds]
    assert [r["caption"] for r in rows] == [r["caption"] for r in expected]
