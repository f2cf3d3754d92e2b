"""The hot path of two methods: thousands of sentences embedded per caption, most of them seen before.

Three savings, none of which changes a result: a sentence asked for twice is computed once, a bounded cache
remembers the sentences of earlier calls, and only sentences of equal length in tokens share a batch, so that
no padding is computed.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from threading import Lock

import numpy as np
import numpy.typing as npt

from earwitness.encoders.base import Embeddings

LIMIT = 16384
"""Sentences remembered: 64 MB at 1024 numbers each, and many captions' worth of candidates."""


class TextCache:
    """Embeddings by text; the text asked for longest ago is forgotten first.

    Parameters
    ----------
    limit : int
        Most texts remembered; 0 remembers none.

    Examples
    --------
    >>> asked = []
    >>> def compute(texts):
    ...     asked.extend(texts)
    ...     return np.array([[len(t)] for t in texts], np.float32)
    >>> cache = TextCache(2)
    >>> cache.embed(["rain", "wind", "rain"], compute).ravel().tolist(), asked
    ([4.0, 4.0, 4.0], ['rain', 'wind'])
    >>> cache.embed(["wind", "hail!"], compute).ravel().tolist(), asked
    ([4.0, 5.0], ['rain', 'wind', 'hail!'])
    """

    def __init__(self, limit: int = LIMIT) -> None:
        self.limit = limit
        self._rows: OrderedDict[str, npt.NDArray[np.float32]] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._rows)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._rows.clear()

    def embed(self, texts: Sequence[str], compute: Callable[[list[str]], Embeddings]) -> Embeddings:
        """Embed texts, asking ``compute`` once for each text that is not known: (n,) strings -> (n, dim)."""
        rows = self._known(dict.fromkeys(texts))
        missing = [text for text in dict.fromkeys(texts) if text not in rows]
        if missing:
            new = dict(zip(missing, compute(missing), strict=True))
            rows.update(new)
            self._keep(new)
        return np.stack([rows[text] for text in texts])

    def _known(self, texts: dict[str, None]) -> dict[str, npt.NDArray[np.float32]]:
        with self._lock:
            found = {text: self._rows[text] for text in texts if text in self._rows}
            for text in found:
                self._rows.move_to_end(text)
        return found

    def _keep(self, new: dict[str, npt.NDArray[np.float32]]) -> None:
        with self._lock:
            for text, row in new.items():
                self._rows[text] = row.copy()  # not a view: a view would keep its whole batch alive
            while len(self._rows) > self.limit:
                self._rows.popitem(last=False)


def batches_by_length(lengths: Sequence[int], most: int) -> Iterator[list[int]]:
    """Indices in batches of equal length, shortest first, at most ``most`` at a time.

    >>> list(batches_by_length([3, 5, 3, 3], 2))
    [[0, 2], [3], [1]]
    """
    groups: dict[int, list[int]] = {}
    for index, length in enumerate(lengths):
        groups.setdefault(length, []).append(index)
    for length in sorted(groups):
        group = groups[length]
        for first in range(0, len(group), most):
            yield group[first : first + most]
