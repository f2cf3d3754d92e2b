"""Without the extra, everything else goes on, and a sentence names it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from earwitness.cli.__main__ import main
from tests.batch.helpers import folder


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    with pytest.raises(SystemExit) as left:
        main([str(word) for word in words])
    return int(left.value.code or 0), capsys.readouterr().err


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("ray", ("batch", "{in}", "{out}")),
        ("pyarrow", ("batch", "s3://bucket/sounds", "{out}")),
        ("pyarrow", ("caption", "--remote", "s3://bucket/a.wav")),
        ("fsspec", ("caption", "--remote", "https://127.0.0.1:9/a.wav")),
    ],
)
def test_what_is_not_installed_is_named(module: str, words: tuple[str, ...], tmp_path: Path) -> None:
    if words[0] == "batch" and module != "ray":
        pytest.importorskip("ray", reason="what is missing beside ray is asked for after it: the extra batch")
    # in a process of its own: an import that breaks off halfway would leave others with half a module
    named = {"{in}": folder(tmp_path / "in", 1), "{out}": tmp_path / "out"}
    code = (
        f"import sys; sys.modules[{module!r}] = None\n"
        "from earwitness.cli.__main__ import main; main(sys.argv[1:])"
    )
    typed = [str(named.get(word, word)) for word in words]
    done = subprocess.run([sys.executable, "-c", code, *typed], capture_output=True, text=True, check=False)
    said = done.stderr
    assert done.returncode == 1 and module in said and "earwitness[batch]" in said and "Traceback" not in said


def test_captioning_brings_nothing_of_it_along() -> None:
    code = (
        "import sys, earwitness, earwitness.batch.one_machine, earwitness.batch.table, earwitness.batch.run\n"
        "print([m for m in ('ray', 'pyarrow', 'fsspec', 'pandas', 'torch') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_batch_that_is_asked_for_wrongly_is_told_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("ray")
    pytest.importorskip("pyarrow")
    out = tmp_path / "out"
    for words, expected in (
        ((tmp_path,), "takes an INPUT and an OUTPUT"),
        ((tmp_path, out, "--embeddings", "-f", "csv"), "--embeddings are kept in parquet"),
        ((tmp_path, out, "--storage", "anonymous"), "NAME=VALUE"),
        ((tmp_path / "nowhere", out), "there is no file or folder"),
        ((tmp_path, out, "--beam", "3"), "there is no option --beam"),
    ):
        code, said = run(capsys, "batch", *words)
        assert code == 1 and expected in said and "Traceback" not in said
