"""A few numbers that turn what speaks for a sentence into the probability that it is right."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from earwitness.common.errors import AssetError

FORMAT = "earwitness-confidence-1"

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Logistic:
    """A logistic regression over named features, and a monotone curve that calibrates it.

    Parameters
    ----------
    features : tuple of str
        Those it reads, in the order of its numbers.
    mean, scale, weights : (k,)
        Each feature is standardised, then weighed.
    bias : float
    curve : (2, m)
        Log odds, ascending, and the calibrated log odds there; between them linear, beyond them of slope one.

    Examples
    --------
    >>> one = np.ones(1)
    >>> model = Logistic(("heard",), 0 * one, one, one, 0.0, np.array([[0.0, 1.0], [0.0, 1.0]]))
    >>> model.probability(np.array([[0.0, 7.0]]), ("heard", "other")).tolist()
    [0.5]
    """

    features: tuple[str, ...]
    mean: Floats
    scale: Floats
    weights: Floats
    bias: float
    curve: Floats

    def log_odds(self, table: Floats, columns: Sequence[str]) -> Floats:
        """Before calibration: (n, columns) -> (n,)."""
        picked = table[:, [columns.index(name) for name in self.features]]
        return np.asarray(((picked - self.mean) / self.scale * self.weights).sum(1) + self.bias, np.float64)

    def probability(self, table: Floats, columns: Sequence[str]) -> Floats:
        """Calibrated: a table of features (n, columns) -> (n,), 0..1."""
        return sigmoid(calibrate(self.log_odds(table, columns), self.curve))

    def to_dict(self) -> dict[str, Any]:
        """As plain JSON types."""
        return {
            "features": list(self.features),
            **{k: np.round(getattr(self, k), 6).tolist() for k in ("mean", "scale", "weights", "curve")},
            "bias": round(self.bias, 6),
        }

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Logistic:
        """Back from ``to_dict``."""
        numbers = {k: np.array(row[k], np.float64) for k in ("mean", "scale", "weights", "curve")}
        return cls(tuple(row["features"]), bias=float(row["bias"]), **numbers)


@dataclass(frozen=True, eq=False)
class ConfidenceModel:
    """What is fitted for a method and an encoder: one model for its sentences, one for general ones.

    ``settings`` are options of the method that have to be as they were; ``card`` says on what it was fitted,
    and how well it fits.
    """

    method: str
    encoder: str
    settings: Mapping[str, Any]
    sentence: Logistic
    general: Logistic
    card: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> ConfidenceModel:
        """Read ``confidence.json``.

        Raises
        ------
        AssetError
            It is no such file.
        """
        try:
            row = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise AssetError(f"{path} cannot be read: {error}.") from error
        if not isinstance(row, dict) or row.get("format") != FORMAT:
            raise AssetError(f"{path}: expected the format {FORMAT!r}; fit it again.")
        sentence, general = Logistic.from_row(row["sentence"]), Logistic.from_row(row["general"])
        return cls(row["method"], row["encoder"], row["settings"], sentence, general, row["card"])

    def write(self, path: Path) -> None:
        """Write ``confidence.json``."""
        row = {
            "format": FORMAT,
            "method": self.method,
            "encoder": self.encoder,
            "settings": dict(self.settings),
            "card": dict(self.card),
            "sentence": self.sentence.to_dict(),
            "general": self.general.to_dict(),
        }
        path.write_text(json.dumps(row, indent=1) + "\n", encoding="utf-8")


def calibrate(log_odds: Floats, curve: Floats) -> Floats:
    """Along the curve; of slope one beyond its ends, so that order is kept everywhere."""
    x, y = curve
    inside = np.interp(log_odds, x, y)
    return np.asarray(inside + np.minimum(log_odds - x[0], 0) + np.maximum(log_odds - x[-1], 0), np.float64)


def sigmoid(log_odds: Floats) -> Floats:
    """1 / (1 + e^-x), without overflow."""
    return np.asarray(0.5 * (1 + np.tanh(0.5 * np.asarray(log_odds, np.float64))), np.float64)
