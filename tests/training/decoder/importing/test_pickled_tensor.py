"""One tensor out of a pickle, and nothing else: no call, no other name, no piece of one."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from earwitness.cli.__main__ import main
from earwitness.common.errors import AssetError
from earwitness.training.decoder.corpus.gap import read_shift
from earwitness.training.decoder.importing.pickled_tensor import read_pickled_tensor

GAP = torch.from_numpy(np.random.default_rng(0).normal(size=1024).astype(np.float32))


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize(
    "tensor",
    [
        GAP,
        GAP.double(),
        GAP.half(),
        torch.nn.Parameter(GAP),
        GAP.view(2, 512)[1],
        GAP.view(32, 32).T,
        GAP[None],
    ],
    ids=["float", "double", "half", "parameter", "part", "turned", "row"],
)
def test_equal_to_unpickling(tmp_path: Path, tensor: Any, protocol: int) -> None:
    path = tmp_path / "gap.pkl"
    path.write_bytes(pickle.dumps(tensor, protocol=protocol))
    np.testing.assert_array_equal(read_pickled_tensor(path), tensor.detach().float().numpy())


class Harm:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, ("harmed",)


class Built:
    """A class whose making is harmless, and its state's setting would not be."""

    def __setstate__(self, state: Any) -> None:
        Path("harmed").mkdir()

    def __getstate__(self) -> dict[str, int]:
        return {"a": 1}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (Harm(), r"it would call \w+\.mkdir"),
        ([GAP, Harm()], r"it would call \w+\.mkdir"),
        (Built(), "it would call"),
        ([GAP], "it holds list"),
        ({"gap": GAP}, "it holds dict"),
        (GAP.long(), "LongStorage"),
        (7, "it holds int"),
        ("gap", "it holds str"),
    ],
)
def test_anything_else_is_refused_and_nothing_is_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: Any, message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gap.pkl").write_bytes(pickle.dumps(content))
    with pytest.raises(AssetError, match=message):
        read_pickled_tensor(tmp_path / "gap.pkl")
    assert not (tmp_path / "harmed").exists()


def test_damaged_files_are_refused_wherever_they_are_cut_or_changed(tmp_path: Path) -> None:
    path, whole = tmp_path / "gap.pkl", pickle.dumps(GAP[:40])
    rng = np.random.default_rng(1)
    for cut in range(0, len(whole), 7):
        path.write_bytes(whole[:cut])
        with pytest.raises(AssetError):
            read_pickled_tensor(path)
    for _ in range(300):
        changed = bytearray(whole)
        changed[rng.integers(len(whole))] = rng.integers(256)
        path.write_bytes(bytes(changed))
        try:
            assert read_pickled_tensor(path).dtype == np.float32  # a number of the tensor was changed
        except AssetError:
            continue


def test_a_missing_file_and_a_huge_one(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="cannot be read"):
        read_pickled_tensor(tmp_path / "gap.pkl")
    with (tmp_path / "gap.pkl").open("wb") as file:
        file.truncate(2**27)
    with pytest.raises(AssetError, match="larger than 64 MB"):
        read_pickled_tensor(tmp_path / "gap.pkl")


def test_the_command_makes_a_shift_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "gap.pkl").write_bytes(pickle.dumps(GAP[None]))
    arguments = [str(tmp_path / "gap.pkl"), "--encoder", "wavcaps:a.pt", "-o", str(tmp_path / "new/gap.st")]
    with pytest.raises(SystemExit) as done:
        main(["import", "gap", *arguments])
    assert done.value.code in (0, None)
    assert "1024 numbers" in capsys.readouterr().err
    shift = read_shift(tmp_path / "new/gap.st", "wavcaps:a.pt")
    np.testing.assert_array_equal(np.array(shift, np.float32), GAP.numpy())
    (tmp_path / "gap.pkl").write_bytes(pickle.dumps(GAP.view(2, 512)))
    with pytest.raises(SystemExit) as done:
        main(["import", "gap", *arguments])
    assert done.value.code == 1 and "one vector" in capsys.readouterr().err
