"""The cache forgets the oldest, the batches lose nobody, and the shared prefix is the one that saves most."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from earwitness.encoders.pretrained.prefix import shared_prefix
from earwitness.encoders.text_cache import TextCache, batches_by_length


class Counter:
    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, texts: list[str]) -> np.ndarray:
        self.asked.extend(texts)
        return np.array([[len(t), hash(t) % 97] for t in texts], np.float32)


@given(st.lists(st.lists(st.text(max_size=3), min_size=1), max_size=6), st.integers(0, 5))
def test_a_cache_never_changes_an_answer(calls: list[list[str]], limit: int) -> None:
    cache, count = TextCache(limit), Counter()
    for texts in calls:
        np.testing.assert_array_equal(cache.embed(texts, count), Counter()(texts))
        assert len(cache) <= limit


def test_what_is_remembered_is_not_asked_again() -> None:
    cache, count = TextCache(3), Counter()
    cache.embed(["a", "b", "c", "a"], count)
    cache.embed(["a"], count)  # makes b the oldest
    cache.embed(["d"], count)
    cache.embed(["a", "c", "d"], count)
    assert count.asked == ["a", "b", "c", "d"]
    cache.embed(["b"], count)
    assert count.asked == ["a", "b", "c", "d", "b"]


def test_an_answer_changed_by_its_owner_is_remembered_unchanged() -> None:
    cache = TextCache()
    first = cache.embed(["a"], Counter())
    before = first.copy()
    first[:] = 7
    np.testing.assert_array_equal(cache.embed(["a"], Counter()), before)


@given(st.lists(st.integers(0, 6)), st.integers(1, 4))
def test_batches_hold_every_index_once_and_one_length_each(lengths: list[int], most: int) -> None:
    batches = list(batches_by_length(lengths, most))
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    assert all(0 < len(batch) <= most and len({lengths[i] for i in batch}) == 1 for batch in batches)


tokens = st.lists(st.integers(0, 2), max_size=5)


@given(tokens, st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=6), max_size=8))
def test_sharers_begin_with_the_prefix_and_have_more(prefix: list[int], rows: list[list[int]]) -> None:
    length, sharing, others = shared_prefix(prefix, rows)
    assert sorted(sharing + others) == list(range(len(rows)))
    assert (length > 0) == bool(sharing)
    for i in sharing:
        assert rows[i][:length] == prefix[:length] and len(rows[i]) > length
    # no other length would have saved more tokens
    for other in range(1, len(prefix) + 1):
        could = sum(row[:other] == prefix[:other] and len(row) > other for row in rows)
        assert other * could <= length * len(sharing)
