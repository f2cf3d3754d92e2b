"""What scores are called and how they are written."""

from __future__ import annotations

from earwitness.evaluation.evaluate import Score

LABELS = {
    "bleu_1": "BLEU-1",
    "bleu_2": "BLEU-2",
    "bleu_3": "BLEU-3",
    "bleu_4": "BLEU-4",
    "meteor": "METEOR",
    "rouge_l": "ROUGE-L",
    "cider_d": "CIDEr-D",
    "spice": "SPICE",
    "spider": "SPIDEr",
    "nlg_mean": "NLG mean",
    "fluency_error": "fluency errors",
    "spider_fl": "SPIDEr-FL",
    "fense": "FENSE",
    "match": "match",
    "audibility": "audibility",
    "vocabulary": "vocabulary",
    "length": "words a caption",
}
# Counts of words; all else is a fraction, written in hundredths as papers do.
_DECIMALS = {"vocabulary": 0, "length": 1}
NOTHING = "–"


def label(name: str) -> str:
    """The usual name of a score.

    >>> label("cider_d"), label("own_metric")
    ('CIDEr-D', 'own metric')
    """
    return LABELS.get(name, name.replace("_", " "))


def number(name: str, value: float | None, *, signed: bool = False) -> str:
    """A score as it is printed: fractions times a hundred with one decimal.

    >>> number("cider_d", 0.7872), number("vocabulary", 812.0), number("spice", None)
    ('78.7', '812', '–')
    """
    if value is None:
        return NOTHING
    scaled = value if name in _DECIMALS else 100 * value
    return f"{scaled:{'+' if signed else ''}.{_DECIMALS.get(name, 1)}f}"


def interval(name: str, low: float | None, high: float | None, *, signed: bool = False) -> str:
    """An interval as it is printed; empty where there is none.

    >>> interval("cider_d", 0.75, 0.82), interval("vocabulary", None, None)
    ('75.0 … 82.0', '')
    """
    if low is None or high is None:
        return ""
    return f"{number(name, low, signed=signed)} … {number(name, high, signed=signed)}"


def p_value(value: float | None) -> str:
    """A p value to three digits.

    >>> p_value(0.0019), p_value(0.25)
    ('0.002', '0.250')
    """
    return NOTHING if value is None else f"{value:.3f}"


def reasons(scores: list[Score]) -> list[tuple[str, list[str]]]:
    """Why scores are missing: each reason once, with all scores it keeps away.

    >>> lost = [("spice", "no Java"), ("spider", "needs spice: no Java")]
    >>> reasons([Score(name, None, reason=reason) for name, reason in lost])
    [('no Java', ['SPICE', 'SPIDEr'])]
    """
    found: dict[str, list[str]] = {}
    for score in scores:
        if score.reason is not None:
            found.setdefault(_root(score.reason), []).append(label(score.name))
    return list(found.items())


def _root(reason: str) -> str:
    while reason.startswith("needs ") and ": " in reason:
        reason = reason.partition(": ")[2]
    return reason
