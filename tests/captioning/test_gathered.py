"""A stretch's patches, whatever its length, in memory that stays flat."""

from __future__ import annotations

import numpy as np
import pytest

from earwitness.captioning.gathered import DESERVES, MOST_ROWS, Gathered


@pytest.mark.parametrize("count", [40, MOST_ROWS - 20, 3 * MOST_ROWS, 7500])
def test_long_sounds_take_no_more_memory(count: int) -> None:
    gathered, rng, total = Gathered(), np.random.default_rng(0), np.zeros(6)
    for _ in range(count // 20):
        some = rng.random((20, 6)).astype(np.float32)
        gathered.add(some)
        total += some.sum(0)
    rows = gathered.patches()
    assert len(rows) <= min(count, MOST_ROWS)
    np.testing.assert_allclose(rows.mean(0), total / (count // 20 * 20), atol=5e-3)


def test_order_is_kept() -> None:
    gathered = Gathered()
    gathered.add(np.arange(5 * MOST_ROWS, dtype=np.float32)[:, None])
    assert (np.diff(gathered.patches()[:, 0]) > 0).all()


def test_a_short_sound_is_brief() -> None:
    gathered = Gathered()
    gathered.add(np.full((DESERVES - 1, 2), 0.9, np.float32))
    assert gathered.brief
    gathered.add(np.array([[0.9, 0.0]], np.float32))
    assert not gathered.brief
    np.testing.assert_allclose(gathered.surest(), [0.9, 0.9], rtol=1e-5)
