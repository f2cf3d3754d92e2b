"""The programs under benchmarks/ and tools/ find all that they use, wherever they are started.

They run for minutes or hours, by hand: what was renamed under them would be noticed months later.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROGRAM = """
import runpy, sys
failed = []
before = list(sys.path)
for file in sys.argv[1:]:
    # as python FILE has it: the folder of the program, and nothing of the checkout besides
    sys.path[:] = [file.rpartition("/")[0], *before]
    for name in [n for n in sys.modules if n == "tests" or n.startswith("tests.")]:
        del sys.modules[name]
    try:
        runpy.run_path(file, run_name="not main")
    except Exception as error:
        failed.append(f"{file}: {type(error).__name__}: {error}")
sys.exit("\\n".join(failed) or 0)
"""


@pytest.mark.parametrize("folder", ["benchmarks", "tools"])
def test_every_program_finds_what_it_uses(folder: str, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="most of these programs need the extra torch")
    files = [path.as_posix() for path in sorted((ROOT / folder).glob("*.py"))]
    assert files
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *files], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
