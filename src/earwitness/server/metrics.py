"""Counts and times in the text form that Prometheus reads."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Mapping

BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0)
"""Upper bounds of the times of requests, in seconds."""


class Metrics:
    """Counters, one histogram, and gauges that are asked when they are read.

    >>> metrics = Metrics({"queue": lambda: 2})
    >>> metrics.request("/v1/models", 200, 0.03); metrics.add("captions", 3)
    >>> "earwitness_captions_total 3" in metrics.text(), "earwitness_queue 2" in metrics.text()
    (True, True)
    """

    def __init__(self, gauges: Mapping[str, Callable[[], float]]) -> None:
        self._gauges = gauges
        self._counts: dict[str, float] = defaultdict(float)
        self._requests: dict[tuple[str, int], int] = defaultdict(int)
        self._buckets: dict[str, list[int]] = defaultdict(lambda: [0] * (len(BUCKETS) + 1))
        self._seconds: dict[str, float] = defaultdict(float)
        self._lock = threading.Lock()

    def add(self, name: str, count: float = 1) -> None:
        """Count."""
        with self._lock:
            self._counts[name] += count

    def request(self, route: str, status: int, seconds: float) -> None:
        """Count a request; ``route`` is its pattern, not its address: there are few of them."""
        place = next((i for i, bound in enumerate(BUCKETS) if seconds <= bound), len(BUCKETS))
        with self._lock:
            self._requests[route, status] += 1
            self._buckets[route][place] += 1
            self._seconds[route] += seconds

    def text(self) -> str:
        """All of it, version 0.0.4 of the text format."""
        with self._lock:
            lines = [*self._count_lines(), *self._time_lines()]
        for name, value in self._gauges.items():
            lines += [f"# TYPE earwitness_{name} gauge", f"earwitness_{name} {value():g}"]
        return "\n".join(lines) + "\n"

    def _count_lines(self) -> list[str]:
        lines = ["# TYPE earwitness_requests_total counter"]
        for (route, status), count in sorted(self._requests.items()):
            lines.append(f'earwitness_requests_total{{route="{route}",status="{status}"}} {count}')
        for name, value in sorted(self._counts.items()):
            lines += [f"# TYPE earwitness_{name}_total counter", f"earwitness_{name}_total {value:g}"]
        return lines

    def _time_lines(self) -> list[str]:
        lines = ["# TYPE earwitness_request_seconds histogram"]
        for route, counts in sorted(self._buckets.items()):
            total = 0
            for bound, count in zip((*BUCKETS, "+Inf"), counts, strict=True):
                total += count
                lines.append(f'earwitness_request_seconds_bucket{{route="{route}",le="{bound}"}} {total}')
            lines.append(f'earwitness_request_seconds_sum{{route="{route}"}} {self._seconds[route]:.6f}')
            lines.append(f'earwitness_request_seconds_count{{route="{route}"}} {total}')
        return lines
