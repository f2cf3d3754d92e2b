"""The fit finds what is right, never sees what it is judged on, and its figures are what they are called."""

from __future__ import annotations

import numpy as np
import pytest

from earwitness.training.confidence.examples import Table, folds, parts
from earwitness.training.confidence.figures import (
    auroc,
    expected_calibration_error,
    reliability,
    reliability_svg,
)
from earwitness.training.confidence.fitting import FitOptions, fit, unseen
from earwitness.training.confidence.logistic import curve, isotonic

COLUMNS = ("a", "b", "noise")


@pytest.fixture
def table(rng: np.random.Generator) -> Table:
    n = 1200
    features = rng.normal(size=(n, 3))
    odds = 2 * features[:, 0] - features[:, 1]
    right = (rng.random(n) < 1 / (1 + np.exp(-odds))).astype(float)
    sets = np.repeat(["x", "y", "z"], n // 3)
    group = np.array([f"g{i % 6}" for i in range(n)])
    return Table(features, right, np.ones(n), sets, group, rng.random(n) < 0.8)


def test_a_fit_finds_the_weights_and_is_calibrated(table: Table) -> None:
    for calibration in (0, 5):
        model = fit(table, COLUMNS, FitOptions(COLUMNS, l2=0.1, calibration=calibration))
        slopes = model.weights / model.scale
        assert slopes[0] == pytest.approx(2, abs=0.4) and slopes[1] == pytest.approx(-1, abs=0.3)
        assert abs(slopes[2]) < 0.2
        found = reliability(model.probability(table.features, COLUMNS), table.right)
        assert found.auroc > 0.85 and found.ece < 0.06


def test_no_fold_sees_what_it_judges(table: Table) -> None:
    seen = np.zeros(len(table.right), int)
    for out in folds(table, ("x",)):
        left = {(s, g) for s, g in zip(table.set[out], table.group[out], strict=True)}
        kept = {(s, g) for s, g in zip(table.set[~out], table.group[~out], strict=True)}
        assert not left & kept
        assert len(set(table.set[out])) == 1
        seen += out
    assert (seen == 1).all()
    assert (np.sum(list(parts(table, 4)), 0) == 1).all()


def test_unseen_rows_are_judged_by_a_fit_without_them(table: Table) -> None:
    said = unseen(table, COLUMNS, FitOptions(COLUMNS), ("x",))
    assert np.isfinite(said[table.judged]).all() and np.isnan(said[~table.judged]).all()
    flipped = Table(
        table.features, np.where(table.set == "y", 1 - table.right, table.right), table.weight,
        table.set, table.group, table.judged,
    )  # fmt: skip
    again = unseen(flipped, COLUMNS, FitOptions(COLUMNS), ("x",))
    y = (table.set == "y") & table.judged
    np.testing.assert_allclose(said[y], again[y])
    assert not np.allclose(said[(table.set == "z") & table.judged], again[(table.set == "z") & table.judged])


def test_isotonic_is_the_nearest_ascending_function() -> None:
    x, y = isotonic(np.arange(6.0), np.array([0, 0, 1, 0, 1, 1.0]), np.ones(6))
    assert (np.diff(y) > 0).all() and (np.diff(x) > 0).all() and y.tolist() == [0, 0.5, 1]
    knots = curve(np.linspace(-3, 3, 300), (np.arange(300) % 10 < 7).astype(float), np.ones(300))
    assert (np.diff(knots, axis=1) > 0).all() and np.allclose(1 / (1 + np.exp(-knots[1])), 0.7, atol=0.03)


def test_figures_of_known_answers() -> None:
    said, right = np.array([0.9, 0.9, 0.1, 0.1]), np.array([1, 0, 0, 0.0])
    assert auroc(said, right) == pytest.approx(5 / 6)
    assert expected_calibration_error(said, right) == pytest.approx((abs(1.8 - 1) + 0.2) / 4)
    found = reliability(said, right)
    assert found.high == 0.5 and found.high_right == 0.5 and found.right == 0.25
    svg = reliability_svg({"one": (said, right)})
    assert svg.count("<circle") == 2 and svg.startswith("<svg")
