"""The shipped files are the ones that assets/README.md speaks of, and small enough."""

from __future__ import annotations

import hashlib
import re

from earwitness.encoders.runtime import ASSETS

ROW = re.compile(r"^\| `([^`]+)` \| .+ \| .+ \| ([\d,]+) \| `([0-9a-f]{64})` \|$", re.M)


def test_every_file_is_described_by_source_licence_size_and_hash() -> None:
    described = {
        name: (int(size.replace(",", "")), digest)
        for name, size, digest in ROW.findall((ASSETS / "README.md").read_text())
    }
    files = {
        p.relative_to(ASSETS).as_posix(): p
        for p in ASSETS.rglob("*")
        if p.is_file() and p.name != "README.md"
    }
    assert set(described) == set(files)
    for name, path in files.items():
        data = path.read_bytes()
        assert described[name] == (len(data), hashlib.sha256(data).hexdigest()), name


def test_all_files_together_stay_below_50_megabytes() -> None:
    assert sum(p.stat().st_size for p in ASSETS.rglob("*") if p.is_file()) <= 50_000_000
    assert (ASSETS / "memory.safetensors").stat().st_size <= 6_000_000
