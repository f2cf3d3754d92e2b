"""A report as JSON: fractions unrounded, ``null`` and a reason for what could not be computed."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

from earwitness.evaluation.bootstrap import Difference
from earwitness.evaluation.evaluate import Evaluation, Score
from earwitness.evaluation.report.contents import Report


def to_json(report: Report) -> str:
    """Write a report as JSON, ending in a line break."""
    return json.dumps(to_dict(report), ensure_ascii=False, indent=1) + "\n"


def to_dict(report: Report) -> dict[str, Any]:
    """A report as plain JSON types."""
    return {
        "references": report.references,
        "evaluations": [_evaluation(evaluation) for evaluation in report.evaluations],
        "differences": {
            other: {name: _difference(gap) for name, gap in gaps.items()}
            for other, gaps in report.differences.items()
        },
        "human": {name: _score(score) for name, score in report.human.items()},
        "published": [dataclasses.asdict(row) for row in report.published],
    }


def _evaluation(evaluation: Evaluation) -> dict[str, Any]:
    corpus, options = evaluation.corpus, evaluation.options
    measured = {name: score for name, score in evaluation.scores.items() if score.items}
    return {
        "name": evaluation.name,
        "clips": len(corpus),
        "missing": list(evaluation.missing),
        "failed": dict(evaluation.failed),
        "unknown": list(evaluation.unknown),
        "options": {"missing": options.missing, **dataclasses.asdict(options.bootstrap)},
        "scores": {name: _score(score) for name, score in evaluation.scores.items()},
        "items": [
            {
                "id": clip,
                "prediction": corpus.predictions[place],
                "references": list(corpus.references[place]),
                "scores": {name: score.items[place] for name, score in measured.items()},
            }
            for place, clip in enumerate(corpus.ids)
        ],
    }


def _score(score: Score) -> dict[str, Any]:
    told = {"value": score.value, "low": score.low, "high": score.high, "reason": score.reason}
    return {**told, "judge": score.judge} if score.judge else told


def _difference(gap: Difference) -> dict[str, Any]:
    return {**dataclasses.asdict(gap), "share_won": gap.share_won}
