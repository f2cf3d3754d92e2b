"""The memory: golden values, blocks and company that change nothing, files that are what they say."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import earwitness
from earwitness.common.errors import AssetError, OptionError
from earwitness.encoders.background import Background
from earwitness.methods.wsac import memory as module
from earwitness.methods.wsac.memory import Memory
from earwitness.methods.wsac.remembering import build_memory

GOLDEN = np.array([[1, 0], [0, 1], [0.6, 0.8]], np.float32)


def project(rows: np.ndarray, sound: np.ndarray, temperature: float) -> np.ndarray:
    """WSAC's projection, in one piece."""
    match = rows.astype(np.float64) @ sound.astype(np.float64) / temperature
    weight = np.exp(match - match.max())
    mixed = weight @ rows.astype(np.float64)
    return np.asarray(mixed / np.linalg.norm(mixed))


def rows(n: int, dim: int, seed: int) -> np.ndarray:
    x = np.random.default_rng(seed).normal(size=(n, dim))
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


def test_projection_golden() -> None:
    """M = [[1,0],[0,1],[.6,.8]], a = [.8,.6]: weights 1.125e-7, 2.3e-16, .9999998875."""
    found = Memory(GOLDEN).project(np.array([[0.8, 0.6]], np.float32), 0.01)
    np.testing.assert_allclose(found, [[0.60000007, 0.79999995]], atol=3e-8)


def test_nearest_is_a_row_of_the_memory() -> None:
    memory = Memory(rows(500, 8, 0))
    sounds = rows(20, 8, 1)
    found = memory.nearest(sounds)
    np.testing.assert_array_equal(found, memory.values[(sounds @ memory.values.T).argmax(1)])


def test_of_equals_the_first_row_is_nearest() -> None:
    memory = Memory(np.array([[0.6, 0.8], [0.8, 0.6], [0.8, 0.6]], np.float32), mean=None)
    np.testing.assert_array_equal(
        memory.nearest(np.array([[0.6, 0.8], [0.8, 0.6]], np.float32)), memory.values[:2]
    )


@settings(max_examples=40, deadline=None)
@given(
    n=st.integers(1, 60), block=st.integers(1, 17), sounds=st.integers(1, 4), seed=st.integers(0, 999),
    temperature=st.sampled_from([0.001, 0.01, 0.1, 1.0, 10.0]),
)  # fmt: skip
def test_blocks_change_nothing(n: int, block: int, sounds: int, seed: int, temperature: float) -> None:
    memory, heard = Memory(rows(n, 5, seed)), rows(sounds, 5, seed + 1)
    before, module.BLOCK = module.BLOCK, block
    try:
        projected, nearest = memory.project(heard, temperature), memory.nearest(heard)
    finally:
        module.BLOCK = before
    expected = np.stack([project(memory.values, s, temperature) for s in heard])
    np.testing.assert_allclose(projected, expected, atol=2e-5)
    match = heard @ memory.values.T
    np.testing.assert_allclose((heard * nearest).sum(1), match.max(1), atol=1e-6)


@pytest.mark.parametrize("standardise", [False, True])
def test_a_sound_alone_is_the_sound_in_company(standardise: bool) -> None:
    encoder: Any = SimpleNamespace(name="e", background=lambda: Background(rows(9, 96, 7), np.zeros(2)))
    memory, heard = build_memory(rows(3000, 96, 5), encoder), rows(33, 96, 6)
    for bridge in (partial(memory.project, temperature=0.05), memory.nearest):
        together = bridge(heard, standardise=standardise)
        alone = np.concatenate([bridge(heard[i : i + 1], standardise=standardise) for i in range(33)])
        np.testing.assert_array_equal(alone, together)
        np.testing.assert_array_equal(bridge(heard[::-1], standardise=standardise), together[::-1])


def test_a_caption_by_projection_is_the_same_alone_and_among_others() -> None:
    """To the last bit of what was weighed: the text alone would hide a difference."""
    captioner = earwitness.load(preset="wsac", explain=True)
    time = np.arange(16000, dtype=np.float32) / 16000
    sounds = [(0.3 * np.sin(2 * np.pi * pitch * time * (1 + time)), 16000) for pitch in range(100, 2000, 200)]
    together = [outcome.captions[0] for outcome in captioner.caption_many(sounds)]
    assert len({caption.text for caption in together}) > 1
    for sound, caption in zip(sounds, together, strict=True):
        assert captioner.caption(sound).trace == caption.trace


def test_the_slow_projection_says_the_same() -> None:
    pytest.importorskip("torch")
    from tests.reference import wsac as plain

    memory, sound = rows(50, 7, 3), rows(1, 7, 4)
    np.testing.assert_allclose(
        Memory(memory).project(sound, 0.01)[0], plain.project(memory, sound[0], 0.01), atol=1e-6
    )


def test_the_last_partial_thousand_is_kept() -> None:
    memory = rows(1003, 4, 0)
    np.testing.assert_allclose(Memory(memory).nearest(memory[-1:]), memory[-1:])


def test_sparse_rows_are_their_dense_selves() -> None:
    dense = np.maximum(rows(40, 30, 0), 0)
    dense[dense < 0.25] = 0
    sparse = Memory.pack(dense, axes=12)
    assert sparse.values.shape == (40, 12)
    sounds = rows(3, 30, 1)
    np.testing.assert_allclose(
        sparse.project(sounds, 0.05), Memory.pack(dense).project(sounds, 0.05), atol=1e-3
    )


@pytest.mark.parametrize("mapped", [False, True])
@pytest.mark.parametrize("axes", [None, 3])
def test_what_is_written_is_read(tmp_path: Path, axes: int | None, mapped: bool) -> None:
    memory = Memory.pack(rows(20, 9, 0), "tags", axes=axes)
    memory.mean, memory.spread = np.zeros(20, np.float32), np.ones(20, np.float32)
    memory.write(tmp_path / "m.safetensors")
    found = Memory.read(tmp_path / "m.safetensors", mapped=mapped)
    assert (found.encoder, found.dim, len(found)) == ("tags", 9, 20)
    sounds = rows(4, 9, 1)
    for standardise in (False, True):
        np.testing.assert_array_equal(
            found.project(sounds, 0.01, standardise), memory.project(sounds, 0.01, standardise)
        )


def test_standardised_matches_count_how_unusual_they_are() -> None:
    memory = Memory(
        np.array([[0.8, 0.6], [0.6, 0.8]], np.float32), mean=np.array([0.9, 0.1], np.float32),
        spread=np.array([0.1, 0.1], np.float32),
    )  # fmt: skip
    sound = np.array([[1.0, 0.0]], np.float32)
    np.testing.assert_array_equal(memory.nearest(sound)[0], memory.values[0])
    np.testing.assert_array_equal(memory.nearest(sound, standardise=True)[0], memory.values[1])
    with pytest.raises(AssetError, match="no background"):
        Memory(GOLDEN).nearest(sound, standardise=True)


def test_no_captions_no_memory() -> None:
    with pytest.raises(OptionError, match="at least one caption"):
        Memory(np.zeros((0, 3), np.float32))


@pytest.mark.parametrize("cut", [0, 5, 40, 300])
def test_damaged_files_are_refused(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "m.safetensors"
    Memory(rows(20, 9, 0)).write(path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(AssetError, match="export it again"):
        Memory.read(path)
    with pytest.raises(AssetError, match="export it again"):
        Memory.read(tmp_path / "nothing.safetensors")
