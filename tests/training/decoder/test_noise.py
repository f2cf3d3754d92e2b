"""Noise, shift and the numbers that say how much of them: the published formulas, term by term."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from earwitness.common.errors import AssetError, OptionError
from earwitness.training.decoder.corpus.gap import noise_variance, read_shift, shift, write_shift
from earwitness.training.decoder.corpus.noise import NoiseOptions, inject


def unit(x: np.ndarray) -> np.ndarray:
    return np.asarray(x / np.linalg.norm(x, axis=-1, keepdims=True))


@pytest.fixture
def x(rng: np.random.Generator) -> np.ndarray:
    return (rng.normal(size=(7, 12)) * 3).astype(np.float32)


@pytest.fixture
def g(rng: np.random.Generator) -> np.ndarray:
    return (rng.normal(size=12) * 0.2).astype(np.float32)


def test_nothing_is_added_where_nothing_is_asked_for(x: np.ndarray) -> None:
    np.testing.assert_allclose(inject(x, NoiseOptions(), np.random.default_rng(0)), unit(x), atol=1e-6)


def test_noise_alone(x: np.ndarray) -> None:
    n = np.random.default_rng(3).standard_normal(x.shape, np.float32)
    expected = unit(unit(x) + np.sqrt(0.016) * n)
    np.testing.assert_allclose(inject(x, NoiseOptions(0.016), np.random.default_rng(3)), expected, atol=1e-6)


def test_shift_alone_is_applied(x: np.ndarray, g: np.ndarray) -> None:
    found = inject(x, NoiseOptions(shift=tuple(map(float, g))), np.random.default_rng(0))
    np.testing.assert_allclose(found, unit(unit(x) + g), atol=1e-6)


def test_the_published_rule_leaves_the_shift_out_without_noise(x: np.ndarray, g: np.ndarray) -> None:
    published = NoiseOptions(0.0, skip_shift_without_noise=True, shift=tuple(map(float, g)))
    np.testing.assert_allclose(inject(x, published, np.random.default_rng(0)), unit(x), atol=1e-6)


@pytest.mark.parametrize("skip", [False, True])
def test_both(x: np.ndarray, g: np.ndarray, skip: bool) -> None:
    n = np.random.default_rng(3).standard_normal(x.shape, np.float32)
    options = NoiseOptions(0.004, skip, tuple(map(float, g)))
    expected = unit(unit(x) + np.sqrt(0.004) * n + g)
    np.testing.assert_allclose(inject(x, options, np.random.default_rng(3)), expected, atol=1e-6)


def test_the_variance_is_a_coordinate_s() -> None:
    """An expected norm of sqrt(1024 v): 1.01 at v = .001, 4.05 at v = .016."""
    rng = np.random.default_rng(0)
    x = np.zeros((200, 1024), np.float32)
    x[:, 0] = 1
    for variance, norm in ((0.001, 1.01), (0.016, 4.05)):
        tilted = inject(x, NoiseOptions(variance), rng)
        # The noise's length over the signal's is the tangent of the angle, nearly.
        tangent = np.sqrt(1 - tilted[:, 0] ** 2) / np.abs(tilted[:, 0])
        assert np.median(tangent) == pytest.approx(norm, rel=0.05)


def test_a_shift_of_another_space_is_refused(x: np.ndarray) -> None:
    with pytest.raises(OptionError, match="3 dimensions"):
        inject(x, NoiseOptions(shift=(1.0, 2.0, 3.0)), np.random.default_rng(0))
    with pytest.raises(OptionError, match="variance"):
        NoiseOptions(-0.1)


def test_the_noise_of_five_captions_is_the_mean_over_ten_pairs(rng: np.random.Generator) -> None:
    groups = [rng.normal(size=(5, 8)), rng.normal(size=(2, 8)), rng.normal(size=(1, 8))]
    means = []
    for group in groups[:2]:
        rows = unit(group)
        distances = [np.abs(rows[i] - rows[j]).max() for i in range(len(rows)) for j in range(i)]
        means.append(sum(distances) / len(distances))
    assert noise_variance(groups) == pytest.approx(sum(means) / 2, abs=1e-6)
    with pytest.raises(OptionError, match="two captions"):
        noise_variance(groups[2:])


def test_the_shift_brings_the_means_together(rng: np.random.Generator) -> None:
    sounds, texts = rng.normal(1, 1, (40, 6)), rng.normal(-1, 1, (70, 6))
    np.testing.assert_allclose(shift(sounds, texts), unit(sounds).mean(0) - unit(texts).mean(0), atol=1e-6)
    with pytest.raises(OptionError, match="one sound"):
        shift(sounds[:0], texts)


def test_a_shift_belongs_to_its_encoder(tmp_path: Path) -> None:
    path = tmp_path / "shift.safetensors"
    write_shift(np.array([0.5, -0.25], np.float32), "tags", path)
    assert read_shift(path, "tags") == (0.5, -0.25)
    with pytest.raises(OptionError, match="'tags'"):
        read_shift(path, "clap:x")
    path.write_bytes(b"nothing")
    with pytest.raises(AssetError, match="earwitness gap"):
        read_shift(path, "tags")
