"""Threads of torch that wait for each other sleep, unless somebody has said otherwise."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

CODE = "import os; from earwitness.common.extras import calm_threads; calm_threads(); print(os.environ['OMP_WAIT_POLICY'])"


@pytest.mark.parametrize(("set_before", "found"), [(None, "PASSIVE"), ("ACTIVE", "ACTIVE")])
def test_threads_sleep_unless_told(set_before: str | None, found: str) -> None:
    environment = {k: v for k, v in os.environ.items() if k != "OMP_WAIT_POLICY"}
    environment |= {"OMP_WAIT_POLICY": set_before} if set_before else {}
    done = subprocess.run([sys.executable, "-c", CODE], env=environment, capture_output=True, text=True)
    assert done.stdout.strip() == found, done.stderr


def test_so_many_cores_as_asked_for() -> None:
    torch = pytest.importorskip("torch")
    pytest.importorskip("transformers")
    from earwitness.common.extras import set_threads

    before = torch.get_num_threads()
    try:
        set_threads(1)
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)
