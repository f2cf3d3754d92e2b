"""The page in a real browser: what a person does, and what a screen reader and a phone make of it."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile

from tests.server.conftest import PROJECT, Served

BROWSER = Path(__file__).parent / "browser"
EXAMPLES = PROJECT / "examples"
THREE = [EXAMPLES / name for name in ("bell.wav", "kitten.wav", "sewing-machine.mp3")]
SERIOUS = ("serious", "critical")

Drive = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def chromium() -> str:
    found = next(
        (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))),
        None,
    )
    if found is None:
        pytest.skip("no Chromium here; on Debian: apt-get install chromium")
    if shutil.which("node") is None:
        pytest.skip("no node here, which drives the browser")
    if not (BROWSER / "node_modules" / "playwright-core").is_dir():
        pytest.skip("playwright-core is not installed: npm install in tests/server/browser")
    return found


@pytest.fixture
def drive(chromium: str, served: Served, tmp_path: Path) -> Drive:
    """Play a scenario of drive.mjs, and give what it saw."""

    def run(scenario: str, *files: Path, address: str = served.address, **environment: str) -> dict[str, Any]:
        done = subprocess.run(
            ["node", "drive.mjs", scenario, address, chromium, str(tmp_path), *map(str, files)],
            cwd=BROWSER, capture_output=True, text=True, timeout=240, env={**os.environ, **environment},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr[-3000:]
        seen: dict[str, Any] = json.loads(done.stdout)
        return seen

    return run


def serious(violations: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [v for v in violations if v["impact"] in SERIOUS]


def test_three_files_are_dropped_and_three_captions_seen(drive: Drive, served: Served) -> None:
    seen = drive("drop", *THREE)
    assert [c["name"] for c in seen["cards"]] == [p.name for p in reversed(THREE)]
    said = {c["name"]: c["said"].lower() for c in seen["cards"]}
    assert (
        "bell" in said["bell.wav"] and "cat" in said["kitten.wav"] and "machine" in said["sewing-machine.mp3"]
    )
    assert all(
        c["belief"] and 0 < int(c["meter"]) <= 100 and c["keywords"] and c["others"] for c in seen["cards"]
    )
    assert seen["count"] == "3 of 3 done"
    assert serious(seen["violations"]) == [] and seen["faults"] == []
    # what is saved is what the server would have written
    form = {"files": {"file": ("bell.wav", THREE[0].read_bytes())}, "data": {"top": "3", "keywords": "6"}}
    address = f"{served.address}v1/audio/captions"
    assert seen["srt"] == {
        "name": "bell.wav.srt",
        "text": httpx.post(address, **{**form, "data": {**form["data"], "response_format": "srt"}}).text,
    }
    first = json.loads(seen["json"]["text"])[0]
    assert first == httpx.post(address, **form).json()["captions"][0]
    rows = list(csv.DictReader(io.StringIO(seen["csv"]["text"])))
    assert [r["path"] for r in rows] == [p.name for p in THREE] and rows[0]["text"] == first["text"]


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """Three sounds one after the other, two seconds each."""
    parts = []
    for name in ("rooster.wav", "bell.wav", "kitten.wav"):
        samples, rate = soundfile.read(EXAMPLES / name, always_2d=True)
        part = np.interp(np.arange(32000) / 16000, np.arange(len(samples)) / rate, samples[:, 0], right=0)
        parts.append(part)
    path = tmp_path / "scene.wav"
    soundfile.write(path, np.concatenate(parts), 16000)
    return path


def test_a_segment_jumps_the_player_by_mouse_and_by_key(drive: Drive, scene: Path) -> None:
    seen = drive("segments", scene)
    assert len(seen["texts"]) == 3 and seen["texts"][1].startswith("0:02–0:04")
    assert seen["clicked"] == pytest.approx(2, abs=1) and seen["clicked"] >= 2
    assert seen["pressed"] == pytest.approx(4, abs=1) and seen["pressed"] >= 4
    assert seen["srt"]["text"].count("-->") == 3 and "00:00:02,000 --> 00:00:04,000" in seen["srt"]["text"]
    assert serious(seen["violations"]) == [] and seen["faults"] == []


def test_what_the_microphone_hears_is_said_live_and_recorded(drive: Drive, tmp_path: Path) -> None:
    samples, rate = soundfile.read(EXAMPLES / "rooster.wav", always_2d=True)
    soundfile.write(tmp_path / "microphone.wav", samples[:, 0], rate, subtype="PCM_16")
    seen = drive("live", tmp_path / "microphone.wav")
    assert seen["now"].strip() not in ("", "Listening …") and seen["pressed"] == "true"
    assert "rooster" in seen["recorded"].lower() or "crow" in seen["recorded"].lower()
    assert serious(seen["violations"]) == [] and seen["faults"] == []


def test_what_is_no_sound_is_named_and_a_name_is_never_markup(drive: Drive) -> None:
    seen = drive("wrong")
    assert seen["images"] == 0 and "<img src=x onerror=alert(1)>.wav" in seen["problem"]
    assert seen["count"] == "1 of 1 done, 1 not captioned" and seen["left"] == 0


@pytest.fixture
def locked(tmp_path: Path) -> Iterator[Served]:
    server = Served(tmp_path, key="a-long-secret-key")
    yield server
    server.stop()


def test_a_key_is_asked_for_on_the_page(drive: Drive, locked: Served) -> None:
    seen = drive("key", *THREE, address=locked.address, PAGE_KEY="a-long-secret-key")
    assert seen["said"]


def test_it_fits_a_phone_in_light_and_dark(drive: Drive, tmp_path: Path) -> None:
    seen = drive("look", THREE[0], EXAMPLES / "trumpet.wav")
    widths = {name: int(name.split("-")[-2]) for name in seen["wide"]}
    assert all(seen["wide"][name] <= width for name, width in widths.items()), seen["wide"]
    assert serious(seen["violations"]) == []
    assert len(list(tmp_path.glob("*.png"))) == 3 * len(widths) // 2
